"""Why an action is expected to bring what it brings: exact shares of log odds and of money.

The effect model is linear on the log-odds scale, so each feature's share is its value times its
coefficient, and what the posterior's doubt takes back (MacKay's shrinkage) is a share of its own:

    logit P(bought | x, a) = logit p0 + Σ_i x_i·m_i + doubt

Money is not linear in log odds. Along the straight line from ``logit p0`` to the end every share
earns at the same rate, so each is given its part of the extra margin in proportion; that is the
Aumann-Shapley value of this one-index function, and the parts sum exactly to the value:

    value = Σ_i money_i + money_doubt - p0·r·reward - (p1 - p0)·r·reward - contact - fatigue

References
----------
Aumann and Shapley (1974), Values of Non-Atomic Games; Sundararajan, Taly and Yan (2017),
"Axiomatic attribution for deep networks", equation 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from promoloop.respond.effect import EffectModel
from promoloop.respond.quality import logit, sigmoid

__all__ = ["Attribution", "Share", "attribute"]

_STILL = 1e-9  # log odds that moved by less have not moved


@dataclass(frozen=True, slots=True)
class Share:
    """One feature's part: its value, its coefficient, their product, and that in minor units."""

    feature: str
    value: float
    coefficient: float
    log_odds: float
    money_minor: float


@dataclass(frozen=True, slots=True)
class Attribution:
    """Exact shares of one action for one shopper; money in minor units, costs negative.

    ``base`` + shares + ``doubt`` = ``log_odds``, the log odds of ``bought_with``; the shares'
    money and all costs sum to ``value_minor``. ``for_anyway`` is the discount that goes to
    purchases that would have been made without it.
    """

    offer_id: str
    bought_without: float
    bought_with: float
    base: float
    shares: tuple[Share, ...]
    doubt: float
    doubt_minor: float
    log_odds: float
    for_anyway_minor: float
    for_extra_minor: float
    contact_minor: float
    fatigue_minor: float

    @property
    def value_minor(self) -> float:
        """All parts together: what the action was weighed at, to rounding."""
        costs = (self.for_anyway_minor, self.for_extra_minor, self.contact_minor)
        gains = sum(share.money_minor for share in self.shares) + self.doubt_minor
        return gains + sum(costs) + self.fatigue_minor


def attribute(
    effect: EffectModel,
    offer_id: str,
    features: NDArray[np.float64],
    without: float,
    margin_minor: float,
    reward_minor: float,
    contact_minor: float,
    fatigue_minor: float,
) -> Attribution:
    """Split one action's log odds and value into the shares of its ``features`` (d,).

    ``without`` is P(buy) without an offer; money as ``respond`` takes it, ``fatigue_minor`` the
    whole future margin lost.
    """
    base = logit(np.array([without]))
    mean, _ = effect.probability(features[None, :], base)
    linear = features * effect.mean_
    start, with_offer = float(base[0]), float(mean[0])
    end = _log_odds(effect, features, start)
    doubt = end - start - float(linear.sum())
    rate = _rate(start, end, without, with_offer) * margin_minor
    redeemed = effect.redeem.of(offer_id)[0] * reward_minor
    columns = zip(effect.feature_names, features, effect.mean_, linear, strict=True)
    return Attribution(
        offer_id=offer_id,
        bought_without=without,
        bought_with=with_offer,
        base=start,
        shares=tuple(
            Share(name, float(x), float(m), float(part), float(part) * rate)
            for name, x, m, part in columns
        ),
        doubt=doubt,
        doubt_minor=doubt * rate,
        log_odds=end,
        for_anyway_minor=-without * redeemed,
        for_extra_minor=-(with_offer - without) * redeemed,
        contact_minor=-contact_minor,
        fatigue_minor=-fatigue_minor,
    )


def _log_odds(effect: EffectModel, features: NDArray[np.float64], start: float) -> float:
    """Log odds of the model's probability; by its own formula, as those of a float lose digits."""
    said = effect.probability(features[None, :], np.array([start]))[0]
    centre = start + float(features @ effect.mean_)
    variance = float(features @ effect.covariance_ @ features)
    own = centre / np.sqrt(1.0 + np.pi * variance / 8.0)
    # A model with more to it than this formula is taken by what it says.
    close = abs(float(sigmoid(np.array([own]))[0] - said[0])) < 1e-12
    return float(own) if close else float(logit(said)[0])


def _rate(start: float, end: float, without: float, with_offer: float) -> float:
    """Probability per log odds between the two ends; the slope where they meet."""
    if abs(end - start) < _STILL:
        return without * (1.0 - without)
    return (with_offer - without) / (end - start)
