"""What earned more against what earned less, as pairs to learn from, and the gate afterwards.

Feedback comes from a bandit that showed some texts far more often than others, so every mean is
weighted by the inverse of the logged propensity. A pair is learnt from only where the difference
is clearly positive.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from statistics import NormalDist

import numpy as np

from promoloop.compose.tuning.prompt import Cell
from promoloop.core import InvalidError

__all__ = [
    "AdapterVerdict",
    "PreferencePair",
    "PreferenceRow",
    "adapter_gate",
    "preference_pairs",
]

_LEAST_SEEN = 10


@dataclass(frozen=True, slots=True)
class PreferenceRow:
    """One showing of a text: what it earned (any unit) and how likely it was to be shown."""

    cell: Cell
    text: str
    reward: float
    propensity: float

    def __post_init__(self) -> None:
        if not 0.0 < self.propensity <= 1.0:
            raise InvalidError(
                f"propensity {self.propensity}", "it lies outside (0, 1]", "Log the true one."
            )
        if not math.isfinite(self.reward):
            raise InvalidError(f"reward {self.reward}", "it is not finite", "Write a number.")
        if not self.text.strip() or "\n" in self.text:
            raise InvalidError(f"text {self.text!r}", "it is no line", "Write one line of text.")


@dataclass(frozen=True, slots=True)
class PreferencePair:
    """``better`` earned more than ``worse`` in one cell, by ``gain`` a showing.

    ``weight`` has mean 1 over the pairs of one call: it grows with how many effective showings
    stand behind the thinner of the two estimates.
    """

    cell: Cell
    better: str
    worse: str
    gain: float
    weight: float


@dataclass(frozen=True, slots=True)
class _Estimate:
    text: str
    mean: float
    variance: float
    effective: float


def preference_pairs(
    rows: Sequence[PreferenceRow], confidence: float = 0.95
) -> tuple[PreferencePair, ...]:
    """Pairs of the same cell whose difference in mean reward is clearly above 0.

    Means are self-normalised inverse-propensity estimates (Hájek); the variance of a reward is
    pooled over the texts of a cell, so that a text that happened to earn nothing is not thought
    to be known for certain. A pair is kept where the one-sided lower bound of the difference, at
    ``confidence`` shared among all pairs of the cell (Bonferroni), is above 0. Assumes that
    propensities were logged as they were and showings are independent. Texts shown fewer than 10
    times are not compared.
    """
    if not 0.5 <= confidence < 1.0:
        raise InvalidError(f"confidence {confidence}", "it lies outside [0.5, 1)", "Write 0.95.")
    by_cell: dict[Cell, dict[str, list[PreferenceRow]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        by_cell[row.cell][row.text].append(row)
    found: list[tuple[Cell, _Estimate, _Estimate]] = []
    for cell, by_text in by_cell.items():
        seen = _estimates({text: own for text, own in by_text.items() if len(own) >= _LEAST_SEEN})
        found += [(cell, *pair) for pair in _clear(seen, confidence)]
    least = [min(one.effective, other.effective) for _, one, other in found]
    scale = len(least) / sum(least) if least else 1.0
    return tuple(
        PreferencePair(cell, one.text, other.text, one.mean - other.mean, few * scale)
        for (cell, one, other), few in zip(found, least, strict=True)
    )


def _estimates(by_text: Mapping[str, Sequence[PreferenceRow]]) -> list[_Estimate]:
    found: list[tuple[str, float, float]] = []
    squares, free = 0.0, 0
    for text, rows in by_text.items():
        weights = np.array([1.0 / row.propensity for row in rows])
        rewards = np.array([row.reward for row in rows])
        share = weights / weights.sum()
        mean = float(share @ rewards)
        squares += float(((rewards - mean) ** 2).sum())
        free += len(rows) - 1
        found.append((text, mean, float(1.0 / (share @ share))))
    spread = squares / free if free else 0.0
    return [_Estimate(text, mean, spread / few, few) for text, mean, few in found]


def _clear(seen: Sequence[_Estimate], confidence: float) -> list[tuple[_Estimate, _Estimate]]:
    pairs = len(seen) * (len(seen) - 1) // 2
    z = NormalDist().inv_cdf(1.0 - (1.0 - confidence) / max(1, pairs))
    return [
        (one, other)
        for one, other in permutations(seen, 2)
        if one.mean - other.mean > z * math.sqrt(one.variance + other.variance)
        and one.variance + other.variance > 0.0
    ]


@dataclass(frozen=True, slots=True)
class AdapterVerdict:
    """Whether a candidate may be used: difference in the share of sendable, and its bound."""

    passed: bool
    difference: float
    lower: float
    n: int


def adapter_gate(
    candidate: Sequence[bool],
    current: Sequence[bool],
    confidence: float = 0.95,
    tolerance: float = 0.02,
) -> AdapterVerdict:
    """Whether the candidate's share of sendable texts is not lower than the current one's.

    ``candidate[i]`` and ``current[i]`` are marks for the same cell of the labelled regression
    set. It passes where the one-sided lower bound of the paired difference is at least
    ``-tolerance``: a candidate has to show that it is no worse. The bound is Wald's with half an
    observation added to each cell of the 2 by 2 table (Agresti and Min 2005, "Simple improved
    confidence intervals for comparing matched proportions").

    >>> adapter_gate([True] * 90 + [False] * 10, [True] * 60 + [False] * 40).passed
    True
    >>> adapter_gate([True, True], [True, False]).passed
    False
    """
    if len(candidate) != len(current) or not candidate:
        raise InvalidError(
            f"{len(candidate)} marks against {len(current)}",
            "marks have to be of the same cells, one at least",
            "Mark the same cells for both adapters.",
        )
    if not 0.5 <= confidence < 1.0 or not 0.0 <= tolerance < 1.0:
        raise InvalidError(
            f"a gate with confidence {confidence} and tolerance {tolerance}",
            "one of them is out of range",
            "Write such as 0.95 and 0.02.",
        )
    pairs = list(zip(candidate, current, strict=True))
    won = sum(new and not old for new, old in pairs) + 0.5
    lost = sum(old and not new for new, old in pairs) + 0.5
    total = len(pairs) + 2.0
    difference = (won - lost) / total
    spread = math.sqrt((won + lost) / total - difference**2) / math.sqrt(total)
    lower = difference - NormalDist().inv_cdf(confidence) * spread
    return AdapterVerdict(
        passed=lower >= -tolerance,
        difference=sum(candidate) / len(pairs) - sum(current) / len(pairs),
        lower=lower,
        n=len(pairs),
    )
