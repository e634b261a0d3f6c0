"""What the compose room needs from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from promoloop.compose.records import Completion, Copy, ReviewEntry

__all__ = [
    "CopyBank",
    "DraftingModel",
    "LanguageModel",
    "ReviewLog",
    "TextEncoder",
]


class LanguageModel(Protocol):
    """Something that says which of several wordings suits a prompt."""

    @property
    def name(self) -> str:
        """Name and version, as kept with each copy."""
        ...

    def choose(
        self, prompt: str, forms: Sequence[Sequence[Sequence[str]]], *, n: int, seed: int
    ) -> list[Completion]:
        """Up to ``n`` different texts after ``prompt``, the ``forms`` taken in turn.

        A form is a sequence of parts, a part a sequence of alternatives, and a text joins one
        alternative of every part. They are drawn as the model finds them likely, so fewer may
        come back; ``log_likelihood`` is the mean over the parts of the choice's. Raises
        ``UnavailableError`` when the model cannot answer.
        """
        ...


class DraftingModel(Protocol):
    """A model capable of following an instruction: whole drafts as JSON objects."""

    @property
    def name(self) -> str:
        """Name and version, as kept with each copy."""
        ...

    def draft(
        self, instruction: str, schema: Mapping[str, object], *, n: int, max_tokens: int, seed: int
    ) -> list[Mapping[str, object]]:
        """Up to ``n`` answers that are JSON objects with the members ``schema`` requires.

        Answers that are no such object are left out, so fewer than ``n`` may come back, even
        none. Raises ``UnavailableError`` when the model cannot answer at all.
        """
        ...


class TextEncoder(Protocol):
    """Texts to vectors, so that likeness of meaning is their inner product."""

    @property
    def name(self) -> str:
        """Name and version; vectors of different encoders do not compare."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (n_texts, n_dimensions); the same text gives the same vector."""
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


class ReviewLog(Protocol):
    """Who let which text pass, and when: entries are added, never changed."""

    def append(self, entries: Sequence[ReviewEntry]) -> int:
        """Add entries in order, all or none; return how many were new.

        The entry at which a text stands, given again, changes nothing. ``RefusedError`` for a
        step that ``compose.new_steps`` does not allow, also when somebody else was faster.
        """
        ...

    def of(self, copy_id: str) -> tuple[ReviewEntry, ...]:
        """Every entry of one text, oldest first; none for a text that was never opened."""
        ...

    def standing(self, copy_ids: Sequence[str]) -> Mapping[str, ReviewEntry]:
        """The last entry of each of these texts; those without an entry are left out."""
        ...

    def standing_in(self, state: str) -> Mapping[str, ReviewEntry]:
        """The last entry of every text that stands in ``state``, by ``copy_id``."""
        ...
