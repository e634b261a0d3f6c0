"""Purchases as numbered shoppers, numbered products and the age of each basket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
import scipy.sparse as sp
from numpy.typing import NDArray

from promoloop.core import InvalidError, require_utc

__all__ = ["MIN_HOUSEHOLDS", "Matrix", "Purchases", "encode"]

#: A product bought by fewer shoppers than this is too rare to rank.
MIN_HOUSEHOLDS = 10

Matrix = sp.csr_array


@dataclass(frozen=True, slots=True, eq=False)
class Purchases:
    """Who bought what in which basket, how many days ago.

    ``baskets`` has one row per shopper ``i``, product ``j`` and ``order`` with its ``age`` in
    days, sorted by shopper, product and age. ``shopper_ids`` (n,) holds every shopper with an
    order, also those who bought rare products only; ``product_ids`` (m,) what can be ranked.
    """

    shopper_ids: NDArray[np.str_]
    product_ids: NDArray[np.str_]
    baskets: pl.DataFrame

    @property
    def shape(self) -> tuple[int, int]:
        """Number of shoppers and of products."""
        return self.shopper_ids.size, self.product_ids.size

    def matrix(self, weights: NDArray[np.float32] | None = None) -> Matrix:
        """Sum of ``weights`` over baskets as a sparse (n, m) matrix; None counts them."""
        rows, columns = self.baskets["i"].to_numpy(), self.baskets["j"].to_numpy()
        values = np.ones(rows.size, dtype=np.float32) if weights is None else weights
        return sp.csr_array(sp.coo_array((values, (rows, columns)), shape=self.shape))

    def decayed(self, half_life_days: float) -> Matrix:
        """Baskets weighted by ``0.5 ** (age / half_life_days)``, as a sparse (n, m) matrix."""
        age = self.baskets["age"].to_numpy()
        return self.matrix(np.exp2(-age / half_life_days).astype(np.float32))

    def popularity(self) -> NDArray[np.float32]:
        """How many shoppers bought each product, (m,)."""
        pairs = self.baskets.select("i", "j").unique()
        counts = np.bincount(pairs["j"].to_numpy(), minlength=self.product_ids.size)
        return counts.astype(np.float32)

    def rows_of(self, shopper_ids: NDArray[np.str_]) -> NDArray[np.intp]:
        """Row of each shopper, or -1 for one who has never ordered."""
        asked = np.asarray(shopper_ids, dtype=np.str_)
        at = np.minimum(np.searchsorted(self.shopper_ids, asked), self.shopper_ids.size - 1)
        return np.where(self.shopper_ids[at] == asked, at, -1)

    def before(self, days: float, min_households: int) -> Purchases:
        """The same shoppers as they stood ``days`` ago, with what could be ranked then."""
        kept = self.baskets.filter(pl.col("age") > days).with_columns(pl.col("age") - days)
        counts = kept.group_by("j").agg(pl.col("i").n_unique().alias("households"))
        wide = counts.filter(pl.col("households") >= min_households)["j"].sort()
        number = pl.DataFrame({"j": wide, "to": pl.int_range(wide.len(), eager=True)})
        baskets = kept.join(number, on="j").drop("j").rename({"to": "j"})
        return Purchases(self.shopper_ids, self.product_ids[wide.to_numpy()], _sorted(baskets))


def encode(lines: pl.DataFrame, now: datetime, min_households: int = MIN_HOUSEHOLDS) -> Purchases:
    """Number the shoppers and products of the orders before ``now``.

    Parameters
    ----------
    lines : DataFrame in the ``EVENT_LINES`` schema
        Only ``Order Completed`` lines with a shopper and a product are read.
    now : datetime, UTC
        Lines at or after it are left out; ages are counted back from it.
    min_households : int
        Products bought by fewer shoppers are not ranked.

    Raises
    ------
    InvalidError
        When no product has that many buyers.
    """
    require_utc(now, "now")
    orders = lines.lazy().filter(
        (pl.col("event") == "Order Completed")
        & (pl.col("timestamp") < now)
        & pl.col("shopper_id").is_not_null()
        & pl.col("product_id").is_not_null()
    )
    shoppers, wide = pl.collect_all(
        [
            orders.select(pl.col("shopper_id").unique().sort()),
            orders.group_by("product_id")
            .agg(pl.col("shopper_id").n_unique().alias("households"))
            .filter(pl.col("households") >= min_households)
            .select(pl.col("product_id").sort()),
        ]
    )
    if wide.is_empty():
        raise InvalidError(
            f"ranking products for {shoppers.height} shoppers as of {now.isoformat()}",
            f"no product was bought by at least {min_households} shoppers",
            "Ingest more history or lower min_households.",
        )
    age = (pl.lit(now) - pl.col("timestamp")).dt.total_seconds() / 86_400
    baskets = (
        orders.join(shoppers.lazy().with_row_index("i"), on="shopper_id")
        .join(wide.lazy().with_row_index("j"), on="product_id")
        .group_by("i", "j", pl.col("order_id").fill_null(pl.col("message_id")).alias("order"))
        .agg(age.min().alias("age"))
        .collect()
    )
    return Purchases(
        shoppers["shopper_id"].to_numpy().astype(np.str_),
        wide["product_id"].to_numpy().astype(np.str_),
        _sorted(baskets.with_columns(pl.col("order").hash(seed=0))),
    )


def _sorted(baskets: pl.DataFrame) -> pl.DataFrame:
    columns = baskets.select(pl.col("i", "j").cast(pl.Int64), "order", "age")
    return columns.sort("i", "j", "age", "order")
