"""From draft to ended: who may move a campaign on, and what its approval covers.

::

    draft → in_review → approved → active ⇄ paused → ended

A campaign that is not active stands in the ``PauseBook``, which everything that decides or sends
obeys; so nothing goes out of one that nobody has approved. An approval covers the campaign and
its offers as they were: what was changed since needs another one. A campaign that was stored from
a file has no such entries and is active, for whoever wrote the file answers for it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from promoloop.core import InvalidError, RefusedError, plain
from promoloop.flows.history.prices import require_price_claims
from promoloop.flows.house import House
from promoloop.flows.measuring.guardrails import lifting
from promoloop.offers import Campaign, Offer, Pause, offer_to_json

__all__ = [
    "DRAFT",
    "MOVES",
    "REASONS",
    "STATES",
    "Standing",
    "campaign_to_json",
    "fingerprint_of",
    "known",
    "move",
    "offer_users",
    "propose",
    "standing",
]

STATES = ("draft", "in_review", "approved", "active", "paused", "ended")

#: What can be done, from which states.
MOVES: Mapping[str, tuple[str, ...]] = {
    "submit": ("draft", "paused"),
    "send_back": ("in_review", "approved"),
    "approve": ("in_review",),
    "activate": ("approved",),
    "pause": ("active",),
    "resume": ("paused",),
    "end": ("draft", "in_review", "approved", "active", "paused"),
}
_LEADS_TO = {
    "submit": "in_review",
    "send_back": "draft",
    "approve": "approved",
    "pause": "by_hand",
    "end": "ended",
}
#: Why it stands as it does, in words; the fingerprint follows an approval.
REASONS: Mapping[str, str] = {
    "submit": "submitted by {by}, waiting for approval",
    "send_back": "sent back by {by}, a draft again",
    "approve": "approved by {by}, not launched yet",
    "activate": "launched by {by}",
    "resume": "let run on by {by}",
    "pause": "paused by {by}",
    "end": "ended by {by}",
}
DRAFT = "a draft by {by}, not submitted yet"
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a campaign stands since when, and why.

    ``approved`` is the fingerprint of what was approved last, "" when nothing was; ``changed``
    says that campaign or offers are not any more what was approved.
    """

    campaign_id: str
    state: str
    since: datetime | None
    reason: str
    approved: str
    changed: bool


def standing(house: House, campaign: Campaign) -> Standing:
    """Where ``campaign`` stands now."""
    book = house.pauses.of(campaign.campaign_id)
    last = book[-1] if book else None
    approvals = [one for one in book if one.metric == "approved"]
    approved = approvals[-1].reason.rpartition(" ")[2] if approvals else ""
    return Standing(
        campaign.campaign_id,
        _state(last),
        last.at if last else None,
        last.reason if last else "",
        approved,
        bool(approved) and approved != fingerprint_of(house, campaign),
    )


def propose(house: House, campaign: Campaign, by: str, now: datetime) -> Standing:
    """Store a new campaign, or a change to one that does not run; it is a draft then.

    Raises
    ------
    InvalidError
        An offer is not known, or currencies differ.
    RefusedError
        It is active, or has ended.
    """
    _require_offers(house, campaign)
    before = {one.campaign_id for one in house.campaigns.all()}
    if campaign.campaign_id in before:
        state = standing(house, campaign).state
        if state in {"active", "ended"}:
            raise RefusedError(
                f"changing the campaign {campaign.campaign_id}",
                f"it is {state}",
                "Pause it first." if state == "active" else "Make a new campaign.",
            )
    # The draft comes first: no moment when it is stored and nothing holds it.
    _write(house, campaign.campaign_id, "draft", DRAFT.format(by=_named(by)), now)
    house.campaigns.put(campaign)
    return standing(house, campaign)


def move(house: House, campaign_id: str, step: str, by: str, now: datetime) -> Standing:
    """Do one of ``MOVES``.

    Raises
    ------
    InvalidError
        For an unknown campaign or step.
    RefusedError
        When the step does not lead on from where it stands, what was approved has changed, or the
        price history does not support what one of its offers announces.
    """
    campaign = known(house, campaign_id)
    if step not in MOVES:
        raise InvalidError(
            f"the step {step!r}", "there is no such step", f"Use one of {', '.join(MOVES)}."
        )
    now_is = standing(house, campaign)
    if now_is.state not in MOVES[step]:
        raise RefusedError(
            f"to {step.replace('_', ' ')} the campaign {campaign_id}",
            f"it is {now_is.state.replace('_', ' ')}",
            f"That can be done from {', '.join(MOVES[step]).replace('_', ' ')}.",
        )
    if step in {"activate", "resume"}:
        _require_unchanged(now_is)
        require_price_claims(house, campaign, now)
        moment = _after(house, campaign_id, now)
        house.pauses.write(lifting(house, campaign_id, moment, REASONS[step].format(by=_named(by))))
        return standing(house, campaign)
    reason = REASONS[step].format(by=_named(by))
    if step == "approve":
        reason = f"{reason}: {fingerprint_of(house, campaign)}"
    _write(house, campaign_id, _LEADS_TO[step], reason, now)
    return standing(house, campaign)


def offer_users(house: House, offer_id: str) -> tuple[str, ...]:
    """The active campaigns that promise this offer."""
    return tuple(
        one.campaign_id
        for one in house.campaigns.all()
        if offer_id in one.offer_ids and standing(house, one).state == "active"
    )


def fingerprint_of(house: House, campaign: Campaign) -> str:
    """What an approval covers, in 16 letters: the campaign and its offers to the last field."""
    offers = {one.offer_id: one for one in house.offers.all()}
    whole = [
        campaign_to_json(campaign),
        [_offer_json(offers.get(offer_id)) for offer_id in campaign.offer_ids],
    ]
    text = json.dumps(whole, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def campaign_to_json(campaign: Campaign) -> dict[str, object]:
    """The campaign as ``campaign_from_data`` reads it."""
    whole = {one.name: plain(getattr(campaign, one.name)) for one in fields(campaign)}
    rails = [
        {"metric": one.metric, "direction": one.direction, "limit": one.limit}
        for one in campaign.guardrails
    ]
    return whole | {"guardrails": rails}


def known(house: House, campaign_id: str) -> Campaign:
    """The campaign of this id; the error says that there is none."""
    return house.campaigns.get(campaign_id)


def _state(last: Pause | None) -> str:
    if last is None or not last.paused:
        return "active"
    return last.metric if last.metric in STATES else "paused"


def _require_unchanged(now_is: Standing) -> None:
    if now_is.changed:
        raise RefusedError(
            f"running the campaign {now_is.campaign_id}",
            "it or one of its offers was changed after it was approved",
            "Submit it, and have it approved again.",
        )


def _require_offers(house: House, campaign: Campaign) -> None:
    offers = {one.offer_id: one for one in house.offers.all()}
    where = f"campaign {campaign.campaign_id!r}"
    for offer_id in campaign.offer_ids:
        if offer_id not in offers:
            raise InvalidError(
                f"{where}, field offer_ids",
                f"there is no offer {offer_id!r}",
                "Put the offer first, or mend the id.",
            )
        if offers[offer_id].currency != campaign.currency:
            raise InvalidError(
                f"{where}, field currency",
                f"its offer {offer_id!r} counts in {offers[offer_id].currency}",
                "Let a campaign and its offers count in one currency.",
            )
    if campaign.currency != house.currency:
        raise InvalidError(
            f"{where}, field currency",
            f"it is {campaign.currency}, and the shop counts in {house.currency}",
            f"Write {house.currency}.",
        )


def _named(by: str) -> str:
    """Who did a step: a person's name, or the key of a program."""
    return f"the API {by}" if by.startswith("key ") else by


def _write(house: House, campaign_id: str, metric: str, reason: str, now: datetime) -> None:
    moment = _after(house, campaign_id, now)
    house.pauses.write(Pause(campaign_id, moment, paused=True, metric=metric, reason=reason))


def _after(house: House, campaign_id: str, now: datetime) -> datetime:
    """``now``, or the first moment after the last entry: each step has a moment of its own."""
    book = house.pauses.of(campaign_id)
    return max(now, book[-1].at + _TICK) if book else now


def _offer_json(offer: Offer | None) -> object:
    return None if offer is None else offer_to_json(offer)
