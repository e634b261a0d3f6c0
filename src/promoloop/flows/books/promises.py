"""What was promised to whom, looked up by what an order or a click says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from promoloop.decide import Decision
from promoloop.flows.house import House
from promoloop.flows.schedule import WEEK
from promoloop.offers import Campaign, CouponCode, Offer

__all__ = ["Promise", "Promises"]


@dataclass(frozen=True, slots=True)
class Promise:
    """One offer held by one shopper until ``until``; it may cost at most ``most_minor``."""

    decision: Decision
    offer: Offer
    until: datetime
    most_minor: int

    def holds(self, at: datetime) -> bool:
        """Whether the shopper can use it at ``at``."""
        return self.decision.decided_at <= at < self.until


class Promises:
    """All decisions of some campaigns, and the promises among them.

    A code from a pool is taken for the promise of whoever uses it and was promised that offer:
    which code of the pool a message carried is known to its message alone.
    """

    def __init__(self, house: House, campaigns: Sequence[Campaign]) -> None:
        self._decisions: dict[str, Decision] = {}
        self._held: defaultdict[tuple[str, str], list[Promise]] = defaultdict(list)
        self._offers_of: defaultdict[str, set[str]] = defaultdict(set)
        self._coded: set[str] = set()
        for campaign in campaigns:
            self._add(house, campaign)

    def decision(self, decision_id: str) -> Decision | None:
        """The decision of this id, where a campaign has it."""
        return self._decisions.get(decision_id)

    def by_code(self, shopper_id: str, code: str, at: datetime) -> Promise | None:
        """The shopper's latest promise that ``code`` redeems at ``at``.

        An offer without codes goes by its own id.
        """
        found = [self._latest(shopper_id, offer, at) for offer in self._offers_of.get(code, ())]
        return max(
            (one for one in found if one), key=lambda one: one.decision.decided_at, default=None
        )

    def by_name(
        self, shopper_id: str, campaign_id: str, said: dict[str, object], at: datetime
    ) -> Promise | None:
        """The promise of an offer without codes that an order names by decision or offer."""
        decision = self._decisions.get(str(said.get("decision_id", "")))
        offer_id = decision.offer_id if decision else said.get("offer_id")
        promise = self._latest(shopper_id, str(offer_id), at)
        if promise is None or str(offer_id) in self._coded:
            return None
        named = decision is None or decision.decision_id == promise.decision.decision_id
        return promise if named and promise.decision.campaign_id == campaign_id else None

    def why_not(self, shopper_id: str, code: str) -> str:
        """Why ``by_code`` found nothing."""
        if code not in self._offers_of:
            return "unknown_code"
        held = any((shopper_id, offer) in self._held for offer in self._offers_of[code])
        return "out_of_time" if held else "not_promised"

    def _latest(self, shopper_id: str, offer_id: str, at: datetime) -> Promise | None:
        held = [one for one in self._held.get((shopper_id, offer_id), ()) if one.holds(at)]
        return max(held, key=lambda one: one.decision.decided_at, default=None)

    def _add(self, house: House, campaign: Campaign) -> None:
        offers = {offer_id: house.offers.get(offer_id) for offer_id in campaign.offer_ids}
        for offer in offers.values():
            codes = _codes(offer)
            self._coded |= {offer.offer_id} if codes else set()
            for code in codes or (offer.offer_id,):
                self._offers_of[code].add(offer.offer_id)
        for decision in house.decisions.of_campaign(campaign.campaign_id):
            self._decisions[decision.decision_id] = decision
            offer_id = decision.offer_id
            if offer_id in offers and offer_id is not None:
                promise = _promise(decision, offers[offer_id], campaign)
                self._held[decision.shopper_id, offer_id].append(promise)


def _promise(decision: Decision, offer: Offer, campaign: Campaign) -> Promise:
    """Good until the week it was made in ends, as it was issued."""
    week = (decision.decided_at - campaign.starts_at) // WEEK
    contact = campaign.channels.get(decision.channel or "", 0)
    return Promise(
        decision=decision,
        offer=offer,
        until=campaign.starts_at + (week + 1) * WEEK,
        most_minor=max(0, decision.liability_minor - contact) + decision.partner_liability_minor,
    )


def _codes(offer: Offer) -> tuple[str, ...]:
    return tuple(
        code for part in offer.conditions if isinstance(part, CouponCode) for code in part.codes
    )
