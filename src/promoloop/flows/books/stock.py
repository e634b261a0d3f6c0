"""Units that are left of limited offers: caps in the ledger, and codes in a pool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import polars as pl

from promoloop.core import InvalidError, RefusedError
from promoloop.flows.books.partners import open_partners
from promoloop.flows.house import House
from promoloop.flows.schedule import account_of
from promoloop.offers import Campaign, Caps, CouponCode, Offer, liability_minor

__all__ = ["code_pool", "codes_used", "open_budget", "units_left"]


def open_budget(house: House, campaign: Campaign) -> None:
    """Open the campaign's account, with its budget and units per offer, and its partners'.

    Raises
    ------
    RefusedError
        When another campaign has one of its limited offers: each counts its own promises, so
        codes would be given twice and caps exceeded. When a partner's account has other terms.
    """
    offers = [house.offers.get(offer_id) for offer_id in campaign.offer_ids]
    _require_own(house, campaign, offers)
    units = {offer.offer_id: _units(offer) for offer in offers}
    limited = {offer_id: count for offer_id, count in units.items() if count is not None}
    house.ledger.open(account_of(campaign), campaign.budget_minor, limited)
    open_partners(house, offers)


def units_left(
    house: House, campaign: Campaign, offers: Sequence[Offer], used: Mapping[str, int]
) -> Mapping[str, int]:
    """Promises that can still be made per limited offer: units in the ledger, codes in the pool."""
    left = dict(house.stock.stock_left(account_of(campaign)))
    for offer in offers:
        if code_pool(offer):
            codes = _codes_left(house, offer, used.get(offer.offer_id, 0))
            left[offer.offer_id] = min(left.get(offer.offer_id, codes), codes)
    return left


def codes_used(promises: pl.DataFrame) -> Counter[str]:
    """How many promises of each offer were ever made: a code given away never comes back.

    ``promises`` has the columns ``offer_id`` and ``promised``; see ``promises_so_far``.
    """
    totals = promises.group_by("offer_id").agg(pl.col("promised").sum())
    return Counter(dict(totals.iter_rows()))


def code_pool(offer: Offer) -> tuple[str, ...]:
    """The offer's single-use codes; empty where it has none or one for all."""
    conditions = [part for part in offer.conditions if isinstance(part, CouponCode)]
    codes = conditions[0].codes if conditions else ()
    return codes if len(codes) > 1 else ()


def _codes_left(house: House, offer: Offer, used: int) -> int:
    """Codes nobody has; a pool is put into its store the first time it is asked for."""
    pool = code_pool(offer)
    if house.codes is None:
        return len(pool) - used
    house.codes.fill(offer.offer_id, pool, used)
    return house.codes.left(offer.offer_id)


def _require_own(house: House, campaign: Campaign, offers: Sequence[Offer]) -> None:
    limited = {one.offer_id for one in offers if code_pool(one) or one.caps != Caps()}
    for other in house.campaigns.all():
        shared = sorted(limited & set(other.offer_ids))
        if shared and other.campaign_id != campaign.campaign_id and _begun(house, other):
            raise RefusedError(
                f"deciding for campaign {campaign.campaign_id} with the offer {shared[0]}",
                f"it has a pool of codes or caps, and campaign {other.campaign_id} promises it",
                "Give each campaign an offer of its own, with its own codes and caps.",
            )


def _begun(house: House, campaign: Campaign) -> bool:
    try:
        house.ledger.state(account_of(campaign))
    except InvalidError:
        return False
    return True


def _units(offer: Offer) -> int | None:
    """Promises that may be open at once: by the cap on promises, and by that on money.

    A promise costs at most its liability, so as many as fit into the money can never exceed it.
    """
    limits = [] if offer.caps.total is None else [offer.caps.total]
    if offer.caps.money_minor is not None:
        limits.append(offer.caps.money_minor // max(1, liability_minor(offer)))
    return min(limits, default=None)
