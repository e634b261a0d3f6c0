"""NDCG by hand and against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from promoloop.core import InvalidError
from promoloop.recommend import ndcg_at


def test_ndcg_of_two_hits_of_three_is_as_worked_out_by_hand():
    # Hits at ranks 1 and 3: 1 + 1/2 against 1 + 1/log2(3) + 1/2.
    expected = 1.5 / (1.5 + 1 / np.log2(3))
    assert ndcg_at(10, ["a", "x", "b"], {"a", "b", "c"}) == pytest.approx(expected)


def test_more_relevant_products_than_ranks_can_still_reach_one():
    assert ndcg_at(2, ["a", "b"], {"a", "b", "c"}) == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(10))
def test_ndcg_agrees_with_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    truth = rng.random(40) < 0.2
    truth[0] = True
    scores = rng.permutation(40).astype(float)
    ranked = np.argsort(-scores).tolist()
    ours = ndcg_at(10, ranked, np.flatnonzero(truth).tolist())
    assert ours == pytest.approx(ndcg_score([truth], [scores], k=10))


def test_a_shopper_with_nothing_relevant_has_no_figure():
    with pytest.raises(InvalidError, match="at least one relevant"):
        ndcg_at(10, ["a"], set())
