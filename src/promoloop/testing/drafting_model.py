"""What every drafting model must do, and a scripted one that does it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from promoloop.compose import DraftingModel
from promoloop.core import UnavailableError

__all__ = ["DraftingModelSuite", "ScriptedDrafts"]

_SCHEMA = {
    "type": "object",
    "properties": {"hook": {"type": "string"}},
    "required": ["hook"],
}


class ScriptedDrafts:
    """Answers from a list, in turn by seed; counts its calls. ``away`` makes it unavailable."""

    def __init__(self, drafts: Sequence[Mapping[str, object]], away: bool = False) -> None:
        self._drafts = tuple(drafts)
        self._away = away
        self.calls = 0

    @property
    def name(self) -> str:
        """The name kept with each copy."""
        return "scripted drafts"

    def draft(
        self, instruction: str, schema: Mapping[str, object], *, n: int, max_tokens: int, seed: int
    ) -> list[Mapping[str, object]]:
        """The next ``n`` drafts that have what ``schema`` requires; the instruction is unread."""
        self.calls += 1
        if self._away:
            raise UnavailableError("a draft", "the model is away", "Retry later.")
        del instruction, max_tokens
        if not self._drafts:
            return []
        required = schema.get("required", [])
        names = required if isinstance(required, Sequence) else []
        found = [self._drafts[(seed + at) % len(self._drafts)] for at in range(n)]
        return [one for one in found if all(name in one for name in names)]


class DraftingModelSuite(ABC):
    """Derive from this and say which model to examine."""

    @abstractmethod
    def make(self) -> DraftingModel:
        """The model, ready to answer; it may be shared between tests."""

    def test_the_model_says_its_name(self) -> None:
        assert self.make().name.strip()

    def test_no_more_drafts_come_back_than_were_asked(self) -> None:
        for n in (1, 3):
            assert len(self._ask(n=n)) <= n

    def test_every_draft_has_what_the_schema_requires(self) -> None:
        assert all(isinstance(one["hook"], str) for one in self._ask(n=3))

    def test_the_same_seed_gives_the_same_drafts(self) -> None:
        assert self._ask(n=2) == self._ask(n=2)

    def _ask(self, n: int) -> list[Mapping[str, object]]:
        return self.make().draft(
            'Write one line about tea as JSON: {"hook": "..."}',
            _SCHEMA,
            n=n,
            max_tokens=40,
            seed=7,
        )
