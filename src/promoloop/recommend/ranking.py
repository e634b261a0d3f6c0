"""NDCG: how high the products that were really bought stand in a ranked list.

References
----------
Järvelin & Kekäläinen (2002), Cumulated gain-based evaluation of IR techniques, ACM TOIS 20(4),
with binary gains and the discount 1 / log2(rank + 1).
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence

import numpy as np

from promoloop.core import InvalidError

__all__ = ["ndcg_at"]


def ndcg_at(k: int, ranked: Sequence[Hashable], relevant: Collection[Hashable]) -> float:
    """Normalised discounted cumulative gain of the first ``k`` of ``ranked``, in [0, 1].

    ``DCG = Σ_r [ranked_r in relevant] / log2(r + 1)`` over the ranks r = 1 … k, divided by the
    DCG of the best list there could be, which has min(k, number relevant) hits at its head.

    Raises
    ------
    InvalidError
        When nothing is relevant or ``k`` is below 1: the figure is not defined then.

    Examples
    --------
    >>> ndcg_at(3, ["milk", "tea", "rice"], {"milk"})
    1.0
    >>> round(ndcg_at(3, ["tea", "milk", "rice"], {"milk"}), 4)
    0.6309
    """
    wanted = set(relevant)
    if k < 1 or not wanted:
        raise InvalidError(
            f"NDCG at {k} with {len(wanted)} relevant products",
            "it needs k of at least 1 and at least one relevant product",
            "Leave out shoppers who bought nothing that could be ranked.",
        )
    discounts = 1.0 / np.log2(np.arange(2, k + 2))  # (k,)
    hits = np.array([product in wanted for product in ranked[:k]], dtype=np.float64)
    return float(hits @ discounts[: hits.size] / discounts[: len(wanted)].sum())
