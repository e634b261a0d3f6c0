"""What one drawn spot becomes: the decision logged whole, its money, and what the page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from promoloop.decide import NOTHING, Decision, Reservation, Weighed
from promoloop.deliver import Message
from promoloop.flows.deciding.contexts import REALTIME
from promoloop.flows.ports import LivePromise
from promoloop.flows.realtime.choosing import POLICIES, Drawing
from promoloop.flows.realtime.records import LiveRequest
from promoloop.flows.realtime.sorting import Sorted
from promoloop.flows.realtime.views import CampaignView
from promoloop.flows.schedule import account_of

__all__ = ["Draft", "decision_of", "promise_of"]


@dataclass(slots=True)
class Draft:
    """A decision on its way: what it was drawn from, and what was drawn.

    ``out`` are reason codes of spots that could not be paid when they were drawn, by spot;
    ``code`` is the code issued for it, "" without one.
    """

    request: LiveRequest
    decision_id: str
    found: Sorted
    now: datetime
    drawing: Drawing = field(default_factory=lambda: Drawing(-1, np.ones(1)))
    out: Mapping[int, str] = field(default_factory=dict)
    code: str = ""

    @property
    def arm(self) -> str:
        """The shopper's arm."""
        return self.found.arm


def decision_of(draft: Draft, seed: int) -> Decision:
    """The decision, with its whole action set."""
    found, view, spot = draft.found, draft.found.shelf.view, draft.drawing.spot
    place = int(view.offer_of[spot]) if spot >= 0 else -1
    offer = view.offers[place] if place >= 0 else None
    action = view.actions[view.columns[found.hour, spot]] if spot >= 0 else None
    funding = offer.funding if offer is not None else None
    cuts = found.cuts.said(found.hour)
    short = {view.actions[view.columns[found.hour, at]].key: code for at, code in draft.out.items()}
    occasion = found.interest.moment_of(offer.group) if offer is not None else ""
    reasons = (REALTIME, *((occasion,) if occasion else ()), *sorted(set(short.values())))
    return Decision(
        decision_id=draft.decision_id,
        campaign_id=view.campaign.campaign_id,
        shopper_id=draft.request.shopper_id,
        arm=draft.arm,
        decided_at=draft.now,
        send_at=draft.now if action else None,
        action=action.key if action else NOTHING,
        offer_id=action.offer_id if action else None,
        channel=action.channel if action else None,
        hour=action.hour if action else None,
        variant=action.variant if action else None,
        propensity=draft.drawing.propensity,
        value_minor=float(found.worth.value[spot]) if action else 0.0,
        spend_minor=float(found.worth.spend[spot]) if action else 0.0,
        liability_minor=int(view.promise[spot]) if action else 0,
        reasons=reasons,
        weighed=_weighed(draft),
        rejected={**cuts, **short},
        prices=dict(found.shelf.pacer.prices) if draft.arm == "policy" else {},
        features=(float(view.traits.fatigue[found.row]),),
        policy=POLICIES[draft.arm],
        model_version=view.model_version,
        seed=seed,
        funding=funding,
        partner_spend_minor=float(found.worth.partner[spot]) if funding else 0.0,
        partner_liability_minor=(
            view.terms[place].partner_liability_minor if funding is not None else 0
        ),
    )


def promise_of(draft: Draft, decision: Decision, slots: Mapping[str, str]) -> LivePromise:
    """The decision with the money it sets aside, and the message as the page shows it."""
    view = draft.found.shelf.view
    account = account_of(view.campaign)
    spot = draft.drawing.spot
    options = np.flatnonzero(draft.drawing.odds[:-1] > 0.0).tolist()
    offers = sorted({int(view.offer_of[at]) for at in options})
    needs = (
        _room(view, account, options),
        tuple(view.offers[at].offer_id for at in offers if view.offers[at].offer_id in view.left),
        tuple(view.offers[at].offer_id for at in offers if at in view.pooled),
    )
    if spot < 0:
        return LivePromise(account, decision, None, None, *needs)
    reservation = Reservation(
        decision_id=decision.decision_id,
        offer_id=str(decision.offer_id),
        amount_minor=decision.liability_minor,
        expires_at=view.money_back,
        shared=view.shared[int(view.offer_of[spot])],
    )
    shown = _shown(draft, decision, slots)
    return LivePromise(account, decision, reservation, shown, *needs)


def _room(view: CampaignView, account: str, options: Sequence[int]) -> dict[str, int]:
    """The most that any of ``options`` takes of each account."""
    room = {account: max((int(view.promise[at]) for at in options), default=0)}
    for at in options:
        for name, minor in view.shared[int(view.offer_of[at])].items():
            room[name] = max(room.get(name, 0), minor)
    return room


def _shown(draft: Draft, decision: Decision, slots: Mapping[str, str]) -> Message:
    found, view = draft.found, draft.found.shelf.view
    return Message(
        dedupe_key=decision.decision_id,
        decision_id=decision.decision_id,
        campaign_id=decision.campaign_id,
        shopper_id=decision.shopper_id,
        channel=found.channel,
        address=decision.shopper_id,
        time_zone=view.audience.time_zones[found.row],
        locale=found.locale,
        copy_id=found.texts[draft.drawing.spot].copy_id,
        slots=slots,
        not_before=draft.now,
        expires_at=view.ends,
        state="sent",
        attempt=1,
        owner="page",
        sent_at=draft.now,
    )


def _weighed(draft: Draft) -> tuple[Weighed, ...]:
    found, view, odds = draft.found, draft.found.shelf.view, draft.drawing.odds
    worth, columns = found.worth, view.columns[found.hour]
    priced = found.priced if draft.arm == "policy" else worth.value
    weighed = [
        Weighed(
            action=view.actions[columns[at]].key,
            propensity=float(odds[at]),
            value_minor=float(worth.value[at]),
            spend_minor=float(worth.spend[at]),
            priced_minor=float(priced[at]),
        )
        for at in np.flatnonzero(odds[:-1] > 0.0).tolist()
    ]
    return (*weighed, Weighed(NOTHING, float(odds[-1]), 0.0, 0.0, 0.0))
