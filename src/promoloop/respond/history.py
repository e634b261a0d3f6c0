"""What was known of each targeted shopper the moment a campaign began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

__all__ = ["REDEMPTION_FEATURES", "CampaignHistory", "redemption_features"]

#: The columns ``redemption_features`` adds, in the order the model reads them.
REDEMPTION_FEATURES = (
    "past_redemptions",
    "past_redeemed_campaigns",
    "past_targetings",
    "past_redemption_rate",
    "redemption_recency_days",
    "recency_days",
    "orders",
    "orders_8w",
    "revenue",
    "revenue_8w",
    "basket",
    "coupon_lines",
    "coupon_lines_8w",
    "coupon_share",
    "discount_share",
    "products_bought",
    "coupon_products_bought",
    "coupon_revenue",
    "coupon_revenue_share",
    "coupons_matched",
    "coupons_matched_8w",
    "campaign_days",
    "campaign_coupons",
    "campaign_audience",
    "campaign_redemption_rate",
)

_NEVER = 400.0  # days: longer than the history is deep


@dataclass(frozen=True, slots=True)
class CampaignHistory:
    """Past coupon campaigns of a shop, as four tables; moments are UTC.

    ``campaigns`` [campaign_id, kind, starts_at, ends_at]; ``targeted`` [campaign_id, shopper_id];
    ``redemptions`` [campaign_id, shopper_id, redeemed_at], one row per coupon used;
    ``coupons`` [campaign_id, coupon_id, product_id], the products each coupon was good for.
    """

    campaigns: pl.DataFrame
    targeted: pl.DataFrame
    redemptions: pl.DataFrame
    coupons: pl.DataFrame


def redemption_features(
    lines: pl.LazyFrame, history: CampaignHistory, campaign_ids: Sequence[str]
) -> pl.DataFrame:
    """One row per (campaign, targeted shopper), from before the campaign's first day only.

    Parameters
    ----------
    lines : LazyFrame of EVENT_LINES
    history : CampaignHistory
    campaign_ids : sequence of str
        Which campaigns to describe; all others still count as past where they were.

    Returns
    -------
    DataFrame
        ``campaign_id``, ``shopper_id``, ``redeemed`` (bool, any coupon of this campaign used)
        and ``REDEMPTION_FEATURES`` as Float64.
    """
    bought = (
        lines.filter(pl.col("event") == "Order Completed")
        .select(
            "shopper_id",
            "timestamp",
            "order_id",
            "product_id",
            "revenue_minor",
            "discount_minor",
            "coupon_minor",
        )
        .collect()
    )
    parts = [
        _one_campaign(bought, history, row)
        for row in history.campaigns.filter(
            pl.col("campaign_id").is_in(list(campaign_ids))
        ).iter_rows(named=True)
    ]
    return pl.concat(parts)


def _one_campaign(
    bought: pl.DataFrame, history: CampaignHistory, campaign: dict[str, object]
) -> pl.DataFrame:
    identity, start = str(campaign["campaign_id"]), campaign["starts_at"]
    end = campaign["ends_at"]
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        raise TypeError("starts_at and ends_at must be moments")
    audience = history.targeted.filter(pl.col("campaign_id") == identity).select("shopper_id")
    used = history.redemptions.filter(pl.col("campaign_id") == identity)
    before = bought.filter(
        (pl.col("timestamp") < start) & pl.col("shopper_id").is_in(audience["shopper_id"].to_list())
    )
    coupons = history.coupons.filter(pl.col("campaign_id") == identity)
    frame = (
        audience.join(_past_redemptions(history, start), on="shopper_id", how="left")
        .join(_past_targetings(history, start), on="shopper_id", how="left")
        .join(_habits(before, start), on="shopper_id", how="left")
        .join(_overlap(before, coupons, start), on="shopper_id", how="left")
        .with_columns(
            campaign_id=pl.lit(identity),
            redeemed=pl.col("shopper_id").is_in(used["shopper_id"].to_list()),
            campaign_days=pl.lit(float((end - start).days)),
            campaign_coupons=pl.lit(float(coupons["coupon_id"].n_unique())),
            campaign_audience=pl.lit(float(audience.height)),
            campaign_redemption_rate=pl.lit(_rate_of_kind(history, str(campaign["kind"]), start)),
        )
    )
    return _finished(frame)


def _finished(frame: pl.DataFrame) -> pl.DataFrame:
    """Rates from counts, and a plain value where there was no history at all."""
    absent = {"redemption_recency_days": _NEVER, "recency_days": _NEVER}
    rate = (pl.col("past_redeemed_campaigns") + 0.15) / (pl.col("past_targetings") + 1.0)
    return (
        frame.with_columns(pl.col(name).fill_null(value) for name, value in absent.items())
        .fill_null(0)
        .with_columns(past_redemption_rate=rate)
        .select(
            "campaign_id",
            "shopper_id",
            "redeemed",
            *(pl.col(name).cast(pl.Float64) for name in REDEMPTION_FEATURES),
        )
    )


def _past_redemptions(history: CampaignHistory, start: datetime) -> pl.DataFrame:
    past = history.redemptions.filter(pl.col("redeemed_at") < start)
    return past.group_by("shopper_id").agg(
        past_redemptions=pl.len(),
        past_redeemed_campaigns=pl.col("campaign_id").n_unique(),
        redemption_recency_days=_days(start, pl.col("redeemed_at").max()),
    )


def _past_targetings(history: CampaignHistory, start: datetime) -> pl.DataFrame:
    begun = history.campaigns.filter(pl.col("starts_at") < start)["campaign_id"].to_list()
    past = history.targeted.filter(pl.col("campaign_id").is_in(begun))
    return past.group_by("shopper_id").agg(past_targetings=pl.len())


def _habits(before: pl.DataFrame, start: datetime) -> pl.DataFrame:
    late = pl.col("timestamp") >= start - timedelta(weeks=8)
    listed = pl.col("revenue_minor") + pl.col("discount_minor")
    return (
        before.group_by("shopper_id")
        .agg(
            recency_days=_days(start, pl.col("timestamp").max()),
            orders=pl.col("order_id").n_unique(),
            orders_8w=pl.col("order_id").filter(late).n_unique(),
            revenue=pl.col("revenue_minor").sum(),
            revenue_8w=pl.col("revenue_minor").filter(late).sum(),
            coupon_lines=(pl.col("coupon_minor") > 0).sum(),
            coupon_lines_8w=(pl.col("coupon_minor").filter(late) > 0).sum(),
            coupon_share=(pl.col("coupon_minor") > 0).mean(),
            discount_share=pl.col("discount_minor").sum() / (listed.sum() + 1),
            products_bought=pl.col("product_id").n_unique(),
        )
        .with_columns(basket=pl.col("revenue") / pl.col("orders"))
    )


def _overlap(before: pl.DataFrame, coupons: pl.DataFrame, start: datetime) -> pl.DataFrame:
    """How much of what the coupons are good for the shopper buys anyway."""
    covered = coupons.select("product_id").unique()
    own = before.join(covered, on="product_id", how="semi")
    total = before.group_by("shopper_id").agg(all_revenue=pl.col("revenue_minor").sum())
    sums = own.group_by("shopper_id").agg(
        coupon_products_bought=pl.col("product_id").n_unique(),
        coupon_revenue=pl.col("revenue_minor").sum(),
    )
    late = own.filter(pl.col("timestamp") >= start - timedelta(weeks=8))
    return (
        sums.join(_matched(own, coupons, "coupons_matched"), on="shopper_id", how="left")
        .join(_matched(late, coupons, "coupons_matched_8w"), on="shopper_id", how="left")
        .join(total, on="shopper_id", how="left")
        .with_columns(coupon_revenue_share=pl.col("coupon_revenue") / (pl.col("all_revenue") + 1))
        .drop("all_revenue")
    )


def _matched(own: pl.DataFrame, coupons: pl.DataFrame, name: str) -> pl.DataFrame:
    pairs = own.select("shopper_id", "product_id").unique()
    return (
        pairs.join(coupons.select("coupon_id", "product_id"), on="product_id")
        .group_by("shopper_id")
        .agg(pl.col("coupon_id").n_unique().alias(name))
    )


def _rate_of_kind(history: CampaignHistory, kind: str, start: datetime) -> float:
    """Share of those targeted who redeemed in ended campaigns of this kind, shrunk to 8 %."""
    ended = history.campaigns.filter((pl.col("kind") == kind) & (pl.col("ends_at") < start))
    identities = ended["campaign_id"].to_list()
    targeted = history.targeted.filter(pl.col("campaign_id").is_in(identities)).height
    used = history.redemptions.filter(
        pl.col("campaign_id").is_in(identities) & (pl.col("redeemed_at") < start)
    )
    redeemers = used.select("campaign_id", "shopper_id").unique().height
    return (redeemers + 0.08 * 100) / (targeted + 100)


def _days(start: datetime, moment: pl.Expr) -> pl.Expr:
    return (pl.lit(start) - moment).dt.total_seconds() / 86_400
