"""Several metrics judged together, so that looking at many does not find what is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from promoloop.core import InvalidError
from promoloop.evaluate.records import Estimate
from promoloop.evaluate.samples import Floats, require_level

__all__ = ["MetricVerdict", "benjamini_hochberg", "holm", "judge_metrics"]


@dataclass(frozen=True, slots=True)
class MetricVerdict:
    """One metric among several.

    ``role`` is ``primary`` or ``secondary``; ``p_value`` is corrected for the others of its role,
    and ``differs`` says whether it is at most 1 - level.
    """

    metric: str
    role: str
    estimate: Estimate
    p_value: float
    differs: bool


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """P-values corrected so that one false finding in the whole family is as rare as it says.

    Valid whatever the dependence between the metrics.

    References
    ----------
    Holm (1979), "A simple sequentially rejective multiple test procedure".

    Examples
    --------
    >>> {name: round(p, 3) for name, p in holm({"a": 0.01, "b": 0.04, "c": 0.03}).items()}
    {'a': 0.03, 'b': 0.06, 'c': 0.06}
    """
    names, p = _sorted(p_values)
    steps = np.maximum.accumulate(p * np.arange(len(p), 0, -1))
    return _by_name(p_values, names, steps)


def benjamini_hochberg(p_values: Mapping[str, float]) -> dict[str, float]:
    """P-values corrected so that the share of false findings among the findings is as it says.

    Valid for independent metrics and those that go together (positive regression dependence).

    References
    ----------
    Benjamini and Hochberg (1995), "Controlling the false discovery rate".

    Examples
    --------
    >>> found = benjamini_hochberg({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.5})
    >>> {name: round(p, 3) for name, p in found.items()}
    {'a': 0.04, 'b': 0.053, 'c': 0.053, 'd': 0.5}
    """
    names, p = _sorted(p_values)
    steps = p * (len(p) / np.arange(1, len(p) + 1))
    return _by_name(p_values, names, np.minimum.accumulate(steps[::-1])[::-1])


def judge_metrics(
    found: Mapping[str, Estimate], primary: Sequence[str], level: float = 0.95
) -> tuple[MetricVerdict, ...]:
    """Which of several metrics differ, in the order given.

    The ``primary`` ones are what the experiment was made for: Holm's correction keeps the chance
    of one false finding among them at 1 - level. All others are secondary, a list of hints, whose
    share of false ones is kept at 1 - level by Benjamini and Hochberg.

    Raises
    ------
    InvalidError
        For a primary metric that was not measured, none at all, or an estimate without p-value.
    """
    alpha = 1.0 - require_level(level)
    strange = [name for name in primary if name not in found]
    if strange or not primary:
        raise InvalidError(
            f"the primary metrics {list(primary)}",
            f"measured were {', '.join(found) or 'none'}",
            "Name one or more of those, before the first look.",
        )
    given = {name: _p_value(name, estimate) for name, estimate in found.items()}
    first = holm({name: p for name, p in given.items() if name in primary})
    rest = {name: p for name, p in given.items() if name not in primary}
    corrected = {**first, **(benjamini_hochberg(rest) if rest else {})}
    return tuple(
        MetricVerdict(
            name,
            "primary" if name in first else "secondary",
            estimate,
            corrected[name],
            corrected[name] <= alpha,
        )
        for name, estimate in found.items()
    )


def _p_value(name: str, estimate: Estimate) -> float:
    if estimate.p_value is None:
        raise InvalidError(
            f"the metric {name!r}",
            f"its estimate ({estimate.method}) made no test",
            "Use compare_means, weekly_lift or an off-policy difference.",
        )
    return estimate.p_value


def _sorted(p_values: Mapping[str, float]) -> tuple[list[str], Floats]:
    names = sorted(p_values, key=lambda name: p_values[name])
    p = np.array([p_values[name] for name in names], dtype=np.float64)
    if not p.size or not ((p >= 0) & (p <= 1)).all():
        raise InvalidError(
            f"the p-values {dict(p_values)}",
            "there is none, or one is outside [0, 1]",
            "Give one per metric.",
        )
    return names, p


def _by_name(order: Mapping[str, float], names: Sequence[str], p: Floats) -> dict[str, float]:
    corrected = {name: min(1.0, float(value)) for name, value in zip(names, p, strict=True)}
    return {name: corrected[name] for name in order}
