"""The plain rankers: what is popular, and what the shopper buys often and bought lately."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop.recommend.purchases import MIN_HOUSEHOLDS, Matrix, Purchases
from promoloop.recommend.ranker import Ranker

__all__ = ["FrequencyRecency", "Popularity"]


class Popularity(Ranker):
    """The same list for everybody: products by how many shoppers bought them."""

    def __init__(self, min_households: int = MIN_HOUSEHOLDS) -> None:
        self.min_households = min_households

    def _learn(self, purchases: Purchases) -> None:
        """Nothing beyond the counts every ranker keeps."""

    def _score_rows(self, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        return np.zeros((rows.size, self.popularity_.size), dtype=np.float32)


class FrequencyRecency(Ranker):
    """Own purchases: ``baskets with the product × 0.5 ** (days since the last / half life)``.

    Parameters
    ----------
    half_life_days : float or None, default 60
        None counts baskets only.
    min_households : int, default 10

    Attributes
    ----------
    scores_ : sparse array, shape (n, m)
    """

    def __init__(
        self, half_life_days: float | None = 60.0, min_households: int = MIN_HOUSEHOLDS
    ) -> None:
        self.half_life_days = half_life_days
        self.min_households = min_households

    def _learn(self, purchases: Purchases) -> None:
        self.scores_ = _frequency_recency(purchases, self.half_life_days)

    def _score_rows(self, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        dense: NDArray[np.float32] = self.scores_[rows].toarray()
        return dense


def _frequency_recency(purchases: Purchases, half_life_days: float | None) -> Matrix:
    if half_life_days is None:
        return purchases.matrix()
    last = pl.col("age").min().over("i", "j")
    weight = purchases.baskets.select((-last / half_life_days).alias("w"))["w"].to_numpy()
    return purchases.matrix(np.exp2(weight).astype(np.float32))
