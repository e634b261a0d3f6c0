"""What every language model must do, and a scripted one that does it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import product

import numpy as np

from promoloop.compose import Completion, LanguageModel
from promoloop.core import UnavailableError

__all__ = ["EvenChooser", "LanguageModelSuite", "ScriptedModel"]


class ScriptedModel:
    """A model that does not keep to what it is offered: it says the texts of a list, in turn.

    Counts its calls; ``away`` makes it unavailable. No well-behaved model: it is there to show
    that what comes back is held to the proof.
    """

    def __init__(self, texts: Sequence[str], away: bool = False) -> None:
        self._texts = tuple(texts)
        self._away = away
        self.calls = 0

    @property
    def name(self) -> str:
        """The name kept with each copy."""
        return "scripted"

    def choose(
        self, prompt: str, forms: Sequence[Sequence[Sequence[str]]], *, n: int, seed: int
    ) -> list[Completion]:
        """Up to ``n`` texts of the list, starting where ``seed`` says; the forms are unread."""
        self.calls += 1
        if self._away or not self._texts:
            raise UnavailableError("a choice", "the model is away", "Retry later.")
        del prompt, forms
        few = min(n, len(self._texts))
        return [Completion(self._texts[(seed + at) % len(self._texts)]) for at in range(few)]


class EvenChooser:
    """Chooses evenly among the alternatives; counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    @property
    def name(self) -> str:
        """The name kept with each copy."""
        return "even"

    def choose(
        self, prompt: str, forms: Sequence[Sequence[Sequence[str]]], *, n: int, seed: int
    ) -> list[Completion]:
        """Up to ``n`` different texts, the forms taken in turn; the prompt is unread."""
        self.calls += 1
        del prompt
        rng = np.random.default_rng(seed)
        found: dict[str, float] = {}
        for at in range(4 * n if forms else 0):
            form = forms[at % len(forms)]
            text = "".join(part[int(rng.integers(len(part)))] for part in form)
            weight = -float(np.mean([np.log(len(part)) for part in form]))
            found.setdefault(text, weight)
            if len(found) == n:
                break
        return [Completion(text, weight) for text, weight in found.items()]


_FORMS = (
    ((" Warm the pot", " Fill a cup"), (" before noon.", " after lunch.", " at four.")),
    ((" Tea first,",), (" then the news.", " then the mail.")),
)


class LanguageModelSuite(ABC):
    """Derive from this and say which model to examine."""

    @abstractmethod
    def make(self) -> LanguageModel:
        """The model, ready to answer; it may be shared between tests."""

    def test_the_model_says_its_name(self) -> None:
        assert self.make().name.strip()

    def test_every_text_takes_one_alternative_of_every_part_of_a_form(self) -> None:
        whole = {"".join(parts) for form in _FORMS for parts in product(*form)}
        found = self._ask(6)
        assert found
        assert set(found) <= whole

    def test_no_text_comes_twice_and_no_more_than_were_asked(self) -> None:
        for n in (1, 4, 30):
            found = self._ask(n)
            assert len(found) == len(set(found)) <= n

    def test_the_forms_are_taken_in_turn(self) -> None:
        assert {text.startswith(" Tea first") for text in self._ask(8)} == {True, False}

    def test_the_same_seed_gives_the_same_texts(self) -> None:
        assert self._ask(3) == self._ask(3)

    def test_choices_are_weighed(self) -> None:
        found = self.make().choose("Tea.\n>", _FORMS, n=4, seed=7)
        assert all(one.log_likelihood <= 0.0 for one in found)

    def test_where_nothing_is_offered_nothing_comes_back(self) -> None:
        assert self.make().choose("Tea.\n>", (), n=4, seed=7) == []

    def _ask(self, n: int) -> list[str]:
        return [one.text for one in self.make().choose("Tea.\n>", _FORMS, n=n, seed=7)]
