"""Products that go together in other shoppers' histories: EASE, in closed form."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from promoloop.recommend.purchases import MIN_HOUSEHOLDS, Matrix, Purchases
from promoloop.recommend.ranker import Ranker

__all__ = ["Ease"]


class Ease(Ranker):
    """Item-item regression with a zero diagonal: each product explained by all the others.

    With X (n shoppers, m products) and ``P = (XᵀX + λI)⁻¹`` the weights are
    ``B = I − P / diag(P)`` (columns divided), so the scores are ``XB = X − XP / diag(P)``.
    Where n < m the same figures come from the smaller ``K = (XXᵀ + λI)⁻¹``:
    ``XP = KX`` and ``diag(P)_j = (1 − x_jᵀ K x_j) / λ``. The cost is min(n, m)³ time and
    min(n, m)² memory: meant for up to some 20 thousand on the smaller side.

    Parameters
    ----------
    l2 : float, default 200
        The ridge λ.
    half_life_days : float or None, default None
        None makes X 0/1; otherwise X is ``log(1 + baskets decayed by this half life)``.
    min_households : int, default 10

    Attributes
    ----------
    inputs_ : sparse array, shape (n, m)
    inverse_ : ndarray of float32, square of the smaller side
    diagonal_ : ndarray of float32, shape (m,)

    References
    ----------
    Steck (2019), Embarrassingly shallow autoencoders for sparse data, WWW, eq. 8.
    """

    def __init__(
        self,
        l2: float = 200.0,
        half_life_days: float | None = None,
        min_households: int = MIN_HOUSEHOLDS,
    ) -> None:
        self.l2 = l2
        self.half_life_days = half_life_days
        self.min_households = min_households

    def _learn(self, purchases: Purchases) -> None:
        self.inputs_ = _inputs(purchases, self.half_life_days)
        n, m = self.inputs_.shape
        self._by_shopper = n < m
        X = self.inputs_
        gram = (X @ X.T if self._by_shopper else X.T @ X).toarray().astype(np.float32)
        gram[np.diag_indices_from(gram)] += np.float32(self.l2)
        self.inverse_: NDArray[np.float32] = np.linalg.inv(gram)
        self.diagonal_ = self._diagonal()

    def _diagonal(self) -> NDArray[np.float32]:
        if not self._by_shopper:
            return np.diagonal(self.inverse_).copy()
        explained = np.zeros(self.inputs_.shape[1], dtype=np.float32)
        for start in range(0, self.inputs_.shape[0], 512):
            rows = np.arange(start, min(start + 512, self.inputs_.shape[0]))
            explained += self.inputs_[rows].multiply(self._projected(rows)).sum(axis=0)
        return (1 - explained) / np.float32(self.l2)

    def _projected(self, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """Rows of XP (up to the form that is cheaper), shape (len(rows), m)."""
        product: NDArray[np.float32]
        if self._by_shopper:
            product = (self.inputs_.T @ self.inverse_[rows].T).T
        else:
            product = self.inputs_[rows] @ self.inverse_
        return product

    def _score_rows(self, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        found: NDArray[np.float32] = self.inputs_[rows].toarray()
        found -= self._projected(rows) / self.diagonal_
        return found


def _inputs(purchases: Purchases, half_life_days: float | None) -> Matrix:
    if half_life_days is None:
        seen = purchases.matrix()
        seen.data[:] = 1
        return seen
    weighted = purchases.decayed(half_life_days)
    weighted.data = np.log1p(weighted.data)
    return weighted
