"""What a design is expected to bring: margin and cost of a menu of offers, with doubt.

A response curve says P(buy) and baskets for one depth and one threshold. Of several tiers, each
alone moves the odds as some depth without a threshold would; those who reach a tier and not the
next take that tier's depth, so the depths are averaged over who reaches what. For one tier this is
the curve's own answer.

    value = Σ_weeks P_w·(margin·basket - redeem·E[reward]) - P_0·margin·basket_0 - contact

The effect on the log odds fades by a factor a week. Each shopper gets the offer of the menu that is
worth most after the price of the budget, or nothing; that assignment is settled on the mean curve
and then valued on every draw of the posterior, so doubt is not chosen away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError, numbers
from promoloop.decide.design.rules import DesignRules
from promoloop.offers import PercentOff, Reward, TieredAmountOff
from promoloop.respond import ResponseCurve, logit, sigmoid

__all__ = ["Menu", "Outlook", "Prospects"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_STEP = 0.02  # between the depths at which the curve is asked
_HALVINGS = 40


@dataclass(frozen=True, slots=True)
class Menu:
    """Offers that run side by side for some weeks."""

    rewards: tuple[Reward, ...]
    weeks: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a menu is expected to bring, minor units.

    ``draws`` (s,) is the margin above no offer by each draw of the posterior; ``shares`` of the
    shoppers get each offer; ``sd_minor`` is the standard deviation of one treated shopper's
    margin, ``lift_minor`` the gain of one.
    """

    margin_minor: float
    spend_minor: float
    draws: Floats
    shares: tuple[float, ...]
    lift_minor: float
    sd_minor: float

    def cautious(self, caution: float) -> float:
        """The mean over the draws less ``caution`` times their standard deviation."""
        return float(self.draws.mean() - caution * self.draws.std())


class Prospects:
    """A group's shoppers and how they answer, asked once and looked up ever after.

    Parameters
    ----------
    curve : ResponseCurve
    contexts : ndarray, shape (n, d)
        A sample of the shoppers; they stand for ``rules.shoppers``.
    rules : DesignRules
    draws : int
        Curves drawn from the posterior, at least 1.
    rng : numpy.random.Generator
    thresholds : tuple of int, optional
        Those that menus may have; all of the rules' when not given.

    Raises
    ------
    InvalidError
        For contexts that are empty or not finite, fewer than one draw, or a curve that answers
        with something that is no probability.
    """

    def __init__(
        self,
        curve: ResponseCurve,
        contexts: Floats,
        rules: DesignRules,
        draws: int,
        rng: np.random.Generator,
        thresholds: tuple[int, ...] | None = None,
    ) -> None:
        contexts = numbers(contexts, "the contexts")
        if contexts.ndim != 2 or not len(contexts) or not np.isfinite(contexts).all():
            raise InvalidError(
                f"designing for contexts of shape {contexts.shape}",
                "they must be finite, (shoppers, features), and some",
                "Give one row per shopper of the group.",
            )
        if draws < 1:
            raise InvalidError(f"{draws} draws", "there must be at least one", "Give 32, say.")
        self._rules, self._n = rules, len(contexts)
        wanted = rules.thresholds if thresholds is None else thresholds
        self._thresholds = np.array([0, *wanted], dtype=np.float64)
        self._depths = np.arange(0.0, rules.max_depth + _STEP, _STEP)
        curves = [curve, *(curve.sample(rng) for _ in range(draws))]
        asked = [self._ask(one, contexts) for one in curves]
        self._odds, self._basket, self._reach = (
            np.stack(part) for part in zip(*asked, strict=True)
        )

    def _ask(self, curve: ResponseCurve, contexts: Floats) -> tuple[Floats, Floats, Floats]:
        """Log odds (n, t, g), baskets and reach (n, t): thresholds t, depths g."""
        t, g = len(self._thresholds), len(self._depths)
        depths = np.minimum(np.tile(self._depths, t), 1.0)
        said = curve.response(contexts, depths, np.repeat(self._thresholds, g))
        usable = np.isfinite(said.probability) & (said.probability >= 0) & (said.probability <= 1)
        if not usable.all() or not np.isfinite(said.basket_minor).all():
            raise InvalidError(
                "designing offers",
                "the response curve answers with something that is no probability or basket",
                "Learn the curve again, or leave the shoppers out it cannot answer for.",
            )
        shape = (len(contexts), t, g)
        basket, reach = said.basket_minor.reshape(shape), said.reach.reshape(shape)
        return logit(said.probability).reshape(shape), basket[..., -1], reach[..., -1]

    def outlook(self, menu: Menu) -> Outlook:
        """What ``menu`` would bring under the budget."""
        rules = self._rules
        if not menu.rewards:
            return Outlook(0.0, 0.0, np.zeros(self._odds.shape[0] - 1), (), 0.0, 0.0)
        parts = [self._cash(reward, menu.weeks) for reward in menu.rewards]
        value, spend, square = (np.stack(one) for one in zip(*parts, strict=True))  # (k, s, n)
        column = self._assigned(value[:, 0], spend[:, 0])
        taken = np.flatnonzero(column >= 0)
        worth = value[column[taken], :, taken].T  # (s, taken)
        cost = spend[column[taken], :, taken].T
        each = rules.shoppers / self._n
        mean = float(worth[0].mean()) if len(taken) else 0.0
        second = float(square[column[taken], 0, taken].mean()) if len(taken) else 0.0
        return Outlook(
            margin_minor=float(worth[0].sum()) * each,
            spend_minor=float(cost[0].sum()) * each,
            draws=worth[1:].sum(axis=1) * each,
            shares=tuple(float((column == k).mean()) for k in range(len(menu.rewards))),
            lift_minor=mean,
            sd_minor=float(np.sqrt(max(0.0, second))),
        )

    def _cash(self, reward: Reward, weeks: int) -> tuple[Floats, Floats, Floats]:
        """Value and spend of giving it to everybody, and the variance of one's margin: (s, n)."""
        rules = self._rules
        start = self._odds[:, :, 0, 0]
        lift, basket, off = self._answers(reward)
        fades = rules.fade ** np.arange(weeks)
        bought = sigmoid(start + fades[:, None, None] * (lift - start))  # (weeks, s, n)
        before = sigmoid(start)
        kept = rules.margin_share * basket - rules.redeem * off
        plain = rules.margin_share * self._basket[:, :, 0]
        times = bought.sum(axis=0)
        value = times * kept - weeks * (before * plain + rules.contact_minor)
        spend = times * rules.redeem * off + weeks * rules.contact_minor
        variance = (bought * (1.0 - bought)).sum(axis=0) * kept**2 + times * _spread(basket, rules)
        return value, spend, variance

    def _answers(self, reward: Reward) -> tuple[Floats, Floats, Floats]:
        """Log odds in the first week, basket of a buyer, reward of a buyer: (s, n) each."""
        if isinstance(reward, PercentOff):
            depth = reward.percent / 100
            basket = self._basket[:, :, 0]
            return self._at(self._odds[:, :, 0], depth), basket, depth * basket
        if isinstance(reward, TieredAmountOff):
            return self._tiered(reward.tiers)
        raise InvalidError(
            f"designing a {reward.code}", "its answers are not known", "Use percentages or tiers."
        )

    def _tiered(self, tiers: Sequence[tuple[int, int]]) -> tuple[Floats, Floats, Floats]:
        places = [self._place(threshold) for threshold, _ in tiers]
        reach = [self._reach[:, :, place] for place in places]
        beyond = [*reach[1:], np.zeros_like(reach[0])]
        within = [here - np.minimum(here, more) for here, more in zip(reach, beyond, strict=True)]
        off = np.sum(
            [band * amount for band, (_, amount) in zip(within, tiers, strict=True)], axis=0
        )
        basket = np.max([self._basket[:, :, place] for place in places], axis=0)
        alone = [
            self._at(self._odds[:, :, place], amount / threshold)
            for place, (threshold, amount) in zip(places, tiers, strict=True)
        ]
        if len(tiers) == 1:
            return alone[0], basket, off
        plain = self._odds[:, :, 0]
        depth = np.zeros_like(off)
        for odds, here, band in zip(alone, reach, within, strict=True):
            depth += _depth_of(plain, odds) * np.divide(
                band, here, out=np.zeros_like(band), where=here > 0
            )
        return self._at(plain, depth * _STEP), basket, off

    def _place(self, threshold: int) -> int:
        found = np.flatnonzero(self._thresholds == threshold)
        if not len(found):
            raise InvalidError(
                f"a tier from {threshold}",
                "the curve was not asked about this threshold",
                "Use one of the rules' thresholds, or name it in thresholds.",
            )
        return int(found[0])

    def _at(self, odds: Floats, depth: float | Floats) -> Floats:
        """``odds`` (s, n, g) at one depth, or at one per shopper, by straight lines."""
        place = np.minimum(np.asarray(depth) / _STEP, odds.shape[-1] - 1.0)
        low = np.minimum(place.astype(np.int64), odds.shape[-1] - 2)
        share = place - low
        where = np.broadcast_to(low, odds.shape[:-1])[..., None]
        left = np.take_along_axis(odds, where, axis=-1)[..., 0]
        right = np.take_along_axis(odds, where + 1, axis=-1)[..., 0]
        return np.asarray(left + share * (right - left))

    def _assigned(self, value: Floats, spend: Floats) -> Ints:
        """(n,) the offer each shopper gets, -1 for none; value and spend are (k, n)."""
        budget = self._rules.budget_minor * self._n / self._rules.shoppers
        low, high = 0.0, 1.0
        column = _best(value, spend, 0.0)
        if _cost(spend, column) <= budget:
            return column
        while _cost(spend, _best(value, spend, high)) > budget and high < 1e9:
            low, high = high, 2.0 * high
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            over = _cost(spend, _best(value, spend, middle)) > budget
            low, high = (middle, high) if over else (low, middle)
        return self._filled(value, spend, _best(value, spend, high), budget)

    def _filled(self, value: Floats, spend: Floats, column: Ints, budget: float) -> Ints:
        """What is left of the budget goes to those left out, the best per cost first."""
        left = budget - _cost(spend, column)
        out = np.flatnonzero(column < 0)
        best = value[:, out].argmax(axis=0)
        worth, cost = value[best, out], spend[best, out]
        order = np.argsort(-worth / np.maximum(cost, 1e-12), kind="stable")
        order = order[worth[order] > 0]
        fits = order[np.cumsum(cost[order]) <= left]
        filled = column.copy()
        filled[out[fits]] = best[fits]
        return filled


def _best(value: Floats, spend: Floats, price: float) -> Ints:
    priced = value - price * spend
    column = priced.argmax(axis=0)
    return np.where(priced.max(axis=0) > 0, column, -1).astype(np.int64)


def _cost(spend: Floats, column: Ints) -> float:
    taken = np.flatnonzero(column >= 0)
    return float(spend[column[taken], taken].sum())


def _depth_of(plain: Floats, odds: Floats) -> Floats:
    """The depth without threshold, in steps, at which ``plain`` (s, n, g) reaches ``odds``."""
    below = np.maximum((plain < odds[..., None]).sum(axis=-1) - 1, 0)
    low = np.minimum(below, plain.shape[-1] - 2)
    left = np.take_along_axis(plain, low[..., None], axis=-1)[..., 0]
    right = np.take_along_axis(plain, low[..., None] + 1, axis=-1)[..., 0]
    rise = right - left
    share = np.divide(odds - left, rise, out=np.zeros_like(rise), where=rise > 1e-12)
    return np.asarray(low + np.clip(share, 0.0, 1.0))


def _spread(basket: Floats, rules: DesignRules) -> Floats:
    """Variance of the margin of one basket: log-normal baskets with a deviation of a half."""
    return np.asarray((rules.margin_share * basket) ** 2 * (np.exp(0.25) - 1.0))
