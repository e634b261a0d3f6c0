"""What a campaign file must fit besides its own form: the shop's channels, stages and offers."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from promoloop.backends.files import read_campaign
from promoloop.core import InvalidError
from promoloop.flows.house import House
from promoloop.offers import Campaign
from promoloop.profiles import LIFECYCLES

__all__ = ["CHANNELS", "campaign_in", "known_campaign", "require_fitting", "store_campaign"]

#: The channels that ``Shop.channels`` opens.
CHANNELS = ("email", "onsite")

#: Tables are named after campaigns, so an id must do as part of a file name.
_ID = re.compile(r"\w[\w.-]{0,63}")


def campaign_in(path: Path, channels: Collection[str] = CHANNELS) -> Campaign:
    """The campaign in a YAML file, fit for a shop with these channels.

    Raises
    ------
    InvalidError
        Naming file and field: what ``read_campaign`` finds, an id that cannot be part of a file
        name, a channel or a lifecycle stage that does not exist.
    """
    campaign = read_campaign(path)
    require_fitting(campaign, f"{path}, campaign {campaign.campaign_id!r}", channels)
    return campaign


def require_fitting(campaign: Campaign, where: str, channels: Collection[str] = CHANNELS) -> None:
    """Refuse a campaign that does not fit a shop with these channels, as ``campaign_in`` does."""
    if not _ID.fullmatch(campaign.campaign_id):
        raise InvalidError(
            f"{where}, field campaign_id",
            "it cannot be part of a file name",
            "Use at most 64 letters, digits, dots, hyphens and underscores; begin with no dot.",
        )
    _known(f"{where}, field channels", campaign.channels, channels)
    _known(f"{where}, field lifecycle", campaign.lifecycle, LIFECYCLES)


def store_campaign(house: House, campaign: Campaign, path: Path) -> str:
    """Store the campaign that stood in ``path``; return its id.

    Raises
    ------
    InvalidError
        When an offer of it is not known, or campaign, offers and shop count in different
        currencies; nothing is stored then.
    """
    where = f"{path}, campaign {campaign.campaign_id!r}"
    offers = {offer.offer_id: offer for offer in house.offers.all()}
    for offer_id in campaign.offer_ids:
        if offer_id not in offers:
            raise InvalidError(
                f"{where}, field offer_ids",
                f"there is no offer {offer_id!r}; known are {_listed(offers)}",
                "Mend the id, or read the offer first: promoloop ingest EVENTS --offers OFFERS.",
            )
        if offers[offer_id].currency != campaign.currency:
            raise InvalidError(
                f"{where}, field currency",
                f"it is {campaign.currency}, but the offer {offer_id!r} counts in"
                f" {offers[offer_id].currency}",
                "Let a campaign and its offers count in one currency.",
            )
    if campaign.currency != house.currency:
        raise InvalidError(
            f"{where}, field currency",
            f"it is {campaign.currency}, but the shop counts in {house.currency}",
            "Mend it, or set currency under [shop] in promoloop.toml.",
        )
    house.campaigns.put(campaign)
    return campaign.campaign_id


def known_campaign(house: House, campaign_id: str) -> Campaign:
    """The campaign of this id; the error names those that are known."""
    known = {campaign.campaign_id: campaign for campaign in house.campaigns.all()}
    if campaign_id not in known:
        raise InvalidError(
            f"the campaign {campaign_id!r}",
            f"there is none of this id; known are {_listed(known)}",
            "Use one of these, or add it: promoloop ingest --campaign campaign.yaml.",
        )
    return known[campaign_id]


def _known(where: str, given: Collection[str], known: Collection[str]) -> None:
    for name in given:
        if name not in known:
            raise InvalidError(where, f"there is no {name!r}", f"Use {', '.join(known)}.")


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "none"
