"""How well the next weeks' purchases are foretold, on a split by time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop.core import InvalidError, require_utc
from promoloop.recommend.collaborative import Ease
from promoloop.recommend.hybrid import Hybrid
from promoloop.recommend.purchases import Purchases, encode
from promoloop.recommend.ranker import Ranker
from promoloop.recommend.ranking import ndcg_at
from promoloop.recommend.simple import FrequencyRecency, Popularity

__all__ = ["RankingReport", "evaluate_ranking"]


@dataclass(frozen=True, slots=True)
class RankingReport:
    """Mean NDCG at k over the shoppers who bought something that could be ranked.

    The field names say 10, the default k; ``k`` is what was asked for.
    """

    ndcg_at_10: float
    frequency_ndcg_at_10: float
    frequency_recency_ndcg_at_10: float
    popularity_ndcg_at_10: float
    collaborative_ndcg_at_10: float
    shoppers: int
    products: int
    k: int


def evaluate_ranking(
    lines: pl.DataFrame, cutoff: datetime, weeks: int = 4, k: int = 10, seed: int = 0
) -> RankingReport:
    """Fit on the lines before ``cutoff`` and rank what is bought in the weeks after it.

    Products bought by at least 10 shoppers before the cutoff can be ranked; relevant is what the
    shopper bought of these within ``weeks``. Every model sees the same lines.

    Raises
    ------
    InvalidError
        When no shopper of the time before bought anything rankable in the test weeks.
    """
    require_utc(cutoff, "cutoff")
    purchases = encode(lines, cutoff)
    relevant = _relevant(lines, purchases, cutoff, cutoff + timedelta(weeks=weeks))
    if not relevant:
        raise InvalidError(
            f"evaluating the ranking over {weeks} weeks from {cutoff.isoformat()}",
            "no known shopper bought anything that can be ranked in that time",
            "Move the cutoff to an earlier day.",
        )
    models: tuple[Ranker, ...] = (
        Hybrid(horizon_days=7.0 * weeks, seed=seed),
        FrequencyRecency(half_life_days=None),
        FrequencyRecency(),
        Popularity(),
        Ease(),
    )
    figures = [_mean_ndcg(model.fit_purchases(purchases), relevant, k) for model in models]
    hybrid, frequency, recency, popular, similar = figures
    shoppers, products = len(relevant), purchases.product_ids.size
    return RankingReport(hybrid, frequency, recency, popular, similar, shoppers, products, k)


def _relevant(
    lines: pl.DataFrame, purchases: Purchases, start: datetime, end: datetime
) -> dict[str, NDArray[np.intp]]:
    """Column numbers of what each known shopper bought from ``start`` to before ``end``."""
    products = pl.DataFrame({"product_id": purchases.product_ids}).with_row_index("j")
    bought = (
        lines.lazy()
        .filter(
            (pl.col("event") == "Order Completed")
            & (pl.col("timestamp") >= start)
            & (pl.col("timestamp") < end)
        )
        .join(products.lazy(), on="product_id")
        .join(pl.LazyFrame({"shopper_id": purchases.shopper_ids}), on="shopper_id")
        .group_by("shopper_id")
        .agg(pl.col("j").unique())
        .sort("shopper_id")
        .collect()
    )
    return {shopper: np.asarray(columns) for shopper, columns in bought.iter_rows()}


def _mean_ndcg(model: Ranker, relevant: dict[str, NDArray[np.intp]], k: int) -> float:
    ranked = model.ranked(np.array(list(relevant)), k)
    figures = [
        ndcg_at(k, row.tolist(), set(bought.tolist()))
        for row, bought in zip(ranked, relevant.values(), strict=True)
    ]
    return float(np.mean(figures))
