"""What one drawn action becomes: a decision, the money set aside for it, and its message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from promoloop.compose import Copy, facts_for_copy
from promoloop.core import time_ordered_id
from promoloop.decide import NOTHING, Decision, Reservation, Weighed
from promoloop.deliver import Message, send_moment
from promoloop.flows.books.partners import shared_minor
from promoloop.flows.books.stock import code_pool
from promoloop.flows.deciding.situation import Situation
from promoloop.flows.schedule import GRACE, WEEK, cycle_start
from promoloop.offers import CodePools, Funding, Offer

__all__ = ["Chosen", "Drafts", "decision_id_of", "promise_minor"]


class _Partner(TypedDict):
    funding: Funding | None
    partner_spend_minor: float
    partner_liability_minor: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was drawn for one row: the action's column (-1 for nothing) and the distribution.

    ``probabilities`` and ``priced`` are (k + 1,) and (k,) over the situation's actions.
    """

    row: int
    arm: str
    policy: str
    column: int
    probabilities: NDArray[np.float64]
    priced: NDArray[np.float64]
    prices: Mapping[str, float]
    rejected: Mapping[str, str]
    reasons: tuple[str, ...]


def decision_id_of(now_is: Situation, row: int) -> str:
    """The id of this week's decision for one shopper: the same whenever it is asked."""
    campaign = now_is.campaign
    start = cycle_start(campaign, now_is.week)
    return time_ordered_id(start, campaign.campaign_id, now_is.audience.ids[row])


@dataclass(slots=True)
class Drafts:
    """Writes decisions, reservations and messages for one situation.

    Of two texts for the same variant and moment the later in ``copies`` is used. ``codes`` gives
    single-use codes away; without it they are told off in order.
    """

    now_is: Situation
    seed: int
    copies: Sequence[Copy]
    codes: CodePools | None = None
    _texts: dict[tuple[str, str, str, str, str], Copy] = field(default_factory=dict)
    _clauses: dict[tuple[str, str, str, str], Mapping[str, str]] = field(default_factory=dict)
    used: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.used.update(self.now_is.codes_used)
        for copy in self.copies:
            key = (copy.offer_id, copy.locale, copy.channel, copy.variant, copy.moment)
            self._texts[key] = copy

    def decision(self, chosen: Chosen) -> Decision:
        """The decision, with its whole action set."""
        now_is, row, column = self.now_is, chosen.row, chosen.column
        response = now_is.response
        action = now_is.actions[column] if column >= 0 else None
        zone = now_is.audience.time_zones[row]
        return Decision(
            decision_id=decision_id_of(now_is, row),
            campaign_id=now_is.campaign.campaign_id,
            shopper_id=now_is.audience.ids[row],
            arm=chosen.arm,
            decided_at=now_is.now,
            send_at=send_moment(now_is.now, action.hour, zone) if action else None,
            action=action.key if action else NOTHING,
            offer_id=action.offer_id if action else None,
            channel=action.channel if action else None,
            hour=action.hour if action else None,
            variant=action.variant if action else None,
            propensity=float(chosen.probabilities[column]),
            value_minor=float(response.value_minor[row, column]) if action else 0.0,
            spend_minor=float(response.spend_minor[row, column]) if action else 0.0,
            liability_minor=promise_minor(now_is, column) if action else 0,
            reasons=chosen.reasons,
            weighed=self._weighed(chosen),
            rejected=chosen.rejected,
            prices=chosen.prices,
            features=(float(now_is.traits.fatigue[row]),),
            policy=chosen.policy,
            model_version=now_is.model.version_id,
            seed=self.seed,
            **self._partner(row, column),
        )

    def _partner(self, row: int, column: int) -> _Partner:
        """What a partner is expected to pay, and the most; nothing where nothing is sent."""
        now_is = self.now_is
        spot = int(now_is.offer_of[column]) if column >= 0 else -1
        if spot < 0 or now_is.offers[spot].funding is None:
            return {"funding": None, "partner_spend_minor": 0.0, "partner_liability_minor": 0}
        return {
            "funding": now_is.offers[spot].funding,
            "partner_spend_minor": float(now_is.response.partner_minor[row, column]),
            "partner_liability_minor": now_is.terms[spot].partner_liability_minor,
        }

    def reservation(self, decision: Decision) -> Reservation:
        """The whole promise, the partner's part too, until late orders of its week are in."""
        start = cycle_start(self.now_is.campaign, self.now_is.week)
        offer_id, theirs = str(decision.offer_id), decision.partner_liability_minor
        return Reservation(
            decision_id=decision.decision_id,
            offer_id=offer_id,
            amount_minor=decision.liability_minor,
            expires_at=start + WEEK + GRACE,
            shared=shared_minor(offer_id, decision.funding, theirs),
        )

    def message(self, decision: Decision, row: int) -> Message:
        """The message, with its copy and the facts to fill in."""
        audience = self.now_is.audience
        locale, zone = audience.locales[row], audience.time_zones[row]
        channel, offer_id = str(decision.channel), str(decision.offer_id)
        lifecycle = str(self.now_is.audience.profiles["lifecycle"][row])
        start = cycle_start(self.now_is.campaign, self.now_is.week)
        assert decision.send_at is not None
        return Message(
            dedupe_key=decision.decision_id,
            decision_id=decision.decision_id,
            campaign_id=decision.campaign_id,
            shopper_id=decision.shopper_id,
            channel=channel,
            address=audience.address(channel, row),
            time_zone=zone,
            locale=locale,
            copy_id=self._copy(offer_id, locale, channel, str(decision.variant), lifecycle).copy_id,
            slots=self._slots(decision, locale, zone),
            not_before=decision.send_at,
            expires_at=start + WEEK,
        )

    def _weighed(self, chosen: Chosen) -> tuple[Weighed, ...]:
        response, row = self.now_is.response, chosen.row
        weighed = [
            Weighed(
                action=self.now_is.actions[spot].key,
                propensity=float(chosen.probabilities[spot]),
                value_minor=float(response.value_minor[row, spot]),
                spend_minor=float(response.spend_minor[row, spot]),
                priced_minor=float(chosen.priced[spot]),
            )
            for spot in np.flatnonzero(chosen.probabilities[:-1] > 0.0)
        ]
        return (*weighed, Weighed(NOTHING, float(chosen.probabilities[-1]), 0.0, 0.0, 0.0))

    def _copy(self, offer_id: str, locale: str, channel: str, variant: str, moment: str) -> Copy:
        """The approved text for this moment; the guards let nothing pass that has none."""
        return self._texts[offer_id, locale, channel, variant, moment]

    def _slots(self, decision: Decision, locale: str, zone: str) -> Mapping[str, str]:
        """The clauses of the offer; from a pool of codes, each promise gets the next one."""
        offer_id = str(decision.offer_id)
        offer = next(offer for offer in self.now_is.offers if offer.offer_id == offer_id)
        code = self._code(offer, decision)
        self.used[offer_id] += 1
        key = (offer_id, locale, zone, code)
        if key not in self._clauses:
            self._clauses[key] = facts_for_copy(offer, locale, zone, code or None).clauses
        return self._clauses[key]

    def _code(self, offer: Offer, decision: Decision) -> str:
        """The next code of the offer's pool, which nobody else gets; "" where it has none."""
        pool = code_pool(offer)
        if not pool or self.codes is None:
            return pool[self.used[offer.offer_id]] if pool else ""
        return self.codes.issue(
            offer.offer_id, decision.decision_id, decision.shopper_id, decision.decided_at
        )


def promise_minor(now_is: Situation, column: int) -> int:
    """The most one promise can cost the campaign: the shop's part of the reward, the contact."""
    action = now_is.actions[column]
    terms = now_is.terms[int(now_is.offer_of[column])]
    reward = terms.liability_minor - terms.partner_liability_minor
    return reward + now_is.campaign.channels[action.channel]
