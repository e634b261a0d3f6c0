"""What arrived, read again from outside: does any message state a fact its offer does not?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from promoloop.compose import facts_for_copy, verify
from promoloop.flows.books.stock import code_pool
from promoloop.flows.history.audience import Audience
from promoloop.flows.house import House
from promoloop.flows.schedule import WEEK, cycle_start, issued
from promoloop.offers import Campaign

__all__ = ["Arrived", "body_of", "wrong_facts_in"]

#: Where a plain-text part ends and the letterhead begins (RFC 3676, 4.3).
_SIGNATURE = "\n-- \n"


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message as it was received: which decision it is of, and what it says."""

    decision_id: str
    locale: str
    channel: str
    text: str


def body_of(text: str) -> str:
    """A plain-text part without letterhead and links, which carry no offer."""
    said = text.replace("\r\n", "\n").split(_SIGNATURE)[0]
    return "\n".join(line for line in said.splitlines() if not line.startswith("http")).strip()


def wrong_facts_in(
    house: House, campaign: Campaign, audience: Audience, arrived: Iterable[Arrived]
) -> list[tuple[str, tuple[str, ...]]]:
    """Messages that state what the offer, as it was promised that week, does not hold.

    Returns the decision id and the verifier's reasons of each; an empty list is what must be.
    """
    zones = dict(zip(audience.ids, audience.time_zones, strict=True))
    stages = dict(zip(audience.ids, audience.profiles["lifecycle"].to_list(), strict=True))
    offers = {offer_id: house.offers.get(offer_id) for offer_id in campaign.offer_ids}

    @cache
    def reasons(
        offer_id: str, week: int, locale: str, zone: str, stage: str, text: str, channel: str
    ) -> tuple[str, ...]:
        offer = issued(offers[offer_id], cycle_start(campaign, week))
        drawn = next((code for code in code_pool(offer) if code in text), None)
        facts = facts_for_copy(offer, locale, zone, drawn)
        return tuple(verify(text, facts, channel, stage).reasons)

    wrong: list[tuple[str, tuple[str, ...]]] = []
    for message in arrived:
        decision = house.decisions.get(message.decision_id)
        if decision.offer_id is None:
            wrong.append((message.decision_id, ("it was decided to send nothing",)))
            continue
        shopper = decision.shopper_id
        week = (decision.decided_at - campaign.starts_at) // WEEK + 1
        found = reasons(
            decision.offer_id,
            week,
            message.locale,
            zones[shopper],
            stages[shopper],
            body_of(message.text),
            message.channel,
        )
        if found:
            wrong.append((message.decision_id, found))
    return wrong
