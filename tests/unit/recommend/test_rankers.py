"""Rankers on shops small enough to work out by hand."""

import numpy as np
import polars as pl
import pytest

from promoloop.core import InvalidError
from promoloop.recommend import Ease, FrequencyRecency, Hybrid, Popularity

SHOP = [
    ("ann", "tea", 60),
    ("ann", "tea", 120),
    ("ann", "milk", 30),
    ("bob", "tea", 10),
    ("bob", "rice", 10),
    ("cat", "rice", 5),
    ("cat", "rice", 6),
    ("cat", "milk", 7),
    ("dan", "tea", 8),
]


def test_frequency_recency_is_the_count_times_the_decay_since_the_last(make_orders, now):
    model = FrequencyRecency(60, min_households=1).fit(make_orders(SHOP), now)
    assert model.product_ids_.tolist() == ["milk", "rice", "tea"]
    scores = model.scores(np.array(["ann", "nobody"]))
    assert scores[0] == pytest.approx([0.5**0.5, 0, 2 * 0.5])
    assert scores[1].tolist() == [0, 0, 0]


def test_without_a_half_life_baskets_are_counted(make_orders, now):
    model = FrequencyRecency(None, min_households=1).fit(make_orders(SHOP), now)
    assert model.scores(np.array(["cat"]))[0].tolist() == [1, 2, 0]


def test_two_lines_of_one_basket_count_once(make_orders, now):
    model = FrequencyRecency(None, min_households=1).fit(make_orders([*SHOP, *SHOP]), now)
    assert model.scores(np.array(["ann"]))[0].tolist() == [1, 0, 2]


def test_popularity_gives_everybody_the_same_list_by_number_of_shoppers(make_orders, now):
    model = Popularity(min_households=1).fit(make_orders(SHOP), now)
    lists = model.recommend(np.array(["ann", "nobody"]), 3)
    assert lists["product_id"].to_list()[0] == "tea"
    first, second = lists.partition_by("shopper_id")
    assert first["product_id"].to_list() == second["product_id"].to_list()


def test_each_recommendation_says_why(make_orders, now):
    model = FrequencyRecency(60, min_households=1).fit(make_orders(SHOP), now)
    lists = model.recommend(np.array(["bob"]), 3)
    assert lists["product_id"].to_list() == ["tea", "rice", "milk"]
    assert lists["why"].to_list() == ["own purchases", "own purchases", "popular"]


def test_a_product_of_too_few_shoppers_is_not_ranked(make_orders, now):
    model = Popularity(min_households=3).fit(make_orders(SHOP), now)
    assert model.product_ids_.tolist() == ["tea"]


def test_a_shop_without_common_products_is_refused_with_the_remedy(make_orders, now):
    with pytest.raises(InvalidError, match="lower min_households"):
        Popularity().fit(make_orders(SHOP), now)


def test_lines_from_now_on_change_nothing(make_orders, now):
    known = FrequencyRecency(min_households=1).fit(make_orders(SHOP), now)
    later = make_orders([*SHOP, ("ann", "rice", 0), ("eve", "milk", -3)])
    again = FrequencyRecency(min_households=1).fit(later, now)
    ids = np.array(["ann", "bob", "cat", "dan", "eve"])
    np.testing.assert_array_equal(known.scores(ids), again.scores(ids))


def ease_by_regression(X, l2):
    """Each column by ridge regression on the other columns: what EASE solves, one by one."""
    m = X.shape[1]
    B = np.zeros((m, m))
    for j in range(m):
        rest = [c for c in range(m) if c != j]
        A = X[:, rest]
        B[rest, j] = np.linalg.solve(A.T @ A + l2 * np.eye(m - 1), A.T @ X[:, j])
    return X @ B


@pytest.mark.parametrize(("shoppers", "products"), [(40, 12), (12, 40)])
def test_ease_equals_one_ridge_regression_per_product(make_orders, now, shoppers, products):
    rng = np.random.default_rng(3)
    X = (rng.random((shoppers, products)) < 0.3).astype(float)
    X[0], X[:, 0] = 1, 1  # every shopper and every product is seen
    rows = [(f"s{i:02}", f"p{j:02}", 5) for i, j in np.argwhere(X)]
    model = Ease(l2=2.0, min_households=1).fit(make_orders(rows), now)
    scores = model.scores(model.shopper_ids_)
    np.testing.assert_allclose(scores, ease_by_regression(X, 2.0), atol=1e-4)


def test_ease_proposes_what_similar_shoppers_buy(make_orders, now):
    rows = [(f"s{n}", p, 5) for n in range(8) for p in ("tea", "cake")]
    rows += [(f"r{n}", p, 5) for n in range(8) for p in ("rice", "soy")]
    rows += [("ann", "tea", 5)]
    lists = Ease(l2=1.0, min_households=1).fit(make_orders(rows), now)
    top = lists.recommend(np.array(["ann"]), 2).filter(pl.col("product_id") == "cake")
    assert top["why"].to_list() == ["bought by similar shoppers"]


def test_a_hybrid_without_a_window_to_learn_from_puts_own_products_first(make_orders, now):
    rows = [(f"s{n}", p, 5) for n in range(8) for p in ("tea", "cake")] + [("ann", "tea", 5)]
    model = Hybrid(min_households=1).fit(make_orders(rows), now)
    lists = model.recommend(np.array(["ann"]), 2)
    assert not model.learned_
    assert lists["product_id"].to_list() == ["tea", "cake"]
    assert lists["why"].to_list() == ["own purchases", "bought by similar shoppers"]


def test_the_hybrid_repeats_itself_for_the_same_seed(seeded_shop, now):
    ids = np.array(["s000", "s050"])
    model = Hybrid(trees=10, seed=1).fit(seeded_shop, now)
    assert model.learned_
    first = model.scores(ids)
    again = Hybrid(trees=10, seed=1).fit(seeded_shop.reverse(), now).scores(ids)
    np.testing.assert_array_equal(first, again)


def test_asking_for_no_products_is_refused(make_orders, now):
    model = Popularity(min_households=1).fit(make_orders(SHOP), now)
    with pytest.raises(InvalidError, match="at least one"):
        model.recommend(np.array(["ann"]), 0)
