"""What every book of erasures must do, and one in memory."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from promoloop.flows.privacy.ports import ErasureBook
from promoloop.flows.privacy.records import Erasure
from promoloop.testing.samples import NOON

__all__ = ["ErasureBookSuite", "MemoryErasures"]


class MemoryErasures:
    """See ``promoloop.flows.privacy.ports.ErasureBook``."""

    def __init__(self) -> None:
        self._kept: dict[str, Erasure] = {}
        self._turn = threading.Lock()

    def begin(self, erasure: Erasure) -> Erasure:
        """Note it; the one that stands under its id is returned."""
        with self._turn:
            return self._kept.setdefault(erasure.erasure_id, erasure)

    def finish(self, erasure: Erasure) -> None:
        """Enter its end and empty what was pending."""
        with self._turn:
            there = self._kept.get(erasure.erasure_id)
            if there is not None and there.finished_at is None:
                self._kept[erasure.erasure_id] = replace(erasure, pending={})

    def open(self) -> tuple[Erasure, ...]:
        """Those not finished, oldest first."""
        return tuple(one for one in self._kept.values() if one.finished_at is None)

    def of(self, digest: str) -> tuple[Erasure, ...]:
        """Every erasure of one digest, oldest first."""
        return tuple(one for one in self._kept.values() if one.digest == digest)

    def among(self, digests: Collection[str]) -> Mapping[str, datetime]:
        """Those that were erased, and when the last erasure began."""
        found = {digest: [one.begun_at for one in self.of(digest)] for digest in digests}
        return {digest: max(moments) for digest, moments in found.items() if moments}

    def since(self, moment: datetime) -> frozenset[str]:
        """The digests whose erasure began at the moment or later."""
        return frozenset(one.digest for one in self._kept.values() if one.begun_at >= moment)


class ErasureBookSuite(ABC):
    """Derive from this and say how to make an empty book."""

    @abstractmethod
    def make(self) -> ErasureBook:
        """An empty book."""

    def test_what_is_begun_stands_open_with_whom_it_is_about(self) -> None:
        book = self.make()
        first = erasure("e1", "abc")
        assert book.begin(first) == first
        assert book.begin(replace(first, pending={})) == first
        assert book.open() == (first,)

    def test_what_is_finished_names_nobody_and_stays_as_it_is(self) -> None:
        book = self.make()
        book.begin(erasure("e1", "abc"))
        done = replace(
            erasure("e1", "abc"), finished_at=NOON, counts={"history/events": 3}, models=("m1",)
        )
        book.finish(done)
        book.finish(replace(done, counts={}))
        assert book.open() == ()
        assert book.of("abc") == (replace(done, pending={}),)

    def test_the_last_erasure_of_a_digest_counts(self) -> None:
        book = self.make()
        later = NOON + timedelta(days=1)
        for one in (erasure("e1", "abc"), replace(erasure("e2", "abc"), begun_at=later)):
            book.begin(one)
        assert book.among(["abc", "other"]) == {"abc": later}
        assert book.among([]) == {}
        assert [one.erasure_id for one in book.of("abc")] == ["e1", "e2"]

    def test_those_erased_since_a_moment_are_told_by_digest(self) -> None:
        book = self.make()
        book.begin(erasure("e1", "abc"))
        book.begin(replace(erasure("e2", "def"), begun_at=NOON + timedelta(days=1)))
        book.finish(replace(erasure("e1", "abc"), finished_at=NOON))
        assert book.since(NOON) == {"abc", "def"}
        assert book.since(NOON + timedelta(seconds=1)) == {"def"}
        assert book.since(NOON + timedelta(days=2)) == frozenset()


def erasure(erasure_id: str, digest: str) -> Erasure:
    """One that has begun."""
    return Erasure(erasure_id, digest, NOON, pending={"ids": ("s1",), "salt": ("00",)})
