"""Narrow reads for people who look; nothing is ever written through them.

The stores that keep these records have ports of their own, which flows use. These are for pages
that are opened often and must not read what grows with the shoppers row by row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from promoloop.deliver import Message
from promoloop.feedback import Outcome
from promoloop.flows.reads.records import (
    ArmCount,
    ArmSent,
    CodeCount,
    Day,
    Happened,
    MessageCount,
    MessageQuery,
)
from promoloop.offers import Offer

__all__ = ["CampaignViews", "ModelViews", "MoneyViews", "OfferViews", "PersonViews", "Views"]


class CampaignViews(Protocol):
    """Counts of campaigns, made where the rows are."""

    def decided(self, campaign_id: str) -> tuple[ArmCount, ...]:
        """Decisions per arm, by arm."""
        ...

    def messages(self, campaign_id: str = "") -> tuple[MessageCount, ...]:
        """Messages by campaign, channel, state and reason, of one campaign or of all."""
        ...

    def happened(self, campaign_id: str, soon: timedelta) -> tuple[Happened, ...]:
        """Outcomes that name a decision of the campaign, by arm, kind, source and soonness.

        What came less than ``soon`` after its message left counts apart. Decisions whose links
        were followed by what showed itself to be a machine are of the kind ``followed``.
        """
        ...

    def sent(self, campaign_id: str) -> tuple[ArmSent, ...]:
        """Messages of the campaign that left, per arm, by arm."""
        ...


class MoneyViews(Protocol):
    """Money and prices of campaigns over time."""

    def days(self, campaign_id: str) -> tuple[Day, ...]:
        """Every day on which money or messages of the campaign moved, in order."""
        ...

    def prices(
        self, campaign_id: str, moments: Sequence[datetime]
    ) -> Mapping[datetime, Mapping[str, float]]:
        """The prices of the last decision up to each moment; one before the first has none."""
        ...


class PersonViews(Protocol):
    """What is kept on one person, newest first, and lists of messages."""

    def messages_of(self, shopper_id: str, limit: int) -> tuple[Message, ...]:
        """The shopper's newest messages by ``not_before``."""
        ...

    def outcomes_of(self, shopper_id: str, limit: int) -> tuple[Outcome, ...]:
        """The shopper's newest outcomes by ``at``."""
        ...

    def listed(self, query: MessageQuery, limit: int, skip: int = 0) -> tuple[Message, ...]:
        """The newest messages by ``not_before`` that fit, after the newest ``skip`` of them."""
        ...


class OfferViews(Protocol):
    """Offers and their codes, some at a time."""

    def offers(self, text: str, limit: int, skip: int = 0) -> tuple[Offer, ...]:
        """Latest revisions by id, of offers whose id holds ``text`` in any case."""
        ...

    def revisions(self, offer_id: str) -> tuple[Offer, ...]:
        """Every revision of one offer, oldest first; empty when there is none."""
        ...

    def codes(self, offer_id: str) -> CodeCount:
        """How the offer's pool of codes stands; all 0 without one."""
        ...


class ModelViews(Protocol):
    """What models there are."""

    def kinds(self) -> tuple[str, ...]:
        """The kinds there are versions of, sorted."""
        ...


class Views(CampaignViews, MoneyViews, PersonViews, OfferViews, ModelViews, Protocol):
    """All of them, as one store has them."""
