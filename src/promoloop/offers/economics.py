"""What an offer is worth on a basket, and the most one promise of it can cost. Minor units."""

from __future__ import annotations

from functools import singledispatch

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.offers.checks import require_whole
from promoloop.offers.conditions import MinimumSpend
from promoloop.offers.parts import Reward
from promoloop.offers.records import Offer
from promoloop.offers.rewards import (
    AmountOff,
    BuyXGetY,
    FreeShipping,
    Gift,
    PercentOff,
    TieredAmountOff,
)

__all__ = ["liability_minor", "reward_for", "rewards_for"]


def rewards_for(
    offer: Offer, baskets: NDArray[np.int64], quantities: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """What the offer takes off baskets of its own group, when its code is entered in time.

    A gift counts with its value and free shipping with its ceiling. A basket under the minimum
    spend, or of nothing, gets nothing.

    Parameters
    ----------
    offer : Offer
        The offer.
    baskets : ndarray of int64, any shape
        Undiscounted price of the products the offer is about, minor units, not negative.
    quantities : ndarray of int64, shape of ``baskets``, optional
        Units in each basket, alike in price; matters to buy-x-get-y only. Without it, a basket
        is taken as exactly one full set.

    Returns
    -------
    ndarray of int64, shape of ``baskets``

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from promoloop.offers import Offer, PercentOff
    >>> days = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    >>> offer = Offer("o1", {"en-US": "coffee"}, "COFFEE", PercentOff(20, 400), *days, "USD")
    >>> rewards_for(offer, np.array([0, 999, 5_000])).tolist()
    [0, 200, 400]
    """
    whole = np.asarray(baskets, dtype=np.int64)
    if np.any(whole < 0):
        raise InvalidError("the baskets", "one of them is negative", "Give prices of 0 or more.")
    least = max(
        [one.amount_minor for one in offer.conditions if isinstance(one, MinimumSpend)], default=1
    )
    off = _worth(offer.reward, whole, quantities)
    return np.where(whole >= least, off, 0)


def reward_for(offer: Offer, basket_minor: int, quantity: int | None = None) -> int:
    """``rewards_for`` of one basket: what comes off, 0 when the conditions do not hold.

    Without ``quantity`` a buy-x-get-y offer takes the basket as exactly one full set.
    """
    require_whole("the basket", basket_minor, 0)
    quantities = None if quantity is None else np.array([quantity], dtype=np.int64)
    return int(rewards_for(offer, np.array([basket_minor], dtype=np.int64), quantities)[0])


def liability_minor(offer: Offer) -> int:
    """The most that one promise of this offer can cost, in minor units.

    Raises
    ------
    InvalidError
        Nothing bounds it: a percentage or a free unit without a ceiling.
    """
    most = _most(offer.reward)
    if most is None:
        raise InvalidError(
            f"offer {offer.offer_id}, field reward.ceiling_minor",
            f"nothing bounds what one {offer.reward.code} can cost",
            "State ceiling_minor, so that a budget can be set aside for it.",
        )
    return most


@singledispatch
def _worth(
    reward: Reward, _baskets: NDArray[np.int64], _quantities: NDArray[np.int64] | None
) -> NDArray[np.int64]:
    raise _unregistered(reward)


@_worth.register
def _(
    reward: PercentOff, baskets: NDArray[np.int64], _quantities: NDArray[np.int64] | None
) -> NDArray[np.int64]:
    return _at_most(_half_even(baskets * reward.percent, 100), reward.ceiling_minor)


@_worth.register
def _(
    reward: AmountOff, baskets: NDArray[np.int64], _quantities: NDArray[np.int64] | None
) -> NDArray[np.int64]:
    return np.minimum(baskets, reward.amount_minor)


@_worth.register
def _(
    reward: TieredAmountOff, baskets: NDArray[np.int64], _quantities: NDArray[np.int64] | None
) -> NDArray[np.int64]:
    thresholds, offs = np.array(reward.tiers, dtype=np.int64).T
    steps = np.concatenate(([0], offs))  # (n_tiers + 1,)
    return steps[np.searchsorted(thresholds, baskets, side="right")]


@_worth.register
def _(
    reward: BuyXGetY, baskets: NDArray[np.int64], quantities: NDArray[np.int64] | None
) -> NDArray[np.int64]:
    size = reward.buy + reward.get
    units = np.full(baskets.shape, size) if quantities is None else np.asarray(quantities)
    if units.shape != baskets.shape or np.any(units < 1):
        raise InvalidError(
            "the quantities", "they do not fit the baskets", "Give one, at least 1, per basket."
        )
    free = units // size * reward.get
    return _at_most(_half_even(baskets * free * reward.percent, units * 100), reward.ceiling_minor)


@_worth.register
def _(
    reward: Gift, baskets: NDArray[np.int64], _quantities: NDArray[np.int64] | None
) -> NDArray[np.int64]:
    return np.full(baskets.shape, reward.value_minor, dtype=np.int64)


@_worth.register
def _(
    reward: FreeShipping, baskets: NDArray[np.int64], _quantities: NDArray[np.int64] | None
) -> NDArray[np.int64]:
    return np.full(baskets.shape, reward.ceiling_minor, dtype=np.int64)


@singledispatch
def _most(reward: Reward) -> int | None:
    raise _unregistered(reward)


@_most.register
def _(reward: PercentOff) -> int | None:
    return reward.ceiling_minor


@_most.register
def _(reward: AmountOff) -> int | None:
    return reward.amount_minor


@_most.register
def _(reward: TieredAmountOff) -> int | None:
    return max(off for _, off in reward.tiers)


@_most.register
def _(reward: BuyXGetY) -> int | None:
    return reward.ceiling_minor


@_most.register
def _(reward: Gift) -> int | None:
    return reward.value_minor


@_most.register
def _(reward: FreeShipping) -> int | None:
    return reward.ceiling_minor


def _unregistered(reward: Reward) -> InvalidError:
    return InvalidError(
        f"the economics of a {reward.code}", "they are not known", "Register them here."
    )


def _at_most(off: NDArray[np.int64], ceiling_minor: int | None) -> NDArray[np.int64]:
    return off if ceiling_minor is None else np.minimum(off, ceiling_minor)


def _half_even(over: NDArray[np.int64], under: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """``over / under`` rounded half to even, as ``percent_of`` does, in integers only."""
    whole, rest = np.divmod(over, under)
    up = (2 * rest > under) | ((2 * rest == under) & (whole % 2 == 1))
    return np.asarray(whole + up, dtype=np.int64)
