"""Own purchases and other shoppers' purchases, weighed together by a learned model."""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
import polars as pl
import scipy.sparse as sp
from numpy.typing import NDArray

from promoloop.recommend.collaborative import Ease
from promoloop.recommend.features import FEATURES, pair_features
from promoloop.recommend.purchases import MIN_HOUSEHOLDS, Matrix, Purchases
from promoloop.recommend.ranker import Ranker
from promoloop.recommend.simple import FrequencyRecency

__all__ = ["Hybrid"]

_CHUNK = 256


@dataclass(frozen=True, slots=True)
class _Sizes:
    own: int
    similar: int


class Hybrid(Ranker):
    """The probability that the shopper buys the product in the next ``horizon_days``.

    For each shopper the best own products (frequency × recency) and the best collaborative ones
    (EASE) are candidates; gradient-boosted trees weigh them. The trees learn inside ``fit`` on
    the last ``horizon_days`` of the history it is given: features as they stood before that
    window, labels from within it. Nothing after ``now`` is ever seen. The settings below were
    chosen at cutoffs 2017-10-09 and 2017-11-06 of the Complete Journey data; the benchmark
    reports 2017-12-04.

    When the history is too short to hold such a window, the score is frequency × recency of own
    products, and below all of those the collaborative score; ``learned_`` says which it is.

    Parameters
    ----------
    horizon_days : float, default 28
    own, similar : int, default 100 and 30
        Candidates per shopper of each kind.
    trees : int, default 150
    seed : int, default 0
        Of the trees' feature sampling.
    min_households : int, default 10

    Attributes
    ----------
    learned_ : bool
    importance_ : dict of float
        Gain of each feature, empty when not learned.
    scores_ : sparse array, shape (n, m)
        Above 0 for candidates only.
    """

    def __init__(
        self,
        horizon_days: float = 28.0,
        own: int = 100,
        similar: int = 30,
        trees: int = 150,
        seed: int = 0,
        min_households: int = MIN_HOUSEHOLDS,
    ) -> None:
        self.horizon_days = horizon_days
        self.own = own
        self.similar = similar
        self.trees = trees
        self.seed = seed
        self.min_households = min_households

    def _learn(self, purchases: Purchases) -> None:
        sizes = _Sizes(self.own, self.similar)
        earlier = purchases.before(self.horizon_days, self.min_households)
        pairs, bought = _examples(purchases, earlier, self.horizon_days, sizes)
        self.learned_ = 0 < int(bought.sum()) < bought.size
        self.importance_: dict[str, float] = {}
        now = _candidates(purchases, sizes)
        if self.learned_:
            score = self._weigh(pairs, bought, pair_features(purchases, now))
        else:
            score = _unlearned(now)
        rows, columns = now["i"].to_numpy(), now["j"].to_numpy()
        self.scores_: Matrix = sp.csr_array(
            sp.coo_array((score.astype(np.float32), (rows, columns)), shape=purchases.shape)
        )

    def _score_rows(self, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        dense: NDArray[np.float32] = self.scores_[rows].toarray()
        return dense

    def _weigh(
        self, pairs: pl.DataFrame, bought: NDArray[np.bool_], now: pl.DataFrame
    ) -> NDArray[np.float64]:
        data = lgb.Dataset(_array(pairs), bought.astype(np.float32), feature_name=list(FEATURES))
        trees = lgb.train(_settings(self.seed, bought.size), data, self.trees)
        gain = trees.feature_importance("gain")
        self.importance_ = {name: float(g) for name, g in zip(FEATURES, gain, strict=True)}
        return np.asarray(trees.predict(_array(now), num_threads=1), dtype=np.float64)


def _settings(seed: int, examples: int) -> dict[str, object]:
    # Large leaves and the ridge keep the trees from learning the season of one window; a small
    # shop has to make do with smaller leaves.
    # One thread: with two, OpenMP waits in a spin and crawls when others share the cores.
    return {
        "objective": "binary",
        "learning_rate": 0.05,
        "num_leaves": 31,
        "min_data_in_leaf": min(max(examples // 500, 20), 500),
        "lambda_l2": 10.0,
        "feature_fraction": 0.6,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "verbose": -1,
    }


def _array(features: pl.DataFrame) -> NDArray[np.float32]:
    return features.select(FEATURES).to_numpy().astype(np.float32, copy=False)


def _candidates(purchases: Purchases, sizes: _Sizes) -> pl.DataFrame:
    """Pairs i, j worth weighing, sorted, with ``collaborative`` and ``own`` scores."""
    own = FrequencyRecency().fit_purchases(purchases)
    similar = Ease(l2=50.0, half_life_days=60.0).fit_purchases(purchases)
    parts = []
    for start in range(0, purchases.shopper_ids.size, _CHUNK):
        asked = purchases.shopper_ids[start : start + _CHUNK]
        mine, others = own.scores(asked), similar.scores(asked)
        kept = _top(mine, sizes.own) | _top(others, sizes.similar)
        i, j = np.nonzero(kept)
        parts.append(
            pl.DataFrame({"i": i + start, "j": j, "collaborative": others[i, j], "own": mine[i, j]})
        )
    return pl.concat(parts)


def _top(scores: NDArray[np.float32], k: int) -> NDArray[np.bool_]:
    """Which entries are positive and at least the k-th largest of their row."""
    k = min(k, scores.shape[1])
    bound = np.partition(scores, -k, axis=1)[:, -k, None]
    kept: NDArray[np.bool_] = (scores >= bound) & (scores > 0)
    return kept


def _examples(
    purchases: Purchases, earlier: Purchases, horizon_days: float, sizes: _Sizes
) -> tuple[pl.DataFrame, NDArray[np.bool_]]:
    """Features as of ``horizon_days`` ago and whether each pair was bought since."""
    if earlier.baskets.is_empty():
        return pl.DataFrame(), np.zeros(0, dtype=np.bool_)
    pairs = pair_features(earlier, _candidates(earlier, sizes))
    since = purchases.baskets.filter(pl.col("age") <= horizon_days).select("i", "j").unique()
    column = np.searchsorted(purchases.product_ids, earlier.product_ids)
    found = pairs.select("i", pl.Series("j", column[pairs["j"].to_numpy()])).join(
        since.with_columns(pl.lit(value=True).alias("bought")),
        on=["i", "j"],
        how="left",
        maintain_order="left",
    )
    return pairs, found["bought"].fill_null(value=False).to_numpy()


def _unlearned(now: pl.DataFrame) -> NDArray[np.float64]:
    """Own scores mapped above 1, collaborative ones below it."""
    mine, others = now["own"].to_numpy(), now["collaborative"].to_numpy()
    bounded = np.clip(others / max(float(others.max(initial=0)), 1e-9), 1e-6, 1.0)
    return np.where(mine > 0, 1.0 + mine, bounded)
