"""What one campaign taught, as the prior of the next: a new offer starts from all that came before.

Each model says what its outcomes added to its prior (a precision and an information vector, over
the features it shares with others). These add up, so nothing is counted twice even where one
campaign began from another's lessons. Another campaign is not quite the same world, so its
outcomes count in part only: a power prior.

All features are shares, ranks and log odds; no money is among them, so campaigns in different
currencies teach each other.

References
----------
Ibrahim and Chen (2000), "Power prior distributions for regression models".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from promoloop.respond.effect import EffectModel
from promoloop.respond.redeem import RedeemRates

__all__ = ["KEPT_SHARE", "is_shared", "pooled_prior"]

#: What an outcome of another campaign counts, beside one of the campaign's own. An assumption.
KEPT_SHARE = 0.5

#: Most buyers that the redemption rate of other campaigns is worth.
_MOST_BUYERS = 200.0

Natural = tuple[NDArray[np.float64], NDArray[np.float64]]


def pooled_prior(
    feature_names: Sequence[str], taught: Sequence[EffectModel], kept: float = KEPT_SHARE
) -> EffectModel:
    """A model of ``feature_names`` that believes what ``taught`` learnt and knows nothing else.

    Parameters
    ----------
    feature_names : sequence of str
        Of the new campaign; those that no model in ``taught`` has keep their own prior.
    taught : sequence of EffectModel
        Models of other campaigns. What they learnt about single offers stays with these offers.
    kept : float, default KEPT_SHARE
        Share in [0, 1] that their outcomes count.

    Returns
    -------
    EffectModel
        The ordinary prior where ``taught`` is empty.
    """
    plain = EffectModel(feature_names)
    if not taught:
        return plain
    place = {name: spot for spot, name in enumerate(plain.feature_names)}
    precision = np.linalg.inv(plain.covariance_)
    pull = precision @ plain.mean_
    for model in taught:
        shared = [n for n in model.feature_names if is_shared(n) and n in place]
        added, towards = _added(model, shared)
        spots = [place[name] for name in shared]
        precision[np.ix_(spots, spots)] += kept * added
        pull[spots] += kept * towards
    covariance = np.linalg.inv(precision)
    covariance = 0.5 * (covariance + covariance.T)
    return plain.believing(covariance @ pull, covariance, _rates(taught, kept))


def is_shared(feature: str) -> bool:
    """Whether a feature means the same in every campaign.

    Texts do not: variant ``a`` of one campaign is not variant ``a`` of another.

    >>> is_shared("depth"), is_shared("offer:coffee-25"), is_shared("variant:b")
    (True, False, False)
    """
    return feature.partition(":")[0] not in ("offer", "variant")


def _added(model: EffectModel, shared: Sequence[str]) -> Natural:
    """What the model's outcomes added on ``shared`` features, the others integrated out."""
    place = {name: spot for spot, name in enumerate(model.feature_names)}
    spots = [place[name] for name in shared]
    precision, pull = _natural(model.mean_, model.covariance_, spots)
    before, leaning = _natural(model.prior_mean_, model.prior_covariance_, spots)
    values, vectors = np.linalg.eigh(precision - before)
    # Outcomes never take information away; what falls below zero is rounding.
    added = (vectors * np.maximum(values, 0.0)) @ vectors.T
    return added, pull - leaning


def _natural(
    mean: NDArray[np.float64], covariance: NDArray[np.float64], spots: Sequence[int]
) -> Natural:
    inverse = np.linalg.inv(covariance[np.ix_(spots, spots)])
    precision = np.asarray(inverse, dtype=np.float64)
    return precision, precision @ mean[list(spots)]


def _rates(taught: Sequence[EffectModel], kept: float) -> RedeemRates:
    """The rate of all offers so far, worth at most ``_MOST_BUYERS`` buyers."""
    plain = RedeemRates()
    bought = kept * sum(model.redeem.bought_.total() for model in taught)
    redeemed = kept * sum(model.redeem.redeemed_.total() for model in taught)
    buyers = plain.buyers + bought
    rate = (plain.rate * plain.buyers + redeemed) / buyers
    return RedeemRates(rate, min(buyers, _MOST_BUYERS), plain.pooling)
