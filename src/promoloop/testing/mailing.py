"""A small mailing: one sender, one approved text about coffee, and a message to each shopper."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from promoloop.compose import Copy, CopyBank, Verdict
from promoloop.deliver import Message, Outbox, Sender
from promoloop.profiles import Consent, ConsentLedger

__all__ = ["HARVEST_LANE", "agreed", "coffee_copy", "coffee_message", "queue_mailing"]

HARVEST_LANE = Sender(
    name="Harvest Lane",
    address="offers@harvestlane.example",
    shop_name="Harvest Lane",
    shop_address="12 Mill Street, Cincinnati, OH 45202",
    unsubscribe_base="https://harvestlane.example/unsubscribe",
    list_id="offers.harvestlane.example",
)


class Stores(Protocol):
    """What a mailing is put into."""

    @property
    def copies(self) -> CopyBank:
        """The texts."""
        ...

    @property
    def consents(self) -> ConsentLedger:
        """Who agreed."""
        ...

    @property
    def outbox(self) -> Outbox:
        """What is to be sent."""
        ...


def coffee_copy(at: datetime) -> Copy:
    """The approved text ``copy-1``, made at ``at``."""
    return Copy(
        copy_id="copy-1",
        brief_id="b-1",
        offer_id="o-1",
        offer_revision=1,
        locale="en-US",
        channel="email",
        moment="active",
        variant="a",
        parts={
            "subject": "Coffee: {{reward}}, {{deadline}}",
            "preheader": "One code, every roast.",
            "headline": "{{reward}} on your next bag",
            "body": "Take {{reward}}. It {{deadline}}.",
            "call": "Choose your coffee",
        },
        source="template",
        model="",
        prompt_hash="",
        verdict=Verdict(True, (), ()),
        refused=(),
        created_at=at,
    )


def coffee_message(number: int, now: datetime) -> Message:
    """The message to shopper ``s-NUMBER``: due for an hour, good for ten days."""
    return Message(
        dedupe_key=f"d-{number}",
        decision_id=f"d-{number}",
        campaign_id="c-1",
        shopper_id=f"s-{number}",
        channel="email",
        address=f"s{number}@mail.example",
        time_zone="America/New_York",
        locale="en-US",
        copy_id="copy-1",
        slots={"reward": "20% off", "deadline": "ends Nov 30", "code": "COFFEE20"},
        not_before=now - timedelta(hours=1),
        expires_at=now + timedelta(days=10),
    )


def agreed(shoppers: int, now: datetime, *channels: str) -> list[Consent]:
    """That ``s-0``, ``s-1``... agreed to marketing on each channel nine days ago."""
    at = now - timedelta(days=9)
    return [
        Consent(f"s-{number}", channel, "marketing", True, at, "form")
        for number in range(shoppers)
        for channel in channels
    ]


def queue_mailing(stores: Stores, shoppers: int, now: datetime) -> None:
    """One approved text, shoppers who agreed to e-mail, and a message due to each of them."""
    stores.copies.put([coffee_copy(now)])
    stores.consents.record(agreed(shoppers, now, "email"))
    stores.outbox.enqueue([coffee_message(number, now) for number in range(shoppers)])
