"""What every inbox of events must do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from promoloop.events import EventInbox, Received
from promoloop.testing.samples import NOON

__all__ = ["EventInboxSuite", "received"]


def received(message_id: str, shopper_id: str = "s1", hours: int = 0) -> Received:
    """A call of ``shopper_id``, ``hours`` after noon."""
    body = b'{"messageId":"%s"}' % message_id.encode()
    return Received(message_id, shopper_id, NOON + timedelta(hours=hours), body)


class EventInboxSuite(ABC):
    """Derive from this and say how to make an empty inbox."""

    @abstractmethod
    def make(self) -> EventInbox:
        """An empty inbox."""

    def ids(self, inbox: EventInbox, after: int = 0) -> list[str]:
        """The message ids behind a place, in order."""
        return [call.message_id for _, call in inbox.read(after)]

    def test_what_was_put_in_comes_out_whole_and_in_order(self) -> None:
        inbox = self.make()
        calls = [received("b"), received("a", "匿名"), Received("c", "", NOON, b"\x00\xff no JSON")]
        assert inbox.put(calls).result() == 3
        assert [call for _, call in inbox.read(0)] == calls
        places = [place for place, _ in inbox.read(0)]
        assert places == sorted(set(places))
        assert places[0] > 0

    def test_a_repeated_message_changes_nothing(self) -> None:
        inbox = self.make()
        assert inbox.put([received("m1"), received("m2"), received("m1", "s9")]).result() == 2
        assert inbox.put([received("m2", "s9"), received("m3")]).result() == 1
        assert inbox.put([]).result() == 0
        assert [call.shopper_id for _, call in inbox.read(0)] == ["s1", "s1", "s1"]

    def test_it_is_read_in_pieces(self) -> None:
        inbox = self.make()
        inbox.put([received(f"m{n}") for n in range(5)]).result()
        first = inbox.read(0, most=2)
        rest = inbox.read(first[-1][0], most=10)
        assert [call.message_id for _, call in (*first, *rest)] == [f"m{n}" for n in range(5)]
        assert list(inbox.read(rest[-1][0])) == []

    def test_each_reader_has_a_place_of_its_own_that_never_goes_back(self) -> None:
        inbox = self.make()
        assert inbox.place("history") == 0
        inbox.advance("history", 7)
        inbox.advance("history", 3)
        inbox.advance("live", 2)
        assert (inbox.place("history"), inbox.place("live")) == (7, 2)

    def test_only_what_is_old_and_passed_by_all_is_forgotten(self) -> None:
        inbox = self.make()
        inbox.put([received("m0", hours=9), *(received(f"m{n}") for n in range(1, 5))]).result()
        places = [place for place, _ in inbox.read(0)]
        assert inbox.forget(NOON + timedelta(hours=5)) == 0
        inbox.advance("history", places[3])
        inbox.advance("live", places[2])
        assert inbox.forget(NOON) == 0
        assert inbox.forget(NOON + timedelta(hours=5)) == 2
        assert self.ids(inbox) == ["m0", "m3", "m4"]

    def test_places_rise_even_when_everything_was_forgotten(self) -> None:
        inbox = self.make()
        inbox.put([received("m1"), received("m2")]).result()
        last = inbox.read(0)[-1][0]
        inbox.advance("history", last)
        assert inbox.forget(NOON + timedelta(hours=1)) == 2
        inbox.put([received("m3")]).result()
        assert self.ids(inbox, last) == ["m3"]

    def test_what_came_in_through_the_object_itself_can_be_left_out(self) -> None:
        inbox = self.make()
        inbox.put([received("m1"), received("m2")]).result()
        inbox.put([received("m2")]).result()
        assert list(inbox.read(0, ours=False)) == []
        assert self.ids(inbox) == ["m1", "m2"]

    def test_threads_that_send_the_same_again_add_it_once(self) -> None:
        inbox = self.make()
        batches = [[received(f"m{n}") for n in range(20 * k, 20 * k + 40)] for k in range(8)]
        with ThreadPoolExecutor(8) as pool:
            added = sum(pool.map(lambda calls: inbox.put(calls).result(), batches * 2))
        assert added == 180
        assert sorted(self.ids(inbox)) == sorted(f"m{n}" for n in range(180))

    def test_a_reader_that_follows_writers_misses_nothing(self) -> None:
        """A place is never filled behind a reader."""
        inbox = self.make()
        seen: list[str] = []
        with ThreadPoolExecutor(6) as pool:
            writing = [
                pool.submit(_put_one_by_one, inbox, [f"{k}-{n}" for n in range(25)])
                for k in range(6)
            ]
            place = 0
            while not all(one.done() for one in writing):
                found = inbox.read(place)
                seen += [call.message_id for _, call in found]
                place = found[-1][0] if found else place
        seen += self.ids(inbox, place)
        assert sorted(seen) == sorted(f"{k}-{n}" for k in range(6) for n in range(25))


def _put_one_by_one(inbox: EventInbox, message_ids: list[str]) -> None:
    for message_id in message_ids:
        inbox.put([received(message_id)]).result()
