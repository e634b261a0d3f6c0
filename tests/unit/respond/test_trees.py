"""Tree Shapley values: they sum to the prediction, and agree with the definition."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import lightgbm
import numpy as np
import pytest

from promoloop.core import InvalidError
from promoloop.respond import TreeModel, logit, sigmoid


@pytest.fixture(scope="module")
def grown() -> tuple[TreeModel, np.ndarray]:
    rng = np.random.default_rng(4)
    seen = rng.normal(size=(2000, 3))
    chance = sigmoid(-1.0 + seen[:, 0] + 2.0 * (seen[:, 1] > 0) * (seen[:, 2] > 0))
    settings = {
        "objective": "cross_entropy",
        "num_leaves": 6,
        "verbosity": -1,
        "num_threads": 1,
        "seed": 0,
    }
    booster = lightgbm.train(settings, lightgbm.Dataset(seen, chance), num_boost_round=15)
    return TreeModel(booster.model_to_string(), ("a", "b", "c")), seen


def test_contributions_and_expectation_sum_to_the_prediction(grown):
    trees, seen = grown
    parts, expected = trees.contributions(seen)
    total = parts.sum(axis=1) + expected
    assert total == pytest.approx(logit(trees.predict(seen)), abs=1e-9)
    assert trees.unclipped(seen) == pytest.approx(trees.predict(seen), abs=1e-12)
    assert np.ptp(expected) == 0.0


def test_a_feature_that_no_tree_splits_on_gets_nothing():
    rng = np.random.default_rng(5)
    seen = np.column_stack([rng.normal(size=500), np.zeros(500)])
    settings = {"objective": "cross_entropy", "verbosity": -1, "num_threads": 1}
    data = lightgbm.Dataset(seen, (seen[:, 0] > 0) * 0.8 + 0.1)
    trees = TreeModel(lightgbm.train(settings, data, 5).model_to_string(), ("a", "b"))
    parts, _ = trees.contributions(seen)
    assert np.abs(parts[:, 1]).max() == 0.0
    assert np.abs(parts[:, 0]).min() > 0.0


def test_they_are_shapley_values_of_the_trees_own_conditional_expectation():
    """One stump-like tree by brute force over all subsets of three features."""
    rng = np.random.default_rng(6)
    seen = rng.normal(size=(400, 3))
    truth = 0.2 + 0.5 * (seen[:, 0] > 0) * (seen[:, 1] > 0)
    settings = {
        "objective": "cross_entropy",
        "num_leaves": 4,
        "min_data_in_leaf": 10,
        "verbosity": -1,
        "num_threads": 1,
        "boost_from_average": False,
    }
    booster = lightgbm.train(settings, lightgbm.Dataset(seen, truth), num_boost_round=1)
    root = booster.dump_model()["tree_info"][0]["tree_structure"]
    trees = TreeModel(booster.model_to_string(), ("a", "b", "c"))
    for row in seen[:5]:
        parts, _ = trees.contributions(row[None, :])
        for feature in range(3):
            assert parts[0, feature] == pytest.approx(shapley(root, row, feature), abs=1e-9)


def expectation(node: dict, row: np.ndarray, known: frozenset[int]) -> float:
    """What a tree says when only ``known`` features are: others go both ways by counts."""
    if "leaf_value" in node:
        return node["leaf_value"]
    left, right = node["left_child"], node["right_child"]
    if node["split_feature"] in known:
        goes = left if row[node["split_feature"]] <= node["threshold"] else right
        return expectation(goes, row, known)
    return sum(count(child) * expectation(child, row, known) for child in (left, right)) / count(
        node
    )


def count(node: dict) -> int:
    return node["leaf_count"] if "leaf_value" in node else node["internal_count"]


def shapley(root: dict, row: np.ndarray, feature: int) -> float:
    others = [one for one in range(3) if one != feature]
    total = 0.0
    for size in range(3):
        for known in combinations(others, size):
            weight = factorial(size) * factorial(2 - size) / factorial(3)
            gain = expectation(root, row, frozenset({*known, feature}))
            total += weight * (gain - expectation(root, row, frozenset(known)))
    return total


def test_the_text_keeps_every_bit_and_names_the_trees(grown):
    trees, seen = grown
    again = TreeModel(trees.text, trees.feature_names)
    assert np.array_equal(again.predict(seen), trees.predict(seen))
    assert again.key == trees.key


def test_misshapen_features_are_refused(grown):
    with pytest.raises(InvalidError, match="grown on 3"):
        grown[0].contributions(np.zeros((2, 4)))
