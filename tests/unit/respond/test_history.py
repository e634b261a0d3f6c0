"""Baseline and redemption from small histories worked out by hand."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from promoloop.core import InvalidError
from promoloop.respond import (
    CampaignHistory,
    MarginAssumptions,
    RedemptionModel,
    calibration_error,
    evaluate_baseline,
    evaluate_redemption,
    fit_baseline,
    redemption_features,
    sigmoid,
)

NOW = datetime(2026, 1, 5, tzinfo=UTC)
PRODUCTS = pl.DataFrame(
    {"product_id": ["t", "s"], "category": ["TEA", "SOUP"], "department": ["DELI", "TOYS"]}
)


def lines(rows: list[tuple[str, float, str, int]]) -> pl.LazyFrame:
    """(shopper, days before NOW, product, revenue)."""
    return pl.LazyFrame(
        {
            "event": ["Order Completed"] * len(rows),
            "shopper_id": [row[0] for row in rows],
            "timestamp": [NOW - timedelta(days=row[1]) for row in rows],
            "order_id": [str(index) for index in range(len(rows))],
            "product_id": [row[2] for row in rows],
            "revenue_minor": [row[3] for row in rows],
            "discount_minor": [0] * len(rows),
            "coupon_minor": [0] * len(rows),
        },
        schema_overrides={"timestamp": pl.Datetime("us", "UTC")},
    )


def weekly_world(n: int = 400) -> tuple[pl.LazyFrame, list[str], np.ndarray]:
    rng = np.random.default_rng(0)
    truth = rng.beta(1.0, 4.0, n)
    bought = rng.random((n, 52)) < truth[:, None]
    rows = [(f"s{i}", 7 * w + 3.5, "t", 1000) for i, w in np.argwhere(bought).tolist()]
    return lines(rows), [f"s{i}" for i in range(n)], truth


def test_baseline_finds_the_rates_of_a_steady_world():
    history, ids, truth = weekly_world()
    got = fit_baseline(history, PRODUCTS, ["TEA"], MarginAssumptions(), NOW, ids)
    # Beta(1, 4) rates seen for 52 weeks: the best any estimate can do is sqrt(52 / 57) = .955
    assert np.corrcoef(got.probability[:, 0], truth)[0, 1] > 0.9
    assert got.probability.mean() == pytest.approx(truth.mean(), abs=0.015)
    report = evaluate_baseline(history, PRODUCTS, ["TEA"], NOW, ids)
    assert report.calibration_error < 0.03


def test_margin_is_the_departments_share_of_the_basket():
    history, ids, _ = weekly_world()
    got = fit_baseline(history, PRODUCTS, ["TEA"], MarginAssumptions(), NOW, ids)
    assert got.margin_minor == pytest.approx(got.basket_minor * 0.40)
    assert got.basket_minor[:, 0] == pytest.approx(np.full(len(ids), 1000.0), rel=0.01)


def test_what_happens_from_now_on_does_not_change_the_baseline():
    history, ids, _ = weekly_world(100)
    later = pl.concat([history, lines([("s0", -1.0, "t", 5000)])])
    before, after = (
        fit_baseline(part, PRODUCTS, ["TEA"], MarginAssumptions(), NOW, ids)
        for part in (history, later)
    )
    assert np.array_equal(before.probability, after.probability)
    assert np.array_equal(before.basket_minor, after.basket_minor)


def test_a_group_that_is_not_sold_is_refused():
    with pytest.raises(InvalidError, match="CAVIAR"):
        fit_baseline(lines([]), PRODUCTS, ["CAVIAR"], MarginAssumptions(), NOW, ["s0"])


def campaigns(redemptions: list[tuple[str, str, float]]) -> CampaignHistory:
    def when(days: float) -> datetime:
        return NOW + timedelta(days=days)

    return CampaignHistory(
        campaigns=pl.DataFrame(
            {
                "campaign_id": ["1", "2"],
                "kind": ["A", "A"],
                "starts_at": [when(-60), when(0)],
                "ends_at": [when(-30), when(30)],
            }
        ),
        targeted=pl.DataFrame({"campaign_id": ["1", "2", "2"], "shopper_id": ["x", "x", "y"]}),
        redemptions=pl.DataFrame(
            {
                "campaign_id": [row[0] for row in redemptions],
                "shopper_id": [row[1] for row in redemptions],
                "redeemed_at": [when(row[2]) for row in redemptions],
            }
        ),
        coupons=pl.DataFrame(
            {"campaign_id": ["1", "2"], "coupon_id": ["k", "k"], "product_id": ["t", "t"]}
        ),
    )


def test_features_count_what_was_before_the_campaign_by_hand():
    history = campaigns([("1", "x", -50), ("2", "y", 5)])
    bought = lines([("x", 10, "t", 300), ("x", 100, "s", 700), ("y", 2, "s", 400)])
    got = redemption_features(bought, history, ["2"]).sort("shopper_id")
    assert got["redeemed"].to_list() == [False, True]
    assert got["past_redemptions"].to_list() == [1.0, 0.0]
    assert got["past_targetings"].to_list() == [1.0, 0.0]
    assert got["past_redemption_rate"].to_list() == pytest.approx([1.15 / 2, 0.15])
    assert got["redemption_recency_days"].to_list() == [50.0, 400.0]
    assert got["coupon_revenue_share"].to_list() == pytest.approx([300 / 1001, 0.0])
    assert got["orders_8w"].to_list() == [1.0, 1.0]


def test_nothing_after_the_start_of_a_campaign_reaches_its_features():
    bought = [("x", 10, "t", 300), ("y", 2, "s", 400)]
    later = [*bought, ("x", -1, "t", 9000), ("y", -0.5, "t", 9000)]
    before = redemption_features(lines(bought), campaigns([("1", "x", -50)]), ["2"])
    after = redemption_features(
        lines(later), campaigns([("1", "x", -50), ("1", "y", 3), ("2", "x", 1)]), ["2"]
    )
    assert before.drop("redeemed").equals(after.drop("redeemed"))


def test_training_on_a_campaign_that_has_not_ended_is_refused():
    with pytest.raises(InvalidError, match="had not ended"):
        evaluate_redemption(lines([]), campaigns([("1", "x", -50)]), ["2"], "2")


def test_redemption_probabilities_are_calibrated_on_new_campaigns():
    rng = np.random.default_rng(0)
    features = rng.gamma(1.0, 1.0, (3000, 4))
    truth = sigmoid(-2.5 + 1.2 * np.log1p(features[:, 0]))
    labels = (rng.random(3000) < truth).astype(float)
    model = RedemptionModel(rounds=80, bags=1).fit(
        features[:2000], labels[:2000], np.repeat(np.array(list("abcde")), 400)
    )
    said = model.predict(features[2000:])
    assert np.abs(said - truth[2000:]).mean() < 0.05
    assert calibration_error(said, truth[2000:]) < 0.04


def test_a_model_needs_two_campaigns_and_both_answers():
    with pytest.raises(InvalidError, match="at least two past campaigns"):
        RedemptionModel().fit(np.ones((4, 2)), np.ones(4), np.array(list("aabb")))
    with pytest.raises(InvalidError, match="not fitted"):
        RedemptionModel().predict(np.ones((1, 2)))
