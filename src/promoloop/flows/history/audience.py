"""The shoppers a campaign may speak to: row i is the same shopper in every column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop.core import RefusedError
from promoloop.decide import held_out
from promoloop.flows.house import House
from promoloop.offers import Campaign
from promoloop.profiles import address_digest
from promoloop.respond import Baseline

__all__ = ["PURPOSE", "Audience", "baseline_frame", "load_audience"]

#: The purpose that shoppers consent to when they agree to promotions.
PURPOSE = "promotions"


@dataclass(frozen=True, slots=True)
class Audience:
    """Profiles, what happens without an offer, how to reach whom, and who agreed to what.

    ``consent`` maps channel to a boolean per shopper, False where the address is one that is never
    written to; ``addresses`` likewise to text. ``held_out`` counts those who would belong to it but
    are in the global holdout.
    """

    ids: tuple[str, ...]
    profiles: pl.DataFrame
    baseline: Baseline
    locales: tuple[str, ...]
    time_zones: tuple[str, ...]
    emails: tuple[str, ...]
    consent: Mapping[str, NDArray[np.bool_]]
    held_out: int = 0
    phones: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def address(self, channel: str, row: int) -> str:
        """Where the shopper is reached: by mail, by telephone, else by their id."""
        if channel == "email":
            return self.emails[row]
        if channel == "sms":
            return self.phones[row] if self.phones else ""
        return self.ids[row]


def load_audience(house: House, campaign: Campaign) -> Audience:
    """Everyone with a profile in the campaign's lifecycle stages, sorted by id.

    Without the global holdout, of whom no campaign knows.

    Raises
    ------
    RefusedError
        When nobody is left.
    """
    frame = house.tables.get("profiles").sort("shopper_id")
    if campaign.lifecycle:
        frame = frame.filter(pl.col("lifecycle").is_in(list(campaign.lifecycle)))
    if frame.is_empty():
        raise RefusedError(
            f"the audience of campaign {campaign.campaign_id}",
            f"no shopper is in the stages {', '.join(campaign.lifecycle) or '(any)'}",
            "Ingest events and run `promoloop learn`, or widen `lifecycle`.",
        )
    outside = held_out(frame["shopper_id"].to_list(), house.holdout)
    frame = frame.filter(~pl.Series(outside, dtype=pl.Boolean))
    if frame.is_empty():
        raise RefusedError(
            f"the audience of campaign {campaign.campaign_id}",
            f"all {len(outside)} shoppers are in the global holdout",
            "Widen the campaign's `lifecycle`, or hold out a smaller share.",
        )
    ids = tuple(frame["shopper_id"].to_list())
    contacts = frame.select("shopper_id").join(
        house.tables.get("contacts"), on="shopper_id", how="left", maintain_order="left"
    )
    emails = tuple(address or "" for address in contacts["email"].to_list())
    phones = _phones(contacts)
    reachable = {"email": _reachable(house, emails), "sms": _reachable(house, phones)}
    return Audience(
        ids=ids,
        profiles=frame,
        baseline=_baseline(house.tables.get("baseline"), ids),
        locales=tuple(_known(tag, house.locales) for tag in contacts["locale"].to_list()),
        time_zones=tuple(zone or house.time_zone for zone in contacts["time_zone"].to_list()),
        emails=emails,
        consent={
            channel: np.isin(np.array(ids), sorted(house.consents.granted(channel, PURPOSE)))
            & reachable.get(channel, np.True_)
            for channel in campaign.channels
        },
        held_out=sum(outside),
        phones=phones,
    )


def _reachable(house: House, addresses: tuple[str, ...]) -> NDArray[np.bool_]:
    """Whose address is not one that is never written to: money is not set aside for them."""
    if house.suppressions is None or not house.suppressions.counts():
        return np.ones(len(addresses), dtype=np.bool_)
    digests = [address_digest(one, house.address_key) if one else "" for one in addresses]
    barred = house.suppressions.among({one for one in digests if one})
    return np.array([one not in barred for one in digests], dtype=np.bool_)


def baseline_frame(baseline: Baseline) -> pl.DataFrame:
    """A ``Baseline`` as a long table, one row per shopper and group."""
    n, g = baseline.probability.shape
    return pl.DataFrame(
        {
            "shopper_id": np.repeat(baseline.shopper_ids.astype(str), g).tolist(),
            "group": list(baseline.groups) * n,
            "probability": baseline.probability.ravel(),
            "basket_minor": baseline.basket_minor.ravel(),
            "margin_minor": baseline.margin_minor.ravel(),
        }
    )


def _baseline(frame: pl.DataFrame, ids: tuple[str, ...]) -> Baseline:
    """Rows of the stored baseline for ``ids``, in their order."""
    groups = tuple(frame["group"].unique(maintain_order=True).to_list())
    wanted = pl.DataFrame({"shopper_id": ids})
    rows = wanted.join(frame, on="shopper_id", how="left", maintain_order="left_right")
    shape = (len(ids), len(groups))
    return Baseline(
        shopper_ids=np.array(ids),
        groups=groups,
        probability=rows["probability"].to_numpy().reshape(shape),
        basket_minor=rows["basket_minor"].to_numpy().reshape(shape),
        margin_minor=rows["margin_minor"].to_numpy().reshape(shape),
    )


def _phones(contacts: pl.DataFrame) -> tuple[str, ...]:
    """Numbers by row; tables learnt before numbers were kept have none."""
    said = contacts["phone"].to_list() if "phone" in contacts.columns else []
    return tuple(number or "" for number in said)


def _known(tag: str | None, locales: tuple[str, ...]) -> str:
    """The shopper's locale when the shop writes in it, else the shop's first."""
    return tag if tag in locales else locales[0]
