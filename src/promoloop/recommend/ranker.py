"""What all rankers share: fitting, and turning scores into a list with reasons."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.recommend.purchases import MIN_HOUSEHOLDS, Matrix, Purchases, encode

__all__ = ["WHY", "Ranker"]

#: Why a product stands in a list, in this order of precedence.
WHY = ("own purchases", "bought by similar shoppers", "popular")

_CHUNK = 256  # shoppers scored at once: 256 × 16k products in float32 is 17 MB


class Ranker(ABC):
    """Ranks products for shoppers from their orders.

    Attributes
    ----------
    shopper_ids_ : ndarray of str, shape (n,)
    product_ids_ : ndarray of str, shape (m,)
    popularity_ : ndarray of float32, shape (m,)
        How many shoppers bought each product.
    bought_ : sparse array, shape (n, m)
        How many baskets of the shopper had the product.
    """

    min_households: int = MIN_HOUSEHOLDS
    purchases_: Purchases
    popularity_: NDArray[np.float32]
    bought_: Matrix

    def fit(self, lines: pl.DataFrame, now: datetime) -> Self:
        """Learn from the ``Order Completed`` lines before ``now`` (UTC)."""
        return self.fit_purchases(encode(lines, now, self.min_households))

    def fit_purchases(self, purchases: Purchases) -> Self:
        """Learn from purchases that were numbered before."""
        self.purchases_ = purchases
        self.shopper_ids_ = purchases.shopper_ids
        self.product_ids_ = purchases.product_ids
        self.popularity_ = purchases.popularity()
        self.bought_ = purchases.matrix()
        self._learn(purchases)
        return self

    def scores(self, shopper_ids: NDArray[np.str_]) -> NDArray[np.float32]:
        """Score of each product of ``product_ids_`` for each shopper, shape (n, m).

        A shopper who has never ordered scores 0 throughout. The array is dense: ask for some
        hundred shoppers at a time.
        """
        rows = self.purchases_.rows_of(shopper_ids)
        found = np.zeros((rows.size, self.product_ids_.size), dtype=np.float32)
        known = rows >= 0
        if known.any():
            found[known] = self._score_rows(rows[known])
        return found

    def ranked(self, shopper_ids: NDArray[np.str_], k: int) -> NDArray[np.intp]:
        """The k best products of each shopper as column numbers, best first, shape (n, k).

        Where the score is not above 0, and between equal scores, the more popular comes first.
        """
        return self._best(shopper_ids, k)[0]

    def recommend(self, shopper_ids: NDArray[np.str_], k: int) -> pl.DataFrame:
        """The k best products per shopper, best first.

        Returns
        -------
        DataFrame with columns shopper_id, product_id, score (0 for merely popular), why.
        """
        best, score = self._best(shopper_ids, k)
        rows = self.purchases_.rows_of(shopper_ids)
        own = _own(self.bought_, rows, best)
        why = np.where(own, WHY[0], np.where(score > 0, WHY[1], WHY[2]))
        return pl.DataFrame(
            {
                "shopper_id": np.repeat(np.asarray(shopper_ids, dtype=np.str_), best.shape[1]),
                "product_id": self.product_ids_[best.ravel()],
                "score": score.ravel().astype(np.float64),
                "why": why.ravel(),
            },
            schema_overrides={"shopper_id": pl.String, "product_id": pl.String, "why": pl.String},
        )

    @abstractmethod
    def _learn(self, purchases: Purchases) -> None: ...

    @abstractmethod
    def _score_rows(self, rows: NDArray[np.intp]) -> NDArray[np.float32]: ...

    def _best(
        self, shopper_ids: NDArray[np.str_], k: int
    ) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        if k < 1:
            raise InvalidError(f"the {k} best products", "k is below 1", "Ask for at least one.")
        asked = np.asarray(shopper_ids, dtype=np.str_)
        width = min(k, self.product_ids_.size)
        best = np.empty((asked.size, width), dtype=np.intp)
        score = np.empty((asked.size, width), dtype=np.float32)
        by_popularity = np.argsort(-self.popularity_, kind="stable")
        for start in range(0, asked.size, _CHUNK):
            part = slice(start, start + _CHUNK)
            positive = np.maximum(self.scores(asked[part]), 0)[:, by_popularity]
            order = np.stack([_head(row, width) for row in positive])
            best[part] = by_popularity[order]
            score[part] = np.take_along_axis(positive, order, axis=1)
        return best, score


def _head(row: NDArray[np.float32], width: int) -> NDArray[np.intp]:
    """Positions of the largest entries, largest first; of equal ones the earlier first."""
    bound = np.partition(row, -width)[-width]
    at_least = np.flatnonzero(row >= bound) if bound > 0 else np.flatnonzero(row > 0)
    rest = np.flatnonzero(row == 0)[: max(width - at_least.size, 0)]
    found = np.concatenate([at_least, rest])
    return found[np.argsort(-row[found], kind="stable")][:width]


def _own(bought: Matrix, rows: NDArray[np.intp], best: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether the shopper bought each listed product before, shape (n, k)."""
    own = np.zeros(best.shape, dtype=np.bool_)
    for at, row in enumerate(rows):
        if row >= 0:
            mine = bought.indices[bought.indptr[row] : bought.indptr[row + 1]]
            own[at] = np.isin(best[at], mine)
    return own
