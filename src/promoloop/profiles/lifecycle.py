"""Where a shopper stands: new, active, vip, cooling or lapsed."""

from __future__ import annotations

import polars as pl

__all__ = ["lifecycle_of"]

_NEW_DAYS = 28.0
_LEAST_RHYTHM_DAYS = 7.0
_USUAL_RHYTHM_DAYS = 28.0
_COOLING_GAPS = 3.0
_LAPSED_GAPS = 6.0
_VIP_SHARE = 0.1


def lifecycle_of(shoppers: pl.DataFrame) -> pl.Series:
    """Lifecycle stage of each shopper, against the shopper's own purchase rhythm.

    The rhythm is the mean gap between orders, at least 7 days; a shopper with one order is given
    the median rhythm of the others (28 days when there are none). The first rule that holds:

    ======== ====================================================================
    new      the first order is at most 28 days ago
    lapsed   silent for more than 6 own gaps
    cooling  silent for more than 3 own gaps
    vip      among the tenth of all shoppers with the highest weekly revenue
    active   otherwise
    ======== ====================================================================

    If gaps were exponential, a shopper who is still there would be silent for more than 3 mean
    gaps in 5 % of the gaps (exp(-3)) and more than 6 in 0.25 %. Shoppers who come in bursts or
    by season are called cooling too early by this rule.

    Parameters
    ----------
    shoppers : DataFrame
        Columns ``age_days`` (since the first order), ``recency_days`` (since the last),
        ``orders`` and ``weekly_revenue_minor``.

    Returns
    -------
    Series of str named ``lifecycle``, in the order of the rows.

    Examples
    --------
    >>> weekly = pl.DataFrame({"age_days": [100.0] * 3, "recency_days": [2.0, 30.0, 90.0],
    ...                        "orders": [15, 11, 2], "weekly_revenue_minor": [900.0, 20.0, 10.0]})
    >>> lifecycle_of(weekly).to_list()
    ['vip', 'cooling', 'lapsed']
    """
    own = (pl.col("age_days") - pl.col("recency_days")) / (pl.col("orders") - 1)
    gap = pl.when(pl.col("orders") > 1).then(own.clip(lower_bound=_LEAST_RHYTHM_DAYS))
    rhythm = gap.fill_null(gap.median()).fill_null(_USUAL_RHYTHM_DAYS)
    silent = pl.col("recency_days") / rhythm
    rank = pl.col("weekly_revenue_minor").rank("min", descending=True)
    stage = (
        pl.when(pl.col("age_days") <= _NEW_DAYS)
        .then(pl.lit("new"))
        .when(silent > _LAPSED_GAPS)
        .then(pl.lit("lapsed"))
        .when(silent > _COOLING_GAPS)
        .then(pl.lit("cooling"))
        .when(rank <= (pl.len() * _VIP_SHARE).ceil())
        .then(pl.lit("vip"))
        .otherwise(pl.lit("active"))
    )
    return shoppers.select(stage.alias("lifecycle"))["lifecycle"]
