"""Weekly cycles of a campaign: when each begins, and how long its promises hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from promoloop.core import RefusedError
from promoloop.offers import Campaign, Offer

__all__ = ["GRACE", "WEEK", "account_of", "cycle_of", "cycle_start", "issued", "weeks_over"]

WEEK = timedelta(days=7)

#: How long past the promise money stays set aside, for orders that are reported late.
GRACE = timedelta(days=1)


def account_of(campaign: Campaign) -> str:
    """The campaign's account in the budget ledger."""
    return campaign.campaign_id


def cycle_of(campaign: Campaign, now: datetime) -> int:
    """The number of the campaign's week that ``now`` is in, from 1.

    Raises ``RefusedError`` before the campaign starts and after it ends.
    """
    week = (now - campaign.starts_at) // WEEK + 1
    if not 1 <= week <= campaign.weeks:
        raise RefusedError(
            f"deciding for campaign {campaign.campaign_id} at {now.isoformat()}",
            f"it runs {campaign.weeks} weeks from {campaign.starts_at.isoformat()}",
            "Give a moment within the campaign with --now, or change its dates.",
        )
    return week


def weeks_over(campaign: Campaign, now: datetime) -> int:
    """How many of the campaign's weeks have ended, with the time for late orders."""
    return max(0, min(campaign.weeks, (now - GRACE - campaign.starts_at) // WEEK))


def cycle_start(campaign: Campaign, week: int) -> datetime:
    """The moment week ``week`` (from 1) begins."""
    return campaign.starts_at + (week - 1) * WEEK


def issued(offer: Offer, start: datetime) -> Offer:
    """The offer as it is promised in the week from ``start``: valid until that week ends.

    A promise with a near end is one the budget can hold money for (see ADR 2). An offer that does
    not run in that week comes back as it is: the guard ``OfferValid`` keeps it from being promised.
    """
    opens = max(offer.valid_from, start)
    closes = min(offer.valid_until, start + WEEK - timedelta(seconds=1))
    if opens >= closes:
        return offer
    return replace(offer, valid_from=opens, valid_until=closes)
