"""The same narrow reads over the stores in memory, for tests."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from promoloop.decide import Decision
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
from promoloop.testing.memory_state import MemoryState

__all__ = ["MemoryViews"]

_EVER = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


class MemoryViews:
    """See ``promoloop.flows.reads.ports.Views``."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    def decided(self, campaign_id: str) -> tuple[ArmCount, ...]:
        """Per arm."""
        made = self._state.decisions.of_campaign(campaign_id)
        return tuple(
            ArmCount(
                arm,
                len({one.shopper_id for one in made if one.arm == arm}),
                sum(one.arm == arm for one in made),
                sum(one.arm == arm and one.offer_id is not None for one in made),
            )
            for arm in sorted({one.arm for one in made})
        )

    def messages(self, campaign_id: str = "") -> tuple[MessageCount, ...]:
        """By where they stand."""
        counts = Counter(
            (one.campaign_id, one.channel, one.state, one.reason)
            for one in self._messages()
            if campaign_id in ("", one.campaign_id)
        )
        return tuple(MessageCount(*key, n) for key, n in sorted(counts.items()))

    def happened(self, campaign_id: str, soon: timedelta) -> tuple[Happened, ...]:
        """By arm, kind, source and soonness."""
        found: defaultdict[tuple[str, str, str, bool], list[Outcome]] = defaultdict(list)
        machines = Counter[str]()
        for decision, one in self._came_of(campaign_id):
            left = self._state.outbox.messages.get(one.decision_id)
            early = (
                one.kind in ("opened", "clicked")
                and left is not None
                and left.state == "sent"
                and left.sent_at is not None
                and one.at - left.sent_at < soon
            )
            found[decision.arm, one.kind, one.source, early].append(one)
        for decision in self._state.decisions.of_campaign(campaign_id):
            if any(one.signs for one in self._state.clicks.of(decision.decision_id)):
                machines[decision.arm] += 1
        counted = [
            Happened(
                *key,
                len({one.decision_id for one in mine}),
                sum(one.discount_minor for one in mine),
            )
            for key, mine in found.items()
        ]
        counted += [Happened(arm, "followed", "real", True, n, 0) for arm, n in machines.items()]
        return tuple(sorted(counted, key=lambda one: (one.arm, one.kind, one.source, one.soon)))

    def sent(self, campaign_id: str) -> tuple[ArmSent, ...]:
        """Per arm."""
        left = {one.decision_id for one in self._messages() if one.state == "sent"}
        made = self._state.decisions.of_campaign(campaign_id)
        counts = Counter(one.arm for one in made if one.decision_id in left)
        return tuple(ArmSent(arm, counts[arm]) for arm in sorted(counts))

    def days(self, campaign_id: str) -> tuple[Day, ...]:
        """By day."""
        sent: defaultdict[date, Counter[str]] = defaultdict(Counter)
        for left in self._messages():
            if left.campaign_id == campaign_id and left.state == "sent" and left.sent_at:
                sent[left.sent_at.date()][left.channel] += 1
        taken = Counter[date]()
        for _, one in self._came_of(campaign_id):
            if one.kind == "redeemed":
                taken[one.at.date()] += one.discount_minor
        days = sorted({*sent, *taken})
        return tuple(Day(day, taken[day], dict(sent.get(day, {}))) for day in days)

    def prices(
        self, campaign_id: str, moments: Sequence[datetime]
    ) -> Mapping[datetime, Mapping[str, float]]:
        """Of the last decision up to each."""
        made = self._state.decisions.of_campaign(campaign_id)
        found = {}
        for moment in moments:
            before = [one for one in made if one.decided_at <= moment]
            if before:
                found[moment] = max(before, key=lambda one: one.decided_at).prices
        return found

    def messages_of(self, shopper_id: str, limit: int) -> tuple[Message, ...]:
        """Newest first."""
        mine = [one for one in self._messages() if one.shopper_id == shopper_id]
        return tuple(mine[:limit])

    def outcomes_of(self, shopper_id: str, limit: int) -> tuple[Outcome, ...]:
        """Newest first."""
        every = reversed(self._state.outcomes.between(*_EVER))
        return tuple(one for one in every if one.shopper_id == shopper_id)[:limit]

    def listed(self, query: MessageQuery, limit: int, skip: int = 0) -> tuple[Message, ...]:
        """Newest first."""
        fit = [
            one
            for one in self._messages()
            if (not query.states or one.state in query.states)
            and query.campaign_id in ("", one.campaign_id)
            and query.channel in ("", one.channel)
            and (query.before is None or one.not_before < query.before)
        ]
        return tuple(fit[skip : skip + limit])

    def offers(self, text: str, limit: int, skip: int = 0) -> tuple[Offer, ...]:
        """By id."""
        fit = [one for one in self._state.offers.all() if text.lower() in one.offer_id.lower()]
        return tuple(fit[skip : skip + limit])

    def revisions(self, offer_id: str) -> tuple[Offer, ...]:
        """Oldest first."""
        return self._state.offers.revisions(offer_id)

    def codes(self, offer_id: str) -> CodeCount:
        """Counted."""
        pool = self._state.codes.pool(offer_id)
        given, used = sum(bool(one.decision_id) for one in pool), sum(bool(o.used_by) for o in pool)
        return CodeCount(len(pool), given, used)

    def kinds(self) -> tuple[str, ...]:
        """Sorted."""
        return self._state.models.kinds()

    def _messages(self) -> list[Message]:
        every = enumerate(self._state.outbox.messages.values())
        ranked = sorted(every, key=lambda pair: (pair[1].not_before, pair[0]), reverse=True)
        return [one for _, one in ranked]

    def _came_of(self, campaign_id: str) -> list[tuple[Decision, Outcome]]:
        made = {one.decision_id: one for one in self._state.decisions.of_campaign(campaign_id)}
        every = self._state.outcomes.between(*_EVER)
        return [(made[one.decision_id], one) for one in every if one.decision_id in made]
