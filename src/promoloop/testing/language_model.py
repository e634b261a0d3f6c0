"""What every language model must do, and a scripted one that does it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from promoloop.compose import Completion, LanguageModel
from promoloop.core import UnavailableError

__all__ = ["LanguageModelSuite", "ScriptedModel"]


class ScriptedModel:
    """Answers from a list, in turn by seed; counts its calls. ``away`` makes it unavailable."""

    def __init__(self, texts: Sequence[str], away: bool = False) -> None:
        self._texts = tuple(texts)
        self._away = away
        self.calls = 0

    @property
    def name(self) -> str:
        """The name kept with each copy."""
        return "scripted"

    def complete(
        self, prompt: str, *, n: int, max_tokens: int, seed: int, grammar: str
    ) -> list[Completion]:
        """``n`` texts of the list, starting where ``seed`` says; prompt and grammar are unread."""
        self.calls += 1
        if self._away or not self._texts:
            raise UnavailableError("a completion", "the model is away", "Retry later.")
        del prompt, max_tokens, grammar
        return [Completion(self._texts[(seed + at) % len(self._texts)]) for at in range(n)]

    def complete_each(
        self, prompts: Sequence[str], *, max_tokens: int, seed: int, grammar: str
    ) -> list[Completion]:
        """One text of the list for each prompt, starting where ``seed`` says."""
        found = self.complete("", n=len(prompts), max_tokens=max_tokens, seed=seed, grammar=grammar)
        return found


class LanguageModelSuite(ABC):
    """Derive from this and say which model to examine."""

    @abstractmethod
    def make(self) -> LanguageModel:
        """The model, ready to answer; it may be shared between tests."""

    def test_the_model_says_its_name(self) -> None:
        assert self.make().name.strip()

    def test_as_many_texts_come_back_as_were_asked(self) -> None:
        for n in (1, 3):
            assert len(self._ask(n=n)) == n

    def test_the_same_seed_gives_the_same_texts(self) -> None:
        assert self._ask(n=2) == self._ask(n=2)

    def test_each_prompt_gets_its_own_answer(self) -> None:
        found = self.make().complete_each(
            ["Product: tea\nLine:", "Product: socks\nLine:"],
            max_tokens=8,
            seed=7,
            grammar='root ::= " " [a-z ]+',
        )
        assert len(found) == 2

    def _ask(self, n: int) -> list[str]:
        found = self.make().complete(
            "Product: tea\nLine:", n=n, max_tokens=8, seed=7, grammar='root ::= " " [a-z ]+'
        )
        return [one.text for one in found]
