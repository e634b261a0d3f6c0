"""What every store of consent requests, rests and suppressed addresses must do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from promoloop.core import InvalidError
from promoloop.profiles import (
    ConsentRequest,
    ConsentRequests,
    ContactRest,
    RestBook,
    Suppression,
    SuppressionList,
    address_digest,
)
from promoloop.testing.samples import HOSTILE, NOON, expecting

__all__ = ["ConsentRequestsSuite", "RestBookSuite", "SuppressionListSuite"]

_DAY = timedelta(days=1)


def _request(request_id: str, shopper_id: str = "s1", minutes: int = 0) -> ConsentRequest:
    at = NOON + timedelta(minutes=minutes)
    digest = address_digest("ann@shop.example")
    until, text = at + 7 * _DAY, "我同意接收 offers"
    return ConsentRequest(
        request_id, shopper_id, "email", "promotions", digest, at, until, "form", text
    )


class ConsentRequestsSuite(ABC):
    """Derive from this and say how to make an empty store."""

    @abstractmethod
    def make(self) -> ConsentRequests:
        """An empty store."""

    def test_a_request_comes_back_whole(self) -> None:
        store = self.make()
        assert store.ask([_request("r1")]) == 1
        assert store.get("r1") == _request("r1")

    def test_a_request_is_never_rewritten(self) -> None:
        store = self.make()
        store.ask([_request("r1")])
        assert store.ask([replace(_request("r1"), purpose="other"), _request("r2")]) == 1
        assert store.get("r1").purpose == "promotions"

    def test_a_request_is_confirmed_once(self) -> None:
        store = self.make()
        store.ask([_request("r1"), _request("r2")])
        assert store.confirm("r1", NOON + _DAY)
        assert not store.confirm("r1", NOON + 2 * _DAY)
        assert store.get("r1").confirmed_at == NOON + _DAY
        assert store.get("r2").confirmed_at is None

    def test_of_many_confirmations_at_once_one_counts(self) -> None:
        store = self.make()
        store.ask([_request("r1")])
        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(lambda _: store.confirm("r1", NOON + _DAY), range(16)))
        assert sum(told) == 1

    def test_an_expired_request_is_not_confirmed(self) -> None:
        store = self.make()
        store.ask([_request("r1")])
        assert not store.confirm("r1", NOON + 7 * _DAY)
        assert store.get("r1").confirmed_at is None

    def test_an_unknown_request_is_not_confirmed(self) -> None:
        store = self.make()
        assert not store.confirm("nowhere", NOON)
        with expecting(InvalidError):
            store.get("nowhere")

    def test_a_shoppers_requests_come_oldest_first(self) -> None:
        store = self.make()
        store.ask([_request("r1", minutes=5), _request("r2"), _request("r3", "s2")])
        assert [one.request_id for one in store.of("s1")] == ["r2", "r1"]
        assert store.of("nobody") == ()

    def test_requests_to_one_address_are_counted_whoever_asked(self) -> None:
        store = self.make()
        other = replace(_request("r4"), digest=address_digest("bob@shop.example"))
        store.ask([_request("r1"), _request("r2", "s2", 5), _request("r3", "s3", -5), other])
        assert store.asked_since(_request("r1").digest, NOON) == 2
        assert store.asked_since("unknown", NOON) == 0

    def test_ids_are_text_and_never_a_statement(self) -> None:
        store = self.make()
        assert store.ask([_request(name, name) for name in HOSTILE]) == len(HOSTILE)
        for name in HOSTILE:
            assert store.confirm(name, NOON + _DAY)
            assert [one.request_id for one in store.of(name)] == [name]


class RestBookSuite(ABC):
    """Derive from this and say how to make an empty book."""

    @abstractmethod
    def make(self) -> RestBook:
        """An empty book."""

    def test_a_rest_lasts_until_its_end(self) -> None:
        book = self.make()
        book.write([ContactRest("s1", "email", NOON + _DAY, NOON)])
        assert book.resting("email", NOON) == {"s1": NOON + _DAY}
        assert book.resting("email", NOON + _DAY - timedelta(microseconds=1)) == {"s1": NOON + _DAY}
        assert book.resting("email", NOON + _DAY) == {}
        assert book.resting("sms", NOON) == {}

    def test_a_rest_of_all_channels_counts_for_each(self) -> None:
        book = self.make()
        book.write([ContactRest("s1", "*", NOON + 3 * _DAY, NOON)])
        book.write([ContactRest("s1", "email", NOON + _DAY, NOON)])
        assert book.resting("email", NOON) == {"s1": NOON + 3 * _DAY}
        assert book.resting("push", NOON) == {"s1": NOON + 3 * _DAY}

    def test_the_latest_entry_counts_and_may_end_a_rest(self) -> None:
        book = self.make()
        later = NOON + timedelta(hours=1)
        book.write([ContactRest("s1", "email", later, later)])
        book.write([ContactRest("s1", "email", NOON + 9 * _DAY, NOON)])
        assert book.resting("email", NOON) == {"s1": NOON + 9 * _DAY}
        assert book.resting("email", later) == {}

    def test_the_same_again_changes_nothing(self) -> None:
        book = self.make()
        rest = ContactRest("s1", "email", NOON + _DAY, NOON)
        book.write([rest, rest])
        book.write([rest])
        assert book.of("s1") == (rest,)
        assert book.of("nobody") == ()


class SuppressionListSuite(ABC):
    """Derive from this and say how to make an empty list."""

    @abstractmethod
    def make(self) -> SuppressionList:
        """An empty list."""

    def _entry(self, address: str, reason: str = "bounced") -> Suppression:
        return Suppression(address_digest(address), reason, "email", NOON, "DSN 5.1.1")

    def test_an_entry_is_found_by_its_digest_only(self) -> None:
        listed = self.make()
        entry = self._entry("ann@shop.example")
        assert listed.add([entry]) == 1
        asked = [entry.digest, address_digest("bob@shop.example")]
        assert listed.among(asked) == {entry.digest: entry}
        assert listed.among([]) == {}

    def test_the_first_reason_stays(self) -> None:
        listed = self.make()
        first = self._entry("ann@shop.example")
        listed.add([first])
        assert listed.add([replace(first, reason="complained"), first]) == 0
        assert listed.among([first.digest]) == {first.digest: first}

    def test_an_entry_made_in_error_is_lifted(self) -> None:
        listed = self.make()
        entry = self._entry("ann@shop.example")
        listed.add([entry])
        assert listed.lift([entry.digest, "unknown"]) == 1
        assert listed.among([entry.digest]) == {}
        assert listed.lift([entry.digest]) == 0

    def test_many_are_asked_about_at_once(self) -> None:
        listed = self.make()
        entries = [self._entry(f"a{number}@shop.example") for number in range(1200)]
        assert listed.add(entries) == 1200
        asked = [*(one.digest for one in entries), "unknown"]
        assert len(listed.among(asked)) == 1200

    def test_entries_are_counted_by_reason(self) -> None:
        listed = self.make()
        assert listed.counts() == {}
        listed.add([self._entry("a@x.example"), self._entry("b@x.example", "erased")])
        assert listed.counts() == {"bounced": 1, "erased": 1}
