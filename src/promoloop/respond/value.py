"""The value formula of the house: what an action is expected to bring and to cost.

    value = (p1 - p0)·margin - p1·r·reward - contact - fatigue cost
    spend = p1·r·reward + contact

where r is the share of buyers who redeem and the reward is the shop's part of it, without what a
partner pays. Those who would buy anyway still take the reward, so their value is small or negative
however often they convert.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.respond.effect import EffectModel
from promoloop.respond.features import OfferTerms, ShopperTraits, feature_names, row_features
from promoloop.respond.quality import logit
from promoloop.respond.records import Action, Baseline, Response

__all__ = ["respond", "valued"]

_CHUNK = 256  # shoppers at a time: features of all at once would take hundreds of MB


def respond(
    baseline: Baseline,
    traits: ShopperTraits,
    actions: Sequence[Action],
    terms: Sequence[OfferTerms],
    effect: EffectModel,
    contact_minor: Mapping[str, int],
    fatigue_minor: float,
) -> Response:
    """Expected effect of each of k actions on each of n shoppers.

    Parameters
    ----------
    baseline, traits
        Of the same n shoppers in the same order.
    actions : sequence of Action
    terms : sequence of OfferTerms
        One per offer of ``actions``.
    effect : EffectModel
        Made for ``feature_names(actions, terms)``.
    contact_minor : mapping of str to int
        Cost of one message by channel, minor units.
    fatigue_minor : float
        Future margin lost by one more contact, per recent contact already felt; minor units.

    Returns
    -------
    Response
        ``value_sd_minor`` propagates the posteriors of the purchase probability and of the
        redemption rate to first order; the baseline counts as known.

    Raises
    ------
    InvalidError
        If the shoppers, the features or a channel do not match.
    """
    _check(baseline, traits, actions, terms, effect, contact_minor)
    place = {term.offer_id: term for term in terms}
    own = [place[action.offer_id] for action in actions]
    group = [baseline.groups.index(term.group) for term in own]
    margin, without = baseline.margin_minor[:, group], baseline.probability[:, group]
    reward = np.stack([term.shop_minor for term in own], axis=1)
    rate, rate_sd = np.array([effect.redeem.of(term.offer_id) for term in own]).T
    contact = np.array([float(contact_minor[action.channel]) for action in actions])
    with_offer, doubt = _probabilities(traits, actions, terms, effect, without)
    tired = fatigue_minor * traits.fatigue[:, None]
    value, spend = valued(with_offer, without, margin, reward, rate, contact, tired)
    by_purchase = (margin - rate * reward) * doubt
    by_rate = with_offer * reward * rate_sd
    return Response(
        probability_without=without,
        probability_with=with_offer,
        value_minor=value,
        value_sd_minor=np.sqrt(by_purchase**2 + by_rate**2),
        spend_minor=spend,
        liability_minor=np.broadcast_to(
            np.array([t.liability_minor - t.partner_liability_minor for t in own], dtype=np.int64),
            without.shape,
        ).copy(),
        partner_minor=with_offer * rate * np.stack([term.paid_by_partner for term in own], axis=1),
    )


def valued(
    with_offer: NDArray[np.float64],
    without: NDArray[np.float64],
    margin: NDArray[np.float64],
    reward: NDArray[np.float64],
    rate: NDArray[np.float64],
    contact: NDArray[np.float64],
    tired: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Value and spend, minor units, by the formula of this module; all arguments broadcast.

    One place for it, so that a replayed decision is worth what it was worth to the bit.

    >>> half = np.array([0.5])
    >>> valued(half, half / 2, half * 800, half * 200, half, half * 2, half * 0)
    (array([74.]), array([26.]))
    """
    discount = with_offer * rate * reward
    return (with_offer - without) * margin - discount - contact - tired, discount + contact


def _probabilities(
    traits: ShopperTraits,
    actions: Sequence[Action],
    terms: Sequence[OfferTerms],
    effect: EffectModel,
    without: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n, k) mean and standard deviation of buying with each action, chunk by chunk."""
    n, k = without.shape
    offset = logit(without)
    mean, doubt = np.empty((n, k)), np.empty((n, k))
    for begin in range(0, n, _CHUNK):
        size = min(_CHUNK, n - begin)
        rows = np.repeat(np.arange(begin, begin + size), k)
        features = row_features(traits, actions, terms, rows, np.tile(np.arange(k), size))
        piece = slice(begin, begin + size)
        chunk = effect.probability(features, offset[piece].ravel())
        mean[piece], doubt[piece] = (part.reshape(size, k) for part in chunk)
    return mean, doubt


def _check(
    baseline: Baseline,
    traits: ShopperTraits,
    actions: Sequence[Action],
    terms: Sequence[OfferTerms],
    effect: EffectModel,
    contact_minor: Mapping[str, int],
) -> None:
    if not np.array_equal(baseline.shopper_ids, traits.shopper_ids):
        raise InvalidError(
            "weighing actions",
            "the baseline and the traits are of different shoppers",
            "Build both from the same list of shoppers, in the same order.",
        )
    if effect.feature_names != feature_names(actions, terms):
        raise InvalidError(
            "weighing actions",
            "the effect model was made for other actions or offers",
            "Make it with feature_names(actions, terms) of these, or learn it again.",
        )
    lost = sorted({action.channel for action in actions} - set(contact_minor))
    if lost:
        raise InvalidError(
            f"the contact cost of channel {lost[0]!r}",
            "none was given",
            "Add the channel with its cost per message to the campaign.",
        )
