"""What the hybrid looks at when it weighs a product for a shopper.

All of it is counted from baskets before the moment in question. Ages and gaps are in days.

======================= =========================================================================
own history             baskets with the product, share of all own baskets, decayed counts with
                        four half lives, days since the first and last, gap between purchases
                        (mean, median, spread), ``due`` = days since the last / mean gap
the shopper             baskets in all, in 28 and 84 days, decayed; days since first and last;
                        share of lines that were new products
the product             shoppers, baskets in all, in 28 and 84 days, trend, last sold, ``repeat``
                        = share of its buyers of the 84 days before who bought in the last 28
others' histories       the collaborative score
======================= =========================================================================
"""

from __future__ import annotations

import polars as pl

from promoloop.recommend.purchases import Purchases

__all__ = ["FEATURES", "pair_features"]

_HALF_LIVES = (7, 20, 60, 150)
_OWN = ("n", "last", "first", "d7", "d20", "d60", "d150", "gap_median", "gap_sd", "n28")
_DERIVED = ("gap", "due", "rate", "share", "decayed_share")
_SHOPPER = ("s_orders", "s_last", "s_first", "s_28", "s_84", "s_decayed", "s_lines", "s_novel")
_PRODUCT = ("p_shoppers", "p_baskets", "p_28", "p_84", "p_last", "p_repeat", "p_trend")

#: The columns of the feature table, in the order the model sees them.
FEATURES = ("collaborative", *_OWN, *_DERIVED, *_SHOPPER, *_PRODUCT)


def pair_features(purchases: Purchases, pairs: pl.DataFrame) -> pl.DataFrame:
    """Features of shopper and product pairs.

    Parameters
    ----------
    purchases : Purchases
    pairs : DataFrame with columns i, j and collaborative

    Returns
    -------
    DataFrame with columns i, j and ``FEATURES`` (float32), sorted by i and j; null where a
    feature is not defined, such as the gap of a product bought once.
    """
    own = _own_features(purchases.baskets)
    products = _product_features(purchases.baskets, own)
    return (
        pairs.lazy()
        .join(own.lazy(), on=["i", "j"], how="left")
        .join(_shopper_features(purchases.baskets), on="i", how="left")
        .join(products, on="j", how="left")
        .with_columns(_derived())
        .select("i", "j", pl.col(FEATURES).cast(pl.Float32))
        .sort("i", "j")
        .collect()
    )


def _decay(half_life: float) -> pl.Expr:
    return pl.lit(2.0).pow(-pl.col("age") / half_life)


def _own_features(baskets: pl.DataFrame) -> pl.DataFrame:
    """One row per bought pair. Baskets are sorted by age, so gaps are differences of rows."""
    same = (pl.col("i") == pl.col("i").shift(1)) & (pl.col("j") == pl.col("j").shift(1))
    gap = pl.when(same).then(pl.col("age") - pl.col("age").shift(1))
    return (
        baskets.lazy()
        .with_columns(gap.alias("step"), *(_decay(h).alias(f"d{h}") for h in _HALF_LIVES))
        .group_by("i", "j")
        .agg(
            pl.len().alias("n"),
            pl.col("age").min().alias("last"),
            pl.col("age").max().alias("first"),
            *(pl.col(f"d{h}").sum() for h in _HALF_LIVES),
            pl.col("step").median().alias("gap_median"),
            pl.col("step").std().alias("gap_sd"),
            (pl.col("age") <= 28).sum().alias("n28"),
            ((pl.col("age") > 28) & (pl.col("age") <= 112)).any().alias("earlier"),
        )
        .collect()
    )


def _shopper_features(baskets: pl.DataFrame) -> pl.LazyFrame:
    orders = baskets.lazy().group_by("i", "order").agg(pl.col("age").min())
    by_order = orders.group_by("i").agg(
        pl.len().alias("s_orders"),
        pl.col("age").min().alias("s_last"),
        pl.col("age").max().alias("s_first"),
        (pl.col("age") <= 28).sum().alias("s_28"),
        (pl.col("age") <= 84).sum().alias("s_84"),
        _decay(60).sum().alias("s_decayed"),
    )
    by_line = (
        baskets.lazy()
        .group_by("i")
        .agg(
            pl.len().alias("s_lines"),
            (pl.col("j").n_unique() / pl.len()).alias("s_novel"),
        )
    )
    return by_order.join(by_line, on="i")


def _product_features(baskets: pl.DataFrame, own: pl.DataFrame) -> pl.LazyFrame:
    sold = (
        baskets.lazy()
        .group_by("j")
        .agg(
            pl.len().alias("p_baskets"),
            (pl.col("age") <= 28).sum().alias("p_28"),
            (pl.col("age") <= 84).sum().alias("p_84"),
            pl.col("age").min().alias("p_last"),
        )
    )
    again = (pl.col("earlier") & (pl.col("n28") > 0)).sum()
    # Five shoppers who never come back are added, so that rare products claim little.
    buyers = (
        own.lazy()
        .group_by("j")
        .agg(
            pl.len().alias("p_shoppers"),
            (again / (pl.col("earlier").sum() + 5)).alias("p_repeat"),
        )
    )
    return sold.join(buyers, on="j").with_columns(
        (pl.col("p_28") / (pl.col("p_84") + 1)).alias("p_trend")
    )


def _derived() -> list[pl.Expr]:
    n, last, first = pl.col("n"), pl.col("last"), pl.col("first")
    gap = pl.when(n > 1).then((first - last) / (n - 1))
    return [
        gap.alias("gap"),
        pl.when(gap > 0).then(last / gap).alias("due"),
        (n / (first + 7)).alias("rate"),
        (n / pl.col("s_orders")).alias("share"),
        (pl.col("d60") / pl.col("s_decayed")).alias("decayed_share"),
    ]
