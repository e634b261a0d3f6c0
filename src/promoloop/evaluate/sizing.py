"""How many shoppers an experiment needs before it starts, and what it can find with those it has.

Sources: Chow, Shao and Wang (2008), "Sample size calculations in clinical research", chapters 3
and 4; Fleiss, Tytun and Ury (1980) for unequal groups; Deng et al. (2013) for CUPED.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.stats import norm

from promoloop.core import InvalidError
from promoloop.evaluate.experiments import sequence_times
from promoloop.evaluate.samples import require_level

__all__ = ["Plan", "SampleSize", "size_for_means", "size_for_shares", "smallest_lift"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How an experiment will be read.

    Parameters
    ----------
    level : float
        Coverage of the two-sided interval, in (0, 1).
    power : float
        Chance to find a lift that is there, in (0, 1).
    treated_share : float
        The treated among all units of both arms, in (0, 1).
    always_valid : bool
        Read by a confidence sequence tuned for the planned size, which may be looked at any day,
        instead of once at the end.
    width : float, optional
        Half width of the interval at the planned size in standard errors, where it is neither:
        that of the last of several planned looks, see ``last_look``.
    """

    level: float = 0.95
    power: float = 0.8
    treated_share: float = 0.5
    always_valid: bool = False
    width: float | None = None

    def __post_init__(self) -> None:
        require_level(self.level)
        for name, share in (("power", self.power), ("treated_share", self.treated_share)):
            if not 0.0 < share < 1.0:
                raise InvalidError(f"{name} {share}", "it is not between 0 and 1", "Use 0.8, say.")

    @property
    def times(self) -> float:
        """Half width of the interval at the planned size, in standard errors."""
        alpha = 1.0 - self.level
        if self.width is not None:
            return self.width
        return sequence_times(alpha) if self.always_valid else float(norm.isf(alpha / 2))

    @property
    def reserve(self) -> float:
        """Standard errors by which a lift must exceed the interval to be found so often."""
        return float(norm.ppf(self.power))


@dataclass(frozen=True, slots=True)
class SampleSize:
    """Units needed in each arm, and the plan they are needed for."""

    treated: int
    control: int
    plan: Plan

    @property
    def total(self) -> int:
        """Both arms."""
        return self.treated + self.control


_PLAN = Plan()


def size_for_means(lift: float, sd: float, rho: float = 0.0, plan: Plan = _PLAN) -> SampleSize:
    """Units needed to find a difference of two means.

    Parameters
    ----------
    lift : float
        The smallest difference worth finding, not 0.
    sd : float
        Standard deviation of one unit's outcome, in the unit of ``lift``; above 0.
    rho : float
        Correlation of the outcome with the CUPED covariate, in (-1, 1); 0 without one.
    plan : Plan

    Notes
    -----
    ``n = (times + z_power)^2 sd^2 (1 - rho^2) / lift^2 / (s (1 - s))`` units in all, s the treated
    share, and times^2 / 2 units more because the standard deviation is estimated (Guenther 1981).

    Examples
    --------
    Half a standard deviation at 80 % power needs 64 in each group, by the t-test's own law.

    >>> size_for_means(0.5, 1.0).treated
    64
    """
    _require(math.isfinite(lift) and lift != 0, f"a lift of {lift}", "it is 0 or no number")
    _require(math.isfinite(sd) and sd > 0, f"a standard deviation of {sd}", "it is not above 0")
    _require(-1 < rho < 1, f"a correlation of {rho}", "it is not between -1 and 1")
    noise = sd**2 * (1 - rho**2) * (plan.times + plan.reserve) ** 2 / lift**2
    share = plan.treated_share
    return _split(noise / (share * (1 - share)) + plan.times**2 / 2, plan)


def size_for_shares(base: float, lift: float, plan: Plan = _PLAN) -> SampleSize:
    """Units needed to find that a share moves from ``base`` to ``base + lift``.

    Normal law with the pooled variance under no effect and the separate ones under the lift.

    Examples
    --------
    From 5 % to 6 %: 8,158 in each group.

    >>> size_for_shares(0.05, 0.01).control
    8158
    """
    moved = base + lift
    for share in (base, moved):
        _require(0 < share < 1, f"shares of {base} and {moved}", "one is not between 0 and 1")
    _require(lift != 0, f"a lift of {lift}", "there is nothing to find")
    s = plan.treated_share
    middle = s * moved + (1 - s) * base
    under_none = math.sqrt(middle * (1 - middle) / (s * (1 - s)))
    under_lift = math.sqrt(moved * (1 - moved) / s + base * (1 - base) / (1 - s))
    return _split(((plan.times * under_none + plan.reserve * under_lift) / lift) ** 2, plan)


def smallest_lift(units: int, sd: float, rho: float = 0.0, plan: Plan = _PLAN) -> float:
    """The smallest difference of means that ``units`` in both arms find with the plan's power.

    Examples
    --------
    >>> round(smallest_lift(128, 1.0), 3)
    0.499
    """
    _require(units >= 4, f"{units} units", "an experiment needs at least four")
    _require(math.isfinite(sd) and sd > 0, f"a standard deviation of {sd}", "it is not above 0")
    _require(-1 < rho < 1, f"a correlation of {rho}", "it is not between -1 and 1")
    share = plan.treated_share
    known = max(1.0, units - plan.times**2 / 2)
    spread = sd * math.sqrt((1 - rho**2) / (share * (1 - share) * known))
    return (plan.times + plan.reserve) * spread


def _split(units: float, plan: Plan) -> SampleSize:
    treated = math.ceil(units * plan.treated_share - 1e-9)
    control = math.ceil(units * (1 - plan.treated_share) - 1e-9)
    return SampleSize(max(2, treated), max(2, control), plan)


def _require(holds: bool, asked: str, case: str) -> None:
    if not holds:
        raise InvalidError(f"a sample size for {asked}", case, "Give a figure of that kind.")
