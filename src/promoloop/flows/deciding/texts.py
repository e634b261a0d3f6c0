"""Which texts run, and how much better than the others each is believed to do.

Renewal (``flows.learning.copy``) keeps two tables per campaign: ``copylifts-CAMPAIGN`` with what is
believed of every text, and ``copyrest-CAMPAIGN`` with those that rest because shoppers have seen
them too often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop.compose import Copy, copy_cell
from promoloop.flows.history.audience import Audience
from promoloop.flows.house import House
from promoloop.offers import Campaign
from promoloop.respond import CopyLifts, ShopperTraits

__all__ = ["LIFTS", "RESTING", "lifts_table", "rest_table", "usable_copies", "with_copy_lifts"]

LIFTS = pl.Schema(
    {
        "copy_id": pl.String(),
        "cell": pl.String(),
        "mean": pl.Float64(),
        "sd": pl.Float64(),
        "estimate": pl.Float64(),
        "error": pl.Float64(),
        "sent": pl.Int64(),
    }
)
"""``mean`` and ``sd`` are the belief in log odds, ``estimate`` and ``error`` what was measured."""

RESTING = pl.Schema({"copy_id": pl.String(), "until": pl.Datetime("us", "UTC")})


def lifts_table(campaign: Campaign) -> str:
    """Where what is believed of the campaign's texts is kept."""
    return f"copylifts-{campaign.campaign_id}"


def rest_table(campaign: Campaign) -> str:
    """Where it is kept which texts of the campaign rest, and until when."""
    return f"copyrest-{campaign.campaign_id}"


def usable_copies(
    house: House, campaign: Campaign, approved: Sequence[Copy], now: datetime
) -> tuple[Copy, ...]:
    """``approved`` without those that rest, in the same order; no cell is left without a text."""
    name = rest_table(campaign)
    if name not in house.tables.names():
        return tuple(approved)
    rests = house.tables.get(name).filter(pl.col("until") > now)["copy_id"]
    resting = set(rests.to_list())
    awake = Counter(copy_cell(copy) for copy in approved if copy.copy_id not in resting)
    return tuple(
        copy for copy in approved if copy.copy_id not in resting or not awake[copy_cell(copy)]
    )


def with_copy_lifts(
    house: House,
    campaign: Campaign,
    traits: ShopperTraits,
    audience: Audience,
    copies: Sequence[Copy],
) -> ShopperTraits:
    """``traits`` with what is believed of ``copies``; as they are before the first renewal."""
    name = lifts_table(campaign)
    if name not in house.tables.names():
        return traits
    believed = dict(house.tables.get(name).select("copy_id", "mean").iter_rows())
    stages = audience.profiles["lifecycle"].to_list()
    shoppers = list(zip(audience.locales, stages, strict=True))
    cells = {cell: at for at, cell in enumerate(sorted(set(shoppers)))}
    found: dict[tuple[str, str, str], NDArray[np.float64]] = {}
    for copy in copies:
        cell = cells.get((copy.locale, copy.moment))
        if cell is not None:
            key = (copy.offer_id, copy.channel, copy.variant)
            found.setdefault(key, np.zeros(len(cells)))[cell] = believed.get(copy.copy_id, 0.0)
    place = np.array([cells[shopper] for shopper in shoppers], dtype=np.int64)
    return traits.with_copy_lifts(CopyLifts(place, found))
