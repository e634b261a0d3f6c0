"""What the compose room needs from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from promoloop.compose.records import Copy

__all__ = ["CopyBank", "LanguageModel"]


class LanguageModel(Protocol):
    """Something that continues a prompt."""

    @property
    def name(self) -> str:
        """Name and version, as kept with each copy."""
        ...

    def complete(
        self, prompt: str, *, n: int, max_tokens: int, seed: int, grammar: str
    ) -> list[str]:
        """``n`` continuations of ``prompt``, each matching the GBNF ``grammar`` ("" is none).

        Raises ``UnavailableError`` when the model cannot answer; never returns fewer than asked
        without raising.
        """
        ...


class CopyBank(Protocol):
    """Approved variants."""

    def put(self, copies: Sequence[Copy]) -> None:
        """Insert by ``copy_id``; the same copy twice changes nothing."""
        ...

    def get(self, copy_id: str) -> Copy:
        """The copy; ``InvalidError`` when there is none."""
        ...

    def all(self) -> tuple[Copy, ...]:
        """Every copy, by ``copy_id``."""
        ...
