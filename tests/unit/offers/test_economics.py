"""What an offer is worth to the decider, against hand figures and the pricing engine."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.core import InvalidError
from promoloop.offers import (
    AmountOff,
    BuyXGetY,
    FreeShipping,
    Gift,
    MinimumSpend,
    PercentOff,
    Reward,
    TieredAmountOff,
    liability_minor,
    price_cart,
    reward_for,
    rewards_for,
)

from .made import NOW, amounts, cart, coffee, offer, rewards, steady

BAG = Gift("bag", {"en-US": "tote bag"}, 250)


@pytest.mark.parametrize(
    ("reward", "basket", "off"),
    [
        (PercentOff(20), 1250, 250),
        (PercentOff(20, 200), 1250, 200),
        (PercentOff(50), 5, 2),  # half to even
        (AmountOff(300), 250, 250),
        (TieredAmountOff(((500, 100), (900, 200))), 899, 100),
        (BuyXGetY(2, 1), 900, 300),
        (BuyXGetY(1, 1, 50), 800, 200),
        (BAG, 500, 250),
        (FreeShipping(499), 500, 499),
        (FreeShipping(499), 0, 0),
    ],
)
def test_what_comes_off_one_basket(reward: Reward, basket: int, off: int) -> None:
    assert reward_for(offer(reward), basket) == off


def test_a_basket_under_the_minimum_spend_gets_nothing() -> None:
    whole = offer(AmountOff(100), MinimumSpend(500))
    assert rewards_for(whole, np.array([499, 500])).tolist() == [0, 100]


@steady
@given(
    st.one_of(rewards.filter(lambda one: not isinstance(one, Gift | FreeShipping))),
    amounts,
    st.integers(1, 8),
    st.integers(1, 20_000),
)
def test_the_pricing_engine_takes_off_the_same(
    reward: Reward, unit: int, quantity: int, least: int
) -> None:
    whole = offer(reward, MinimumSpend(least))
    result = price_cart(cart(coffee(unit, quantity)), [whole], NOW)
    assert reward_for(whole, unit * quantity, quantity) == result.discount_minor


@steady
@given(rewards, st.lists(amounts, min_size=1, max_size=20))
def test_many_baskets_are_worth_what_each_is(reward: Reward, baskets: list[int]) -> None:
    each = [reward_for(offer(reward), basket) for basket in baskets]
    assert rewards_for(offer(reward), np.array(baskets)).tolist() == each


@steady
@given(rewards, st.integers(0, 10**7))
def test_no_basket_costs_more_than_the_liability(reward: Reward, basket: int) -> None:
    whole = offer(reward)
    try:
        most = liability_minor(whole)
    except InvalidError:
        assert getattr(reward, "ceiling_minor", 0) is None
    else:
        assert reward_for(whole, basket) <= most


@pytest.mark.parametrize(
    ("reward", "most"),
    [
        (PercentOff(20, 400), 400),
        (AmountOff(300), 300),
        (TieredAmountOff(((500, 100), (900, 200))), 200),
        (BuyXGetY(2, 1, ceiling_minor=350), 350),
        (BAG, 250),
        (FreeShipping(499), 499),
    ],
)
def test_the_most_one_promise_can_cost(reward: Reward, most: int) -> None:
    assert liability_minor(offer(reward)) == most


@pytest.mark.parametrize("reward", [PercentOff(20), BuyXGetY(2, 1)])
def test_an_unbounded_offer_has_no_liability_and_says_what_to_do(reward: Reward) -> None:
    with pytest.raises(InvalidError, match="State ceiling_minor"):
        liability_minor(offer(reward))


def test_negative_baskets_and_misshapen_quantities_are_refused() -> None:
    with pytest.raises(InvalidError, match="one of them is negative"):
        rewards_for(offer(PercentOff(20)), np.array([-1]))
    with pytest.raises(InvalidError, match="they do not fit"):
        rewards_for(offer(BuyXGetY(2, 1)), np.array([100]), np.array([0]))
