"""What an offer may look like: round prices, honest thresholds, no order sold at a loss.

A search point is a vector in the unit cube; ``reward_at`` turns any such vector into a reward that
keeps every rule, or into none. So the search needs no penalties for rules, only for money.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from promoloop.core import InvalidError
from promoloop.offers import PercentOff, Reward, TieredAmountOff

__all__ = ["GENES", "DesignRules", "breaches", "price_points", "reward_at"]

#: Numbers in [0, 1] that describe one offer: its kind, three thresholds, three depths.
GENES = 7

_CEILING_BASKETS = 3  # a percentage is given on at most this many typical baskets' worth
_LADDER = 16  # thresholds that are tried
_WIDEST = 6.0  # the highest threshold, in typical baskets


@dataclass(frozen=True)
class DesignRules:
    """What designs may be made of. Money in minor units.

    Parameters
    ----------
    margin_share : float
        Gross margin as a share of the full price, in (0, 1).
    typical_basket_minor : int
        The middle basket of the group, above 0.
    budget_minor : int
        What rewards and messages may be expected to cost, >= 0.
    shoppers : int
        How many the offers are for.
    most_weeks, most_offers, most_tiers : int
        The longest duration, the largest mix, the most steps of one 满减.
    contact_minor : float
        Cost of one message; each shopper who gets an offer gets one a week.
    redeem : float
        Share of buyers who take the reward they have earned, in (0, 1].
    fade : float
        What is left of an offer's effect on the log odds a week later, in (0, 1]. An assumption.
    max_depth : float
        The deepest reward as a share of what must be spent, in (0, 1).
    least_depth : float
        The least reward as a share of what must be spent, in [0, 1): what is worth announcing.
    least_threshold : float
        The lowest threshold in typical baskets: below it nobody is asked to spend more.
    least_margin_minor : int
        The least margin an order may leave after the reward; below 0 where a loss is accepted.
    step_minor : int
        Thresholds are multiples of it, less ``ending_minor``; 0 for a round figure near a fifth
        of the typical basket.
    ending_minor : int
        1 for prices like 49.99 where ``step_minor`` is 1000, 100 for 49.
    amount_minor : int
        Amounts off are multiples of it; 0 for a round figure near a twentieth of the basket.
    percent_step : int
        Percentages are multiples of it.
    percents : bool
        Whether plain percentages off may be used beside 满减.
    """

    margin_share: float
    typical_basket_minor: int
    budget_minor: int
    shoppers: int
    most_weeks: int = 8
    most_offers: int = 2
    most_tiers: int = 3
    contact_minor: float = 0.0
    redeem: float = 1.0
    fade: float = 0.9
    max_depth: float = 0.5
    least_depth: float = 0.05
    least_threshold: float = 1.0
    least_margin_minor: int = 0
    step_minor: int = 0
    ending_minor: int = 0
    amount_minor: int = 0
    percent_step: int = 5
    percents: bool = True

    def __post_init__(self) -> None:
        inside = {"margin_share": self.margin_share, "max_depth": self.max_depth}
        upto = {"redeem": self.redeem, "fade": self.fade}
        whole = {
            "typical_basket_minor": self.typical_basket_minor,
            "shoppers": self.shoppers,
            "most_weeks": self.most_weeks,
            "most_offers": self.most_offers,
            "percent_step": self.percent_step,
        }
        for name, share in inside.items():
            _require(0.0 < share < 1.0, name, share, "a number between 0 and 1")
        for name, share in upto.items():
            _require(0.0 < share <= 1.0, name, share, "a number above 0 and at most 1")
        for name, count in whole.items():
            _require(count >= 1, name, count, "1 or more")
        _require(0.0 <= self.least_depth < 1.0, "least_depth", self.least_depth, "0 to below 1")
        _require(
            self.least_depth <= self.max_depth, "least_depth", self.least_depth, "max_depth or less"
        )
        steps = {
            "least_threshold": self.least_threshold,
            "step_minor": self.step_minor,
            "ending_minor": self.ending_minor,
            "amount_minor": self.amount_minor,
        }
        for name, step in steps.items():
            _require(0 <= step < float("inf"), name, step, "0 or more")
        _require(1 <= self.most_tiers <= 3, "most_tiers", self.most_tiers, "1, 2 or 3")
        _require(self.budget_minor >= 0, "budget_minor", self.budget_minor, "0 or more")
        _require(
            0.0 <= self.contact_minor < float("inf"), "contact_minor", self.contact_minor, "a cost"
        )

    @cached_property
    def thresholds(self) -> tuple[int, ...]:
        """The thresholds that are tried, rising."""
        low = self.least_threshold * self.typical_basket_minor
        step = self.step_minor or _round_near(self.typical_basket_minor / 5)
        high = _WIDEST * self.typical_basket_minor
        points = price_points(low, high, step, self.ending_minor)
        if len(points) <= _LADDER:
            return points
        # Closer together near the typical basket, where most baskets are.
        wanted = np.geomspace(points[0], points[-1], _LADDER)
        return tuple(sorted({min(points, key=lambda p: abs(p - one)) for one in wanted.tolist()}))

    @cached_property
    def amount(self) -> int:
        """The unit of amounts off."""
        return self.amount_minor or _round_near(self.typical_basket_minor / 20)

    @cached_property
    def percentages(self) -> tuple[int, ...]:
        """The percentages that no order is sold at a loss with."""
        if not self.percents:
            return ()
        loss = min(0, self.least_margin_minor) / self.typical_basket_minor
        most = min(self.max_depth, self.margin_share - loss)
        least = self.least_depth * 100 - 1e-9
        steps = range(self.percent_step, int(most * 100 + 1e-9) + 1, self.percent_step)
        return tuple(percent for percent in steps if percent >= least)

    @property
    def ceiling_minor(self) -> int:
        """The most that comes off one order by a percentage, per per cent."""
        return _CEILING_BASKETS * self.typical_basket_minor

    def most_off(self, threshold: int) -> int:
        """The largest amount off from ``threshold`` on that keeps every rule, 0 for none."""
        least = self.margin_share * threshold - self.least_margin_minor
        most = min(self.max_depth * threshold, least, threshold - 1)
        return max(0, int(most // self.amount) * self.amount)

    def least_off(self, threshold: int) -> int:
        """The smallest amount off worth announcing from ``threshold`` on."""
        return max(1, math.ceil(self.least_depth * threshold / self.amount - 1e-9)) * self.amount


def price_points(low: float, high: float, step: int, ending: int = 0) -> tuple[int, ...]:
    """Prices from ``low`` to ``high``: multiples of ``step`` less ``ending``.

    >>> price_points(2000, 4000, 1000), price_points(2000, 4000, 1000, 100)
    ((2000, 3000, 4000), (2900, 3900))
    """
    if step < 1 or not 0 <= ending < step:
        raise InvalidError(
            f"prices in steps of {step} less {ending}",
            "the step must be at least 1 and the ending from 0 to below it",
            "Give 1000 and 100, say, for 49, 59, 69.",
        )
    first = -(-(low + ending) // step)
    last = (high + ending) // step
    return tuple(int(k) * step - ending for k in range(int(first), int(last) + 1))


def reward_at(genes: Sequence[float], rules: DesignRules) -> Reward | None:
    """The reward that one offer's ``GENES`` numbers describe, or none."""
    kinds = ["none", *(["percent"] if rules.percentages else []), *range(1, rules.most_tiers + 1)]
    kind = kinds[_pick(genes[0], len(kinds))]
    if kind == "none":
        return None
    if kind == "percent":
        return _percent(rules.percentages[_pick(genes[4], len(rules.percentages))], rules)
    return _tiers(genes, int(kind), rules)


def breaches(reward: Reward, rules: DesignRules) -> tuple[str, ...]:
    """Which rules a reward breaks, in words; empty for every reward of ``reward_at``."""
    if isinstance(reward, PercentOff):
        fine = reward.percent in rules.percentages
        return () if fine else (f"{reward.percent}% is not among {rules.percentages}",)
    if not isinstance(reward, TieredAmountOff):
        return (f"a {reward.code} is not designed here",)
    broken = []
    least = rules.least_threshold * rules.typical_basket_minor
    for threshold, off in reward.tiers:
        if threshold < least:
            broken.append(f"{threshold} is below the typical basket")
        if threshold not in rules.thresholds:
            broken.append(f"{threshold} is no price point")
        if off % rules.amount:
            broken.append(f"{off} is no round amount")
        if off < rules.least_off(threshold):
            broken.append(f"{off} off {threshold} is too little to announce")
        if off > rules.most_off(threshold):
            broken.append(f"{off} off {threshold} goes deeper than the margin or the rules allow")
    return tuple(broken)


def _percent(percent: int, rules: DesignRules) -> PercentOff:
    most = rules.ceiling_minor * percent / 100
    return PercentOff(percent, max(1, -(-int(most) // rules.amount)) * rules.amount)


def _tiers(genes: Sequence[float], count: int, rules: DesignRules) -> TieredAmountOff | None:
    """Up to ``count`` tiers, each above the last; those with no room are left out."""
    ladder, tiers, spot, before = rules.thresholds, list[tuple[int, int]](), -1, 0
    for step in range(count):
        left = len(ladder) - 1 - spot
        if left < 1:
            break
        spot += 1 + _pick(genes[1 + step], left)
        most = rules.most_off(ladder[spot]) // rules.amount
        least = max(before // rules.amount + 1, rules.least_off(ladder[spot]) // rules.amount)
        if most < least:
            continue
        before = (least + _pick(genes[4 + step], most - least + 1)) * rules.amount
        tiers.append((ladder[spot], before))
    return TieredAmountOff(tuple(tiers)) if tiers else None


def _pick(gene: float, count: int) -> int:
    """One of ``count`` equally wide parts of [0, 1]."""
    return min(count - 1, max(0, int(gene * count)))


def _round_near(amount: float) -> int:
    """The largest of 1, 2, 5, 10, 20, 50, ... that is not above ``amount``."""
    best, power = 1, 1
    while power <= amount:
        best = max(step * power for step in (1, 2, 5) if step * power <= amount)
        power *= 10
    return best


def _require(holds: bool, name: str, value: float, wanted: str) -> None:
    if not holds:
        raise InvalidError(
            f"designing offers, {name} = {value}", f"it must be {wanted}", "Give such a figure."
        )
