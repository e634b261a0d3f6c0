"""What erasing and exporting need from outside."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from promoloop.flows.privacy.records import Erasure, Person

__all__ = ["ErasureBook", "PersonalStore"]


class ErasureBook(Protocol):
    """Who was erased, by digest; kept for ever, so that nobody comes back by an old file."""

    def begin(self, erasure: Erasure) -> Erasure:
        """Note it before anything is removed; one of the same id that is there is returned."""
        ...

    def finish(self, erasure: Erasure) -> None:
        """Enter its end, and empty ``pending``. One that has ended stays as it is."""
        ...

    def open(self) -> tuple[Erasure, ...]:
        """Those begun and not finished, oldest first."""
        ...

    def of(self, digest: str) -> tuple[Erasure, ...]:
        """Every erasure of one digest, oldest first."""
        ...

    def among(self, digests: Collection[str]) -> Mapping[str, datetime]:
        """Those of ``digests`` that were erased, with when the last erasure began."""
        ...

    def since(self, moment: datetime) -> frozenset[str]:
        """The digests whose erasure began at ``moment`` or later."""
        ...


class PersonalStore(Protocol):
    """A place where something is held on people."""

    @property
    def name(self) -> str:
        """``database``, ``history``, ..."""
        ...

    def aliases(self, person: Person) -> Person:
        """``person`` with further ids and addresses this place knows them by."""
        ...

    def held(self, person: Person) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Everything held on the person, rows by table or file."""
        ...

    def purge(self, person: Person) -> Mapping[str, int]:
        """Remove it, or rewrite it to name nobody where books need it; rows by table or file.

        Run again, also after a crash at any point, it ends in the same state.
        """
        ...
