"""Features, terms and the value formula, by hand."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from promoloop.core import InvalidError
from promoloop.offers import AmountOff, Funding, MinimumSpend, Offer, PercentOff
from promoloop.profiles import PROFILE
from promoloop.respond import (
    Action,
    Baseline,
    EffectModel,
    OfferTerms,
    ShopperTraits,
    effect_features,
    feature_names,
    offer_terms,
    respond,
    row_features,
)

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def baseline(n: int = 3) -> Baseline:
    return Baseline(
        shopper_ids=np.array([f"s{i}" for i in range(n)]),
        groups=("TEA", "SOUP"),
        probability=np.tile([0.2, 0.1], (n, 1)),
        basket_minor=np.tile([1000.0, 500.0], (n, 1)),
        margin_minor=np.tile([300.0, 150.0], (n, 1)),
    )


def traits(n: int = 3) -> ShopperTraits:
    hours = np.zeros((n, 24))
    hours[:, 18] = 1.0
    line = np.linspace(-1.0, 1.0, n)
    return ShopperTraits(
        shopper_ids=np.array([f"s{i}" for i in range(n)]),
        coupon_affinity=line,
        discount_affinity=-line,
        price_index=np.zeros(n),
        recency_days=np.full(n, 3.0),
        lifecycle=np.array(["active", "vip", "lapsed"])[np.arange(n) % 3],
        hours=hours,
        fatigue=np.arange(n, dtype=float),
    )


def terms(n: int = 3) -> list[OfferTerms]:
    return [
        OfferTerms(
            "tea", "TEA", "percent_off", np.full(n, 200.0), np.full(n, 0.2), np.full(n, 0.2), 400
        ),
        OfferTerms(
            "soup", "SOUP", "amount_off", np.full(n, 50.0), np.full(n, 0.1), np.full(n, 0.1), 50
        ),
    ]


ACTIONS = [Action("tea", "email", 18, "a"), Action("soup", "onsite", 9, "b")]


def flat_effect() -> EffectModel:
    """A model that is certain: no effect at all, half of the buyers redeem."""
    model = EffectModel(feature_names(ACTIONS, terms()))
    model.mean_ = np.zeros_like(model.mean_)
    model.covariance_ = np.zeros_like(model.covariance_)
    return model


def test_an_offer_without_effect_costs_its_subsidy_and_its_contact():
    got = respond(
        baseline(), traits(), ACTIONS, terms(), flat_effect(), {"email": 2, "onsite": 1}, 3.0
    )
    # tea: p .2, half redeem 200: 20 of discount, 2 of contact, 3 per contact felt
    assert got.value_minor[:, 0] == pytest.approx([-22.0, -25.0, -28.0])
    assert got.spend_minor[:, 0] == pytest.approx([22.0] * 3)
    # soup: p .1, half redeem 50: 2.5 of discount, 1 of contact
    assert got.spend_minor[:, 1] == pytest.approx([3.5] * 3)
    assert got.liability_minor.tolist() == [[400, 50]] * 3


def test_the_value_to_the_shop_counts_its_own_part_of_the_reward():
    """A partner pays 150 of tea's 200, at most 320 of 400; shoppers see no difference."""
    alone, soup = terms()
    shared = replace(alone, partner_minor=np.full(3, 150.0), partner_liability_minor=320)
    known = baseline(), traits(), ACTIONS
    costs = flat_effect(), {"email": 2, "onsite": 1}, 3.0
    got, plain = respond(*known, [shared, soup], *costs), respond(*known, terms(), *costs)
    # p .2, half redeem: 5 of the shop's 50, 15 of the partner's 150
    assert got.value_minor[:, 0] == pytest.approx([-7.0, -10.0, -13.0])  # 5 + 2, and 3 per contact
    assert got.spend_minor[:, 0] == pytest.approx([7.0] * 3)
    assert got.partner_minor[:, 0] == pytest.approx([15.0] * 3)
    assert got.partner_minor[:, 1].tolist() == [0.0] * 3
    assert got.liability_minor.tolist() == [[80, 50]] * 3
    assert np.array_equal(got.probability_with, plain.probability_with)


def test_terms_tell_the_partners_part_of_every_basket():
    """Half of 20 %, at most 90: a basket of 1,000 gives 200, of which the partner pays 90."""
    half = Offer(
        "tea", {"en-US": "tea"}, "TEA", PercentOff(20, 10_000), NOW, NOW.replace(month=2), "USD"
    )
    capped = replace(half, funding=Funding("acme", "Acme", 0.5, 10**6, per_redemption_minor=90))
    half = replace(half, funding=Funding("acme", "Acme", 0.5, 10**6))
    got = offer_terms(half, baseline())
    assert got.partner_minor == pytest.approx(got.reward_minor / 2, abs=0.5)
    assert got.partner_liability_minor == 5_000
    least = offer_terms(capped, baseline())
    assert np.all((least.paid_by_partner > 60.0) & (least.paid_by_partner <= 90.0))
    assert least.partner_liability_minor == 90
    assert least.reward_minor == pytest.approx(got.reward_minor)


def test_the_value_of_a_certain_lift_is_the_formula():
    model = flat_effect()
    model.mean_[model.feature_names.index("intercept")] = np.log(2.0)  # odds double
    got = respond(baseline(), traits(), ACTIONS, terms(), model, {"email": 2, "onsite": 1}, 0.0)
    with_offer = 1 / 3  # odds 1:4 become 2:4
    assert got.probability_with[:, 0] == pytest.approx([with_offer] * 3)
    expected = (with_offer - 0.2) * 300 - with_offer * 0.5 * 200 - 2
    assert got.value_minor[:, 0] == pytest.approx([expected] * 3)


def test_chosen_rows_are_the_cells_of_all_features():
    everything = effect_features(traits(), ACTIONS, terms())
    rows, columns = np.array([2, 0, 1]), np.array([1, 0, 0])
    chosen = row_features(traits(), ACTIONS, terms(), rows, columns)
    assert np.array_equal(chosen, everything[rows, columns])
    assert everything.shape == (3, 2, len(feature_names(ACTIONS, terms())))


def test_features_hold_what_their_names_say():
    names = feature_names(ACTIONS, terms())
    cell = dict(zip(names, effect_features(traits(), ACTIONS, terms())[2, 1], strict=True))
    assert cell["depth"] == 0.1
    assert cell["depth_x_coupon_affinity"] == pytest.approx(0.1)
    assert cell["lapsed"] == cell["variant:b"] == cell["variant:b_x_lapsed"] == 1.0
    assert cell["offer:soup"] == cell["kind:amount_off"] == cell["channel:onsite"] == 1.0
    assert cell["offer:tea"] == cell["vip"] == 0.0
    assert cell["hour_affinity"] == -1.0  # buys at 18, written to at 9
    assert cell["fatigue"] == 2.0


def test_percent_terms_average_to_the_percentage():
    offer = Offer(
        "tea", {"en-US": "tea"}, "TEA", PercentOff(20, 10_000), NOW, NOW.replace(month=2), "USD"
    )
    got = offer_terms(offer, baseline())
    assert got.reward_minor == pytest.approx([200.0] * 3, abs=1.0)
    assert got.depth == pytest.approx([0.2] * 3, abs=0.001)


def test_a_threshold_at_the_mean_basket_is_reached_by_some_baskets_only():
    offer = Offer(
        "tea",
        {"en-US": "tea"},
        "TEA",
        AmountOff(300),
        NOW,
        NOW.replace(month=2),
        "USD",
        conditions=(MinimumSpend(1000),),
    )
    got = offer_terms(offer, baseline())
    assert np.all((got.reward_minor > 60.0) & (got.reward_minor < 180.0))


def test_shoppers_in_another_order_are_refused():
    base = baseline()
    turned = Baseline(
        base.shopper_ids[::-1], base.groups, base.probability, base.basket_minor, base.margin_minor
    )
    with pytest.raises(InvalidError, match="different shoppers"):
        respond(turned, traits(), ACTIONS, terms(), flat_effect(), {"email": 2, "onsite": 1}, 0.0)


def test_a_channel_without_a_price_is_refused():
    with pytest.raises(InvalidError, match="onsite"):
        respond(baseline(), traits(), ACTIONS, terms(), flat_effect(), {"email": 2}, 0.0)


def profile(shopper: str, coupon: float) -> dict[str, object]:
    return {
        "shopper_id": shopper,
        "first_seen": NOW,
        "last_seen": NOW,
        "recency_days": 1.0,
        "orders": 3,
        "monetary_minor": 900,
        "basket_minor": 300,
        "weekly_revenue_minor": 75.0,
        "discount_share": 0.1,
        "coupon_share": coupon,
        "price_index": 1.0,
        "categories": [],
        "brands": [],
        "hours": [1 / 24] * 24,
        "days": [1 / 7] * 7,
        "best_hour": 18,
        "lifecycle": "active",
    }


def test_traits_rank_coupon_use_in_the_order_asked_for():
    frame = pl.DataFrame([profile("a", 0.3), profile("b", 0.0), profile("c", 0.1)], schema=PROFILE)
    got = ShopperTraits.from_profiles(frame, ["b", "c", "a"], np.zeros(3))
    assert got.coupon_affinity == pytest.approx([-2 / 3, 0.0, 2 / 3])
    assert got.discount_affinity == pytest.approx([0.0] * 3)  # all the same: nobody stands out
    with pytest.raises(InvalidError, match="shopper d"):
        ShopperTraits.from_profiles(frame, ["d"], np.zeros(1))
