"""The difference between two arms, with an interval that says what looking it allows.

Mathematics, assumptions and simulated error rates: ``docs/math/experiments.md``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from promoloop.core import InvalidError
from promoloop.evaluate.records import Estimate
from promoloop.evaluate.samples import Floats, line, require_level, table
from promoloop.evaluate.spending import critical_values

__all__ = ["compare_means", "cuped", "last_look", "sequence_times", "weekly_lift"]

# A tenth of the error is held back: shoppers are never so many that means are quite normal.
_SPENT = 0.9


@dataclass(frozen=True, slots=True)
class _Difference:
    value: float
    error: float
    effective_n: float
    method: str

    @property
    def pull(self) -> float:
        """The difference in standard errors; without any spread it is 0 or without end."""
        if self.error > 0:
            return abs(self.value) / self.error
        return 0.0 if self.value == 0 else math.inf


def compare_means(
    treated: ArrayLike,
    control: ArrayLike,
    covariate_treated: ArrayLike | None = None,
    covariate_control: ArrayLike | None = None,
    level: float = 0.95,
    always_valid: bool = True,
    *,
    planned_n: int = 10_000,
) -> Estimate:
    """Mean of ``treated`` minus mean of ``control``, independent units in both.

    Parameters
    ----------
    treated, control : array, shapes (n1,) and (n0,)
        One outcome per unit.
    covariate_treated, covariate_control : array, shapes (n1,) and (n0,), optional
        Something known before the experiment that goes with the outcome (CUPED).
    level : float
        Coverage of the interval, in (0, 1).
    always_valid : bool
        True: the interval may be looked at after every new unit, and acted on at any time
        (asymptotic confidence sequence). False: it may be looked at once.
    planned_n : int
        Units in both arms together at which the confidence sequence is to be tightest. It must
        be settled before the first look, else the guarantee is lost.

    Notes
    -----
    Half width of the confidence sequence, with standard error s and n units:
    ``s * sqrt(2 (n r + 1) / (n r) * log(sqrt(n r + 1) / a))``, a = 1 - level,
    r = (-2 log a + log(1 - 2 log a)) / planned_n. Asymptotic: it holds from some tens of units
    on, later with heavy tails. New units must come in random order; units that grow from week
    to week are a case for ``weekly_lift``.

    References
    ----------
    Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2021), "Time-uniform central limit theory
    and asymptotic confidence sequences", Theorem 2.2. Deng, Xu, Kohavi and Walker (2013),
    "Improving the sensitivity of online controlled experiments by utilizing pre-experiment
    data" (CUPED).

    Examples
    --------
    >>> once = compare_means([3.0, 5.0, 4.0], [1.0, 2.0, 3.0], always_valid=False)
    >>> round(once.value, 3), round(once.high - once.value, 3)
    (2.0, 1.6)
    """
    alpha = 1.0 - require_level(level)
    y1, y0 = line(treated, "treated"), line(control, "control")
    n = y1.size + y0.size
    found = _adjusted(y1, y0, covariate_treated, covariate_control)
    times = _sequence_width(n, planned_n, alpha) if always_valid else _two_sided(alpha)
    kind = f"confidence sequence tuned for {planned_n}" if always_valid else "fixed horizon"
    half = times * found.error
    pull = found.pull
    chance = _sequence_chance(n, planned_n, alpha, pull) if always_valid else _chance(pull)
    return Estimate(
        value=found.value,
        low=found.value - half,
        high=found.value + half,
        n=n,
        effective_n=found.effective_n,
        level=level,
        method=f"{found.method}, {kind}",
        p_value=chance,
    )


def weekly_lift(
    outcomes_treated: ArrayLike,
    outcomes_control: ArrayLike,
    covariate_treated: ArrayLike | None,
    covariate_control: ArrayLike | None,
    planned_weeks: int,
    level: float = 0.95,
) -> Estimate:
    """Mean difference per shopper-week up to now, for two fixed groups looked at every week.

    A shopper is one unit, whose outcome is its mean over the weeks so far: how strongly a
    shopper's weeks go together does not matter. The weekly looks share the error 1 - level by
    alpha spending (``spending.py``), so the interval of every week, and of the week at which
    one chooses to stop, holds.

    Parameters
    ----------
    outcomes_treated, outcomes_control : array, shapes (n1, t) and (n0, t)
        One row per shopper, one column per week so far, the earliest first. All weeks are
        needed: their correlation decides how much of the error is spent.
    covariate_treated, covariate_control : array, shapes (n1,) and (n0,), or None
        Something known before the first week, for CUPED.
    planned_weeks : int
        How many weekly looks there will be at most, settled before the first.
    level : float
        Coverage over all looks together, in (0, 1).

    Raises
    ------
    InvalidError
        For misshapen or non-finite outcomes, or more weeks than were planned.

    References
    ----------
    Lan and DeMets (1983), "Discrete sequential boundaries for clinical trials"; power family of
    Kim and DeMets (1987) with exponent 2.
    """
    alpha = 1.0 - require_level(level)
    y1, y0 = table(outcomes_treated, "treated outcomes"), table(outcomes_control, "control")
    weeks = y1.shape[1]
    _require_weeks(weeks, y0.shape[1], planned_weeks)
    m1, m0 = _running_means(y1), _running_means(y0)
    found = _adjusted(m1[:, -1], m0[:, -1], covariate_treated, covariate_control)
    r1, r0 = _residuals(m1, m0, covariate_treated, covariate_control)
    looks = critical_values(_correlation(r1, r0), planned_weeks, _SPENT * alpha)
    half = float(looks[-1]) * found.error
    return Estimate(
        value=found.value,
        low=found.value - half,
        high=found.value + half,
        n=y1.shape[0] + y0.shape[0],
        effective_n=found.effective_n,
        level=level,
        method=f"{found.method}, look {weeks} of {planned_weeks} by alpha spending",
    )


def last_look(
    outcomes: ArrayLike, covariate: ArrayLike, planned_weeks: int, level: float = 0.95
) -> float:
    """Half width, in standard errors, of ``weekly_lift`` at the last of its planned looks.

    Estimated from ``outcomes`` (n, planned_weeks) of shoppers before an experiment, whose weeks
    go together as those of the experiment will; ``covariate`` (n,) as there.
    """
    alpha = 1.0 - require_level(level)
    means = _running_means(table(outcomes, "outcomes"))
    _require_weeks(means.shape[1], means.shape[1], planned_weeks)
    left, _ = cuped(means, means, covariate, covariate)
    looks = critical_values(_correlation(left, left), planned_weeks, _SPENT * alpha)
    return float(looks[-1])


def sequence_times(alpha: float) -> float:
    """Half width, in standard errors, of a confidence sequence at the size it is tuned for.

    Examples
    --------
    >>> round(sequence_times(0.05), 2)
    3.04
    """
    return _sequence_width(2, 2, alpha)


def cuped(
    treated: Floats, control: Floats, covariate_treated: ArrayLike, covariate_control: ArrayLike
) -> tuple[Floats, Floats]:
    """Outcomes (n1, ...) and (n0, ...) less what a covariate foretold; the contrast is kept.

    The slope is pooled over the arms, from the variation within each arm. A covariate that does
    not vary takes nothing away.

    Source: Deng et al. (2013), equation 4.
    """
    x1 = line(covariate_treated, "covariate of the treated", treated.shape[0])
    x0 = line(covariate_control, "covariate of the control", control.shape[0])
    d1, d0 = x1 - x1.mean(), x0 - x0.mean()
    spread = float(d1 @ d1 + d0 @ d0)
    slope = (d1 @ treated + d0 @ control) / spread if spread > 0 else np.zeros(treated.shape[1:])
    middle = (x1.sum() + x0.sum()) / (x1.size + x0.size)
    return (
        treated - np.multiply.outer(x1 - middle, slope),
        control - np.multiply.outer(x0 - middle, slope),
    )


def _residuals(
    treated: Floats, control: Floats, x1: ArrayLike | None, x0: ArrayLike | None
) -> tuple[Floats, Floats]:
    if x1 is None and x0 is None:
        return treated, control
    if x1 is None or x0 is None:
        raise InvalidError(
            "a covariate for one arm only", "CUPED needs it for both", "Give both or neither."
        )
    return cuped(treated, control, x1, x0)


def _adjusted(
    treated: Floats, control: Floats, x1: ArrayLike | None, x0: ArrayLike | None
) -> _Difference:
    r1, r0 = _residuals(treated, control, x1, x0)
    raw, left = _squared_error(treated, control), _squared_error(r1, r0)
    n = treated.size + control.size
    return _Difference(
        value=float(r1.mean() - r0.mean()),
        error=math.sqrt(left),
        effective_n=n * raw / left if left > 0 else float(n),
        method="difference of means" if x1 is None else "CUPED",
    )


def _squared_error(treated: Floats, control: Floats) -> float:
    return float(treated.var(ddof=1) / treated.size + control.var(ddof=1) / control.size)


def _two_sided(alpha: float) -> float:
    return float(norm.isf(alpha / 2))


def _sequence_width(n: int, planned_n: int, alpha: float) -> float:
    """Half width of the confidence sequence in standard errors."""
    grown = _grown(n, planned_n, alpha)
    return math.sqrt(2 * (grown + 1) / grown * math.log(math.sqrt(grown + 1) / alpha))


def _sequence_chance(n: int, planned_n: int, alpha: float, pull: float) -> float:
    """The least error at which the sequence leaves out zero; holds at any look.

    The sequence's own mixture, tuned for ``alpha``, solved for the error it would have had.
    """
    grown = _grown(n, planned_n, alpha)
    return min(1.0, math.sqrt(grown + 1) * math.exp(-(pull**2) * grown / (2 * (grown + 1))))


def _grown(n: int, planned_n: int, alpha: float) -> float:
    if planned_n < 2:
        raise InvalidError(
            f"planned_n {planned_n}", "a sequence needs two units or more", "Give what you plan."
        )
    return n * (-2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))) / planned_n


def _chance(pull: float) -> float:
    return 2.0 * float(norm.sf(pull))


def _running_means(outcomes: Floats) -> Floats:
    """Each shopper's mean up to each week, (n, t)."""
    means: Floats = np.cumsum(outcomes, axis=1) / np.arange(1, outcomes.shape[1] + 1)
    return means


def _correlation(treated: Floats, control: Floats) -> Floats:
    """Correlation of the estimates at the looks so far, (t, t)."""
    covariance = np.atleast_2d(np.cov(treated, rowvar=False)) / treated.shape[0]
    covariance = covariance + np.atleast_2d(np.cov(control, rowvar=False)) / control.shape[0]
    error = np.sqrt(np.diag(covariance))
    # A week in which nothing varied has no correlation with any other.
    scale = np.where(error > 0, error, 1.0)
    correlation: Floats = covariance / np.outer(scale, scale)
    np.fill_diagonal(correlation, 1.0)
    return correlation


def _require_weeks(treated: int, control: int, planned: int) -> None:
    if treated != control:
        raise InvalidError(
            f"{treated} weeks of the treated and {control} of the control",
            "both must have been watched for the same weeks",
            "Leave out weeks that one of them lacks.",
        )
    if treated > planned:
        raise InvalidError(
            f"week {treated} of an experiment planned for {planned} weeks",
            "its error is spent, a further look would not be covered",
            "Plan the number of weeks before the first look; start a new experiment to go on.",
        )
