"""History folded into everything that decisions read: profiles, contacts, baselines, affinities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop.core import RefusedError
from promoloop.flows.history.audience import PURPOSE
from promoloop.flows.history.habits import keep_baseline
from promoloop.flows.house import House
from promoloop.flows.ports import Progress, silent
from promoloop.profiles import consents_in, contacts_in, fold_profiles
from promoloop.recommend import group_scores
from promoloop.respond import MarginAssumptions, evaluate_baseline, fit_baseline_with_trees

__all__ = ["LearnReport", "learn", "product_frame"]

_STEPS = 5
_CHANNELS = ("email", "onsite", "sms", "push", "webhook", "ads")


@dataclass(frozen=True, slots=True)
class LearnReport:
    """What was learnt from history.

    ``lifecycle`` counts shoppers per stage; ``calibration_error`` is that of the weekly purchase
    probability, foretold for the last four weeks from what came before them. ``paused`` says which
    campaigns their guardrails have paused, and why.
    """

    shoppers: int
    groups: int
    lifecycle: Mapping[str, int]
    contacts: int
    consents: int
    calibration_error: float
    profile_seconds: float
    paused: Mapping[str, str] = field(default_factory=dict)


def learn(house: House, now: datetime, progress: Progress = silent) -> LearnReport:
    """Fold history up to ``now`` into tables. Safe to run again: tables are replaced whole.

    Raises
    ------
    RefusedError
        When there are no orders before ``now``, or no offers to learn about.
    """
    progress("learn", 0, _STEPS)
    lines = house.history.scan().filter(pl.col("timestamp") < now)
    groups = _groups(house)
    products = product_frame(house)
    orders = lines.filter(pl.col("event") == "Order Completed").collect()
    if orders.is_empty():
        raise RefusedError(
            "learning from history",
            f"it holds no orders before {now.isoformat()}",
            "Run `promoloop ingest` first.",
        )
    progress("learn", 1, _STEPS)
    started = perf_counter()
    profiles = fold_profiles(orders.lazy(), products, now)
    seconds = perf_counter() - started
    house.tables.put("profiles", profiles)
    progress("learn", 2, _STEPS)
    contacts, consents = contacts_in(lines), consents_in(lines, _CHANNELS, PURPOSE)
    house.tables.put("contacts", contacts)
    # A yes that must be confirmed first is written when its link is followed, and not before.
    house.consents.record(
        [one for one in consents if not (one.granted and one.channel in house.double_opt_in)]
    )
    progress("learn", 3, _STEPS)
    ids = profiles["shopper_id"].to_list()
    margins = MarginAssumptions.with_own(house.margins)
    fitted = fit_baseline_with_trees(orders.lazy(), products, groups, margins, now, ids)
    keep_baseline(house.tables, fitted)
    known, scores = group_scores(orders, products, groups, now)
    house.tables.put("affinity", _affinity(known, groups, scores))
    progress("learn", 4, _STEPS)
    checked = evaluate_baseline(orders.lazy(), products, groups, now, ids)
    progress("learn", _STEPS, _STEPS)
    return LearnReport(
        shoppers=len(ids),
        groups=len(groups),
        lifecycle=dict(profiles["lifecycle"].value_counts(sort=True).iter_rows()),
        contacts=len(contacts),
        consents=len(consents),
        calibration_error=checked.calibration_error,
        profile_seconds=seconds,
    )


def product_frame(house: House) -> pl.DataFrame:
    """The catalogue as a table: product_id, title, category, department, brand, price_minor."""
    products = house.catalogue.all()
    names = ("product_id", "title", "category", "department", "brand", "price_minor")
    schema = {name: pl.Int64 if name == "price_minor" else pl.String for name in names}
    columns = {name: [getattr(product, name) for product in products] for name in names}
    return pl.DataFrame(columns, schema=schema)


def _groups(house: House) -> tuple[str, ...]:
    """The product groups that the offers of all campaigns are about."""
    offer_ids = {offer_id for campaign in house.campaigns.all() for offer_id in campaign.offer_ids}
    if not offer_ids:
        raise RefusedError(
            "learning how shoppers respond",
            "there is no campaign with offers to learn about",
            "Add one: `promoloop ingest EVENTS --offers OFFERS --campaign CAMPAIGN`.",
        )
    return tuple(sorted({house.offers.get(offer_id).group for offer_id in offer_ids}))


def _affinity(
    known: NDArray[np.str_], groups: Sequence[str], scores: NDArray[np.float64]
) -> pl.DataFrame:
    columns = {group: scores[:, column] for column, group in enumerate(groups)}
    return pl.DataFrame({"shopper_id": known.tolist(), **columns})
