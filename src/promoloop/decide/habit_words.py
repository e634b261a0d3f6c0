"""Why a shopper buys without any offer, in words: what the baseline's trees saw."""

from __future__ import annotations

import math
from collections.abc import Callable

from promoloop.decide.phrases import REASONS
from promoloop.respond import Habit

__all__ = ["habit_reasons", "has_habit_words"]

_TOP = 3
_RATES = ("rate_4w", "rate_13w", "rate_52w")
_SHARES = ("active_4w", "active_52w")
_YEAR = 52


def has_habit_words(feature: str) -> bool:
    """Whether a feature of the baseline is said in words.

    >>> has_habit_words("weeks_since"), has_habit_words("moon")
    (True, False)
    """
    return feature in REASONS["en"]


def habit_reasons(habit: Habit, language: str, percent: Callable[[float], str]) -> tuple[str, ...]:
    """The facts that moved the probability most, with by how much they multiply the odds."""
    order = sorted(habit.parts, key=lambda name: -abs(habit.parts[name]))[:_TOP]
    return tuple(
        f"×{math.exp(habit.parts[name]):.2f} {_fact(name, habit.seen[name], language, percent)}"
        for name in order
        if habit.parts[name]
    )


def _fact(name: str, seen: float, language: str, percent: Callable[[float], str]) -> str:
    words = REASONS[language]
    if name in _RATES:
        return _rate(seen, words[name], language)
    if name in _SHARES:
        return words[name].format(share=percent(seen))
    if name == "weeks_since":
        key = "_now" if seen < 1 else "_never" if seen >= _YEAR else ""
        return words[f"weeks_since{key}"].format(n=round(seen))
    return words.get(name, f"{name} = {seen:g}")


def _rate(weekly: float, span: str, language: str) -> str:
    words = REASONS[language]
    if weekly >= 0.15:
        return words["rate_often"].format(n=round(weekly * 10), span=span)
    if weekly >= 0.02:
        return words["rate_seldom"].format(n=round(1.0 / weekly), span=span)
    return words["rate_never"].format(span=span)
