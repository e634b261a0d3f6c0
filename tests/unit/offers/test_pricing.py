"""Carts priced by hand, and what must hold of every cart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.core import InvalidError
from promoloop.offers import (
    EVERYTHING,
    AmountOff,
    BuyXGetY,
    Cart,
    CartLine,
    CouponCode,
    FlashWindow,
    FreeShipping,
    Gift,
    InCategories,
    MinimumSpend,
    Offer,
    OnProducts,
    PercentOff,
    PricedCart,
    TieredAmountOff,
    is_open,
    price_cart,
)

from .made import (
    FROM,
    GROUPS,
    NOW,
    UNTIL,
    amounts,
    cart,
    coffee,
    conditions,
    offer,
    rewards,
    steady,
)

TEA = CartLine("tea", "TEA", 300, 2)


def priced(basket: Cart, *offers: Offer) -> PricedCart:
    return price_cart(basket, offers, NOW)


def test_a_percentage_comes_off_its_own_group_only() -> None:
    result = priced(cart(coffee(799, 2), TEA), offer(PercentOff(20)))
    assert result.line_discounts == (320, 0)  # 1598 * 20 % = 319.6
    assert result.total_minor == 1598 + 600 - 320


def test_a_percentage_stops_at_its_ceiling_and_is_shared_over_the_lines() -> None:
    result = priced(cart(coffee(1000), coffee(3000)), offer(PercentOff(50, 500)))
    assert result.line_discounts == (125, 375)


def test_an_amount_off_never_exceeds_the_basket() -> None:
    result = priced(cart(coffee(300), TEA), offer(AmountOff(500)))
    assert result.line_discounts == (300, 0)
    assert result.total_minor == 600


@pytest.mark.parametrize(("spent", "off"), [(2999, 0), (3000, 300), (5999, 300), (6000, 800)])
def test_of_tiers_only_the_highest_reached_counts(spent: int, off: int) -> None:
    result = priced(cart(coffee(spent)), offer(TieredAmountOff(((3000, 300), (6000, 800)))))
    assert result.discount_minor == off


@pytest.mark.parametrize(("units", "off"), [(2, 0), (3, 400), (5, 400), (6, 800)])
def test_buy_two_get_one_gives_one_free_unit_per_full_set(units: int, off: int) -> None:
    assert priced(cart(coffee(400, units)), offer(BuyXGetY(2, 1))).discount_minor == off


def test_buy_x_get_y_takes_the_cheapest_units() -> None:
    result = priced(cart(coffee(900, 2), coffee(200, 1), coffee(500, 3)), offer(BuyXGetY(2, 1)))
    assert result.line_discounts == (0, 200, 500)


def test_the_second_unit_at_half_price_stops_at_its_ceiling() -> None:
    assert priced(cart(coffee(600, 2)), offer(BuyXGetY(1, 1, 50))).discount_minor == 300
    assert priced(cart(coffee(600, 2)), offer(BuyXGetY(1, 1, 50, 250))).discount_minor == 250


def test_a_gift_changes_no_price() -> None:
    result = priced(cart(coffee(300)), offer(Gift("bag", {"en-US": "tote bag"}, 400)))
    assert (result.total_minor, result.applied[0].gift_id) == (300, "bag")


def test_free_shipping_pays_the_charge_up_to_its_ceiling() -> None:
    basket = cart(coffee(300), shipping_minor=700)
    result = priced(basket, offer(FreeShipping(500)))
    assert (result.shipping_discount_minor, result.discount_minor) == (500, 0)
    assert result.total_minor == 500


def test_a_minimum_spend_looks_at_the_offers_own_products() -> None:
    whole = offer(AmountOff(100), MinimumSpend(800), InCategories(("COFFEE",)))
    assert priced(cart(coffee(799), TEA), whole).skipped == {"o1": "below_minimum_spend"}
    assert priced(cart(coffee(800)), whole).discount_minor == 100


def test_categories_and_products_say_what_the_offer_is_about() -> None:
    basket = cart(coffee(1000), TEA)
    both = offer(PercentOff(10), InCategories(("COFFEE", "TEA")))
    assert priced(basket, both).line_discounts == (100, 60)
    assert priced(basket, offer(PercentOff(10), OnProducts(("tea",)))).line_discounts == (0, 60)
    assert priced(basket, offer(PercentOff(10), group=EVERYTHING)).discount_minor == 160


def test_a_code_must_be_entered_and_any_of_a_pool_will_do() -> None:
    whole = offer(AmountOff(100), CouponCode(("A1", "B2")))
    assert priced(cart(coffee(500)), whole).skipped == {"o1": "code_missing"}
    assert priced(cart(coffee(500), codes=("B2",)), whole).discount_minor == 100


def test_a_flash_window_is_closed_before_and_at_its_end() -> None:
    window = FlashWindow(NOW, NOW + timedelta(hours=2))
    basket, whole = cart(coffee(500)), offer(AmountOff(100), window)
    assert price_cart(basket, [whole], NOW).discount_minor == 100
    for hour in (-1, 2):
        late = price_cart(basket, [whole], NOW + timedelta(hours=hour))
        assert late.skipped == {"o1": "outside_flash_window"}


def test_an_offer_is_open_inside_its_validity_and_its_window() -> None:
    window = FlashWindow(NOW, NOW + timedelta(hours=2))
    flash, plain = offer(AmountOff(100), window), offer(AmountOff(100))
    assert [is_open(plain, at) for at in (FROM, UNTIL)] == [True, False]
    assert [is_open(flash, at) for at in (FROM, NOW, window.end)] == [False, True, False]


def test_offers_that_cannot_count_are_skipped_with_a_reason() -> None:
    basket, whole = cart(coffee(500)), offer(AmountOff(100))
    assert price_cart(basket, [whole], UNTIL).skipped == {"o1": "expired"}
    assert price_cart(basket, [whole], FROM - timedelta(1)).skipped == {"o1": "not_started"}
    assert priced(cart(TEA), whole).skipped == {"o1": "no_such_category"}
    assert priced(basket, replace(whole, currency="CNY")).skipped == {"o1": "other_currency"}
    assert priced(cart(coffee(0)), whole).skipped == {"o1": "nothing_off"}


def test_groups_add_up_and_of_one_group_only_the_best_counts() -> None:
    result = priced(
        cart(coffee(1000)),
        offer(AmountOff(100), offer_id="a1", stacking="a"),
        offer(AmountOff(150), offer_id="a2", stacking="a"),
        offer(PercentOff(20), offer_id="b1", stacking="b"),
    )
    assert result.discount_minor == 350
    assert result.skipped == {"a1": "beaten_in_group"}


@pytest.mark.parametrize(("alone", "off"), [(340, 350), (360, 360)])
def test_an_exclusive_offer_stands_alone_if_it_is_the_best(alone: int, off: int) -> None:
    result = priced(
        cart(coffee(1000)),
        offer(AmountOff(150), offer_id="a", stacking="a"),
        offer(AmountOff(200), offer_id="b", stacking="b"),
        offer(AmountOff(alone), offer_id="x"),
    )
    assert result.discount_minor == off
    expected = (
        {"x": "exclusive_not_best"} if alone == 340 else dict.fromkeys("ab", "beaten_by_exclusive")
    )
    assert result.skipped == expected


def test_the_best_of_a_group_is_chosen_with_the_other_groups_in_mind() -> None:
    result = priced(
        cart(coffee(1000), TEA),
        offer(AmountOff(1000), offer_id="all-coffee", stacking="b"),
        offer(AmountOff(600), offer_id="coffee", stacking="a"),
        offer(AmountOff(500), offer_id="tea", stacking="a", group="TEA"),
    )
    assert result.line_discounts == (1000, 500)


def test_stacked_discounts_never_pass_the_overall_ceiling() -> None:
    basket = cart(coffee(1000), TEA)
    some = [
        offer(AmountOff(300), offer_id="a", stacking="a"),
        offer(AmountOff(400), offer_id="b", stacking="b", group="TEA"),
    ]
    result = price_cart(basket, some, NOW, ceiling_percent=30)
    assert result.discount_minor == 480  # 30 % of 1600
    assert result.line_discounts == (206, 274)  # 480 shared 3 : 4


def test_an_offer_that_adds_nothing_is_left_for_another_time() -> None:
    result = priced(
        cart(coffee(500)),
        offer(AmountOff(500), offer_id="a", stacking="a"),
        offer(AmountOff(200), offer_id="b", stacking="b"),
    )
    assert result.skipped == {"b": "adds_nothing"}


def test_the_same_offer_twice_is_refused() -> None:
    whole = offer(AmountOff(100))
    with pytest.raises(InvalidError, match="offer o1: it is given twice"):
        priced(cart(coffee(500)), whole, whole)


lines = st.builds(
    CartLine,
    st.sampled_from(["p0", "p1", "p2"]),
    st.sampled_from(["COFFEE", "TEA", "MILK"]),
    st.integers(0, 3_000),
    st.integers(1, 6),
)
carts = st.builds(
    Cart,
    st.lists(lines, max_size=4).map(tuple),
    st.just("USD"),
    st.integers(0, 800),
    st.just(("SAVE",)),
)
one_offer = st.builds(
    lambda reward, some, group, stacking: offer(reward, *some, group=group, stacking=stacking),
    rewards,
    st.lists(conditions | st.just(CouponCode(("SAVE",))), max_size=1),
    st.sampled_from(GROUPS),
    st.sampled_from(["exclusive", "a", "b", "c"]),
)
many_offers = st.lists(one_offer, max_size=6).map(
    lambda some: [replace(one, offer_id=f"o{at}") for at, one in enumerate(some)]
)
overall = st.none() | st.integers(1, 100)


@steady
@given(carts, many_offers, overall)
def test_prices_never_fall_below_zero_and_everything_adds_up(
    basket: Cart, some: list[Offer], ceiling: int | None
) -> None:
    result = price_cart(basket, some, NOW, ceiling)
    for line, off in zip(basket.lines, result.line_discounts, strict=True):
        assert 0 <= off <= line.total_minor
    assert 0 <= result.shipping_discount_minor <= basket.shipping_minor
    assert sum(result.line_discounts) == result.discount_minor
    assert sum(one.discount_minor for one in result.applied) == result.discount_minor
    assert sum(one.shipping_minor for one in result.applied) == result.shipping_discount_minor
    paid = basket.subtotal_minor + basket.shipping_minor
    assert result.total_minor == paid - result.discount_minor - result.shipping_discount_minor
    assert {one.offer_id for one in result.applied} | set(result.skipped) == {
        one.offer_id for one in some
    }


@steady
@given(carts, many_offers, overall)
def test_no_ceiling_is_ever_passed(basket: Cart, some: list[Offer], ceiling: int | None) -> None:
    result = price_cart(basket, some, NOW, ceiling)
    assert result.discount_minor * 100 <= basket.subtotal_minor * (ceiling or 100)
    rewards_by_id = {one.offer_id: one.reward for one in some}
    for one in result.applied:
        most = getattr(rewards_by_id[one.offer_id], "ceiling_minor", None)
        assert most is None or one.discount_minor + one.shipping_minor <= most


@steady
@given(carts, many_offers, overall, st.randoms(use_true_random=False))
def test_the_order_of_offers_does_not_matter(
    basket: Cart, some: list[Offer], ceiling: int | None, shuffler: Random
) -> None:
    shuffled = list(some)
    shuffler.shuffle(shuffled)
    assert price_cart(basket, shuffled, NOW, ceiling) == price_cart(basket, some, NOW, ceiling)


@steady
@given(carts, many_offers, one_offer, overall)
def test_one_more_offer_never_makes_the_shopper_pay_more(
    basket: Cart, some: list[Offer], more: Offer, ceiling: int | None
) -> None:
    before = price_cart(basket, some, NOW, ceiling)
    after = price_cart(basket, [*some, replace(more, offer_id="more")], NOW, ceiling)
    assert after.total_minor <= before.total_minor


@steady
@given(carts, many_offers)
def test_the_choice_is_the_best_of_all_allowed_combinations(
    basket: Cart, some: list[Offer]
) -> None:
    """Enumerates every allowed combination and prices it in groups of its own."""
    by_group: dict[str, list[Offer | None]] = {}
    for one in some:
        if one.stacking != "exclusive":
            by_group.setdefault(one.stacking, [None]).append(one)
    allowed = [[one] for one in some if one.stacking == "exclusive"]
    allowed += [[one for one in mix if one] for mix in product(*by_group.values())]
    totals = [price_cart(basket, combination, NOW).total_minor for combination in allowed]
    assert price_cart(basket, some, NOW).total_minor == min(totals)


@steady
@given(amounts, amounts)
def test_a_larger_ceiling_never_takes_less_off(low: int, more: int) -> None:
    basket = cart(coffee(2_000, 3))
    small = priced(basket, offer(PercentOff(50, low))).discount_minor
    assert small <= priced(basket, offer(PercentOff(50, low + more))).discount_minor
