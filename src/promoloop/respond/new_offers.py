"""What the effect model says of offers nobody has made yet: any depth, any threshold.

The effect model weighs an offer by its expected depth, E[reward] / basket, so it already answers
for every depth; a new offer starts from what all offers taught. Baskets are log-normal around each
shopper's own mean. A deeper reward is never said to sell less: where the learnt slope of a shopper
is below 0 it counts as 0. What an offer does by being one at all counts in full only from the depth
on that offers usually have: one that hardly anybody can earn works like none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from promoloop.core import InvalidError
from promoloop.respond.effect import EffectModel
from promoloop.respond.features import (
    BASKET_SPREAD,
    OfferTerms,
    ShopperTraits,
    feature_names,
    row_features,
)
from promoloop.respond.ports import OfferedResponse
from promoloop.respond.quality import logit, sigmoid
from promoloop.respond.records import Action, Baseline

__all__ = ["EffectCurve", "effect_curve"]

Floats = NDArray[np.float64]

_NEW = "designed"
_FULL = 0.05  # expected depth from which an offer is one; an assumption


@dataclass(frozen=True, slots=True)
class EffectCurve:
    """A ``ResponseCurve`` over the shoppers it was made for.

    Contexts are positions of shoppers, (n, 1). ``still`` and ``deep`` (shoppers, d) are the
    features without any depth and what one unit of depth adds to them; ``offset`` (shoppers,) the
    log odds without an offer; ``basket_minor`` (shoppers,) the mean baskets.
    """

    effect: EffectModel
    offset: Floats
    basket_minor: Floats
    still: Floats
    deep: Floats

    def response(
        self, contexts: Floats, depths: Floats, thresholds_minor: Floats
    ) -> OfferedResponse:
        """Answers of shoppers to m designs; see ``ResponseCurve``."""
        rows = contexts[:, 0].astype(np.int64)
        basket = self.basket_minor[rows]
        reach = _reach(basket, thresholds_minor)
        price = np.where(thresholds_minor > 0, thresholds_minor, 1.0)
        paid = np.where(thresholds_minor > 0, price / basket[:, None], 1.0)
        dose = np.where(depths > 0, depths * paid * reach, 0.0)  # expected reward / basket
        offered = np.minimum(dose / _FULL, 1.0)
        mean, doubt = self._log_odds(rows, dose, offered)
        said = sigmoid(self.offset[rows, None] + mean)
        shape = dose.shape
        return OfferedResponse(
            probability=said,
            probability_sd=said * (1.0 - said) * doubt,
            basket_minor=np.broadcast_to(basket[:, None], shape).copy(),
            basket_sd_minor=np.zeros(shape),
            reach=reach,
        )

    def sample(self, rng: np.random.Generator) -> EffectCurve:
        """A curve that is sure of one draw from the posterior."""
        drawn = self.effect.sample(rng)
        return EffectCurve(drawn, self.offset, self.basket_minor, self.still, self.deep)

    def _log_odds(
        self, rows: NDArray[np.int64], dose: Floats, offered: Floats
    ) -> tuple[Floats, Floats]:
        """Mean and standard deviation of what an offer adds to the log odds, (n, m)."""
        still, deep = self.still[rows], self.deep[rows]
        mean, covariance = self.effect.mean_, self.effect.covariance_
        slope = np.maximum(deep @ mean, 0.0)[:, None]
        added = np.maximum(offered * (still @ mean)[:, None] + dose * slope, 0.0)
        own = np.einsum("nd,de,ne->n", still, covariance, still)[:, None]
        cross = np.einsum("nd,de,ne->n", still, covariance, deep)[:, None]
        steep = np.einsum("nd,de,ne->n", deep, covariance, deep)[:, None]
        variance = offered**2 * own + 2.0 * offered * dose * cross + dose**2 * steep
        return added, np.sqrt(np.maximum(variance, 0.0))


def effect_curve(
    effect: EffectModel, traits: ShopperTraits, baseline: Baseline, group: str, hour: int
) -> EffectCurve:
    """How the shoppers of ``baseline`` would answer new offers on ``group``, sent at ``hour``.

    Raises
    ------
    InvalidError
        For a group the baseline has not, shoppers that do not match, or an effect model in which
        depth does not count in a straight line.
    """
    _check(traits, baseline, group)
    column = baseline.groups.index(group)
    zero, half, one = (_features(effect, traits, baseline, column, hour, at) for at in (0, 0.5, 1))
    if not np.allclose(half, (zero + one) / 2):
        raise InvalidError(
            "designing from the effect model",
            "its features do not grow in a straight line with depth",
            "Design from a DoseResponse instead.",
        )
    return EffectCurve(
        effect=effect,
        offset=logit(baseline.probability[:, column]),
        basket_minor=baseline.basket_minor[:, column],
        still=zero,
        deep=one - zero,
    )


def _features(
    effect: EffectModel,
    traits: ShopperTraits,
    baseline: Baseline,
    column: int,
    hour: int,
    depth: float,
) -> Floats:
    """(n, d) in the order of the model; what only known offers have stays 0."""
    n = len(traits.shopper_ids)
    basket = baseline.basket_minor[:, column]
    term = OfferTerms(
        _NEW,
        baseline.groups[column],
        _NEW,
        depth * basket,
        np.full(n, depth),
        baseline.probability[:, column],
        0,
    )
    actions = (Action(_NEW, "email", hour, "a"),)
    names = feature_names(actions, (term,))
    rows = row_features(traits, actions, (term,), np.arange(n), np.zeros(n, dtype=np.int64))
    known = {name: spot for spot, name in enumerate(effect.feature_names)}
    result = np.zeros((n, len(known)))
    for spot, name in enumerate(names):
        if name in known:
            result[:, known[name]] = rows[:, spot]
    return result


def _reach(basket: Floats, thresholds: Floats) -> Floats:
    """(n, m) share of log-normal baskets at or above each threshold; 1 where there is none."""
    centre = np.log(np.maximum(basket, 1.0)) - BASKET_SPREAD**2 / 2
    limit = np.log(np.maximum(thresholds, 1.0))
    over = ndtr((centre[:, None] - limit) / BASKET_SPREAD)
    return np.where(thresholds > 0, over, 1.0)


def _check(traits: ShopperTraits, baseline: Baseline, group: str) -> None:
    if group not in baseline.groups:
        raise InvalidError(
            f"how shoppers answer offers on {group!r}",
            f"the baseline knows {', '.join(baseline.groups) or 'no group'}",
            "Put an offer on the group into a campaign and run `promoloop learn`.",
        )
    if not np.array_equal(baseline.shopper_ids, traits.shopper_ids):
        raise InvalidError(
            "designing offers",
            "the baseline and the traits are of different shoppers",
            "Build both from the same list of shoppers, in the same order.",
        )
