"""What an offer's reward comes to on each shopper's own baskets."""

from __future__ import annotations

import numpy as np

from promoloop.core import InvalidError
from promoloop.offers import Offer, liability_minor, rewards_for
from promoloop.respond.features import BASKET_SPREAD, OfferTerms
from promoloop.respond.records import Baseline

__all__ = ["offer_terms"]

# Nine equally likely standard normal values: the middles of nine slices.
_SLICES = (-1.593, -0.967, -0.589, -0.282, 0.0, 0.282, 0.589, 0.967, 1.593)


def offer_terms(offer: Offer, baseline: Baseline) -> OfferTerms:
    """Terms of ``offer`` for the shoppers of ``baseline``, averaged over baskets.

    A threshold makes the reward jump, so it is averaged over nine equally likely log-normal
    baskets around the shopper's mean instead of taken at the mean.
    """
    column = _group_column(baseline, offer.group)
    basket = baseline.basket_minor[:, column]
    spread = np.exp(np.array(_SLICES) * BASKET_SPREAD)
    sizes = basket[:, None] * (spread / spread.mean())  # (n, 9)
    whole = np.maximum(np.rint(sizes), 1).astype(np.int64)
    rewards = rewards_for(offer, whole.ravel()).reshape(whole.shape)
    reward = rewards.mean(axis=1).astype(np.float64)
    most, funding = liability_minor(offer), offer.funding
    return OfferTerms(
        offer_id=offer.offer_id,
        group=offer.group,
        kind=offer.reward.code,
        reward_minor=reward,
        depth=np.clip(reward / np.maximum(basket, 1.0), 0.0, 1.0),
        habit=baseline.probability[:, column],
        liability_minor=most,
        partner_minor=None if funding is None else funding.partner_minor(rewards).mean(axis=1),
        partner_liability_minor=0 if funding is None else funding.split(most)[1],
    )


def _group_column(baseline: Baseline, group: str) -> int:
    if group not in baseline.groups:
        raise InvalidError(
            f"an offer on {group!r}",
            "the baseline has no such product group",
            "Fit the baseline with the groups of all offers.",
        )
    return baseline.groups.index(group)
