"""The evaluation on a seeded shop, and group affinities by hand."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from promoloop.core import InvalidError
from promoloop.recommend import evaluate_ranking, group_scores


def test_the_hybrid_beats_counting_where_purchases_have_a_rhythm(seeded_shop, now):
    cutoff = now - timedelta(weeks=1)
    report = evaluate_ranking(seeded_shop, cutoff, weeks=1)
    assert report.shoppers == 120
    assert report.ndcg_at_10 > report.frequency_recency_ndcg_at_10
    assert report.frequency_ndcg_at_10 > report.popularity_ndcg_at_10


def test_popularity_scores_as_worked_out_by_hand(make_orders, now):
    # Twelve shoppers buy tea before the cutoff, eleven milk; in the test week one buys milk.
    rows = [(f"s{n:02}", "tea", 30) for n in range(12)]
    rows += [(f"s{n:02}", "milk", 29) for n in range(11)] + [("s00", "milk", 3)]
    report = evaluate_ranking(make_orders(rows), now - timedelta(weeks=1), weeks=1)
    assert (report.shoppers, report.products) == (1, 2)
    assert report.popularity_ndcg_at_10 == pytest.approx(1 / np.log2(3))


def test_what_happens_after_the_cutoff_is_not_learnt_from(make_orders, now, seeded_shop):
    cutoff = now - timedelta(weeks=2)
    later = make_orders([(f"s{n:03}", "p00", 0.5) for n in range(120)])
    plain = evaluate_ranking(seeded_shop, cutoff, weeks=1)
    assert evaluate_ranking(pl.concat([seeded_shop, later]), cutoff, weeks=1) == plain


def test_weeks_without_purchases_cannot_be_evaluated(seeded_shop, now):
    with pytest.raises(InvalidError, match="earlier day"):
        evaluate_ranking(seeded_shop, now + timedelta(days=1))


PRODUCTS = pl.DataFrame({"product_id": ["tea", "milk"], "category": ["TEA", "MILK"]})


def test_group_scores_are_shares_of_baskets_drawn_to_the_average(make_orders, now):
    rows = [("ann", "tea", 60), ("ann", "milk", 60), ("bob", "milk", 60), ("bob", "rice", 120)]
    shoppers, scores = group_scores(make_orders(rows), PRODUCTS, ("TEA", "MILK", "FISH"), now)
    assert shoppers.tolist() == ["ann", "bob"]
    # Weights: ann .5 in all; bob .5 with milk and .25 without; p(tea) = .5/1.25, p(milk) = 1/1.25.
    expected = [
        [(0.5 + 2 * 0.4) / 2.5, (0.5 + 2 * 0.8) / 2.5, 0],
        [(0.0 + 2 * 0.4) / 2.75, (0.5 + 2 * 0.8) / 2.75, 0],
    ]
    np.testing.assert_allclose(scores, expected)


def test_a_group_named_twice_is_refused(make_orders, now):
    with pytest.raises(InvalidError, match="named twice"):
        group_scores(make_orders([]), PRODUCTS, ("TEA", "TEA"), now)
