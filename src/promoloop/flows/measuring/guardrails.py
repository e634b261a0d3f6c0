"""Watch a campaign's limits, pause it when one is surely crossed, and let a person resume it.

Everything is counted from the latest resumption on (from the campaign's start, if there was none):
who lifts a pause accepts what was found, and what comes after is judged for itself. All intervals
hold at every look, and the guardrails of a campaign share one error of 5 %, so that checking daily
pauses at most one campaign in twenty that is within its limits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from promoloop.core import InvalidError, RefusedError
from promoloop.decide import Decision
from promoloop.evaluate import Estimate, GuardrailCheck, check_guardrail, share_of
from promoloop.feedback import Outcome
from promoloop.flows.history.audience import load_audience
from promoloop.flows.house import House
from promoloop.flows.measuring.close import margins_of_week
from promoloop.flows.measuring.measure import lift, panel
from promoloop.flows.measuring.results import margin_before
from promoloop.flows.schedule import WEEK, account_of, weeks_over
from promoloop.offers import LIFE_STEPS, Campaign, Guardrail, Pause

__all__ = [
    "check_guardrails",
    "lifting",
    "pause_where_crossed",
    "paused_now",
    "require_running",
    "resume",
]

#: Coverage of all guardrails of one campaign together, over all looks.
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class _Watch:
    """What one campaign did since ``since``: messages that left, and what came of them."""

    house: House
    campaign: Campaign
    since: datetime
    now: datetime
    level: float
    sent: Mapping[str, Decision]
    left_at: Mapping[str, datetime]
    outcomes: Sequence[Outcome]
    spent_before: float

    def leaving(self, kind: str, limit: float) -> Estimate:
        """Share of messages after which somebody unsubscribed, or complained."""
        reached: dict[str, datetime] = {}
        for key, one in self.sent.items():
            at = self.left_at[key]
            reached[one.shopper_id] = min(at, reached.get(one.shopper_id, at))
        gone = {
            one.shopper_id
            for one in self.outcomes
            if one.kind == kind and (one.decision_id in self.sent or not one.decision_id)
            if one.shopper_id in reached and one.at >= reached[one.shopper_id]
        }
        return share_of(len(gone), len(self.sent), self.level, limit)

    def wrong_price(self, limit: float) -> Estimate:
        """Share of promises that shoppers tried to use and did not get as promised."""
        tried = {
            one.decision_id
            for one in self.outcomes
            if one.kind in ("redeemed", "denied") and one.decision_id in self.sent
        }
        wrong = {
            one.decision_id
            for one in self.outcomes
            if one.decision_id in tried and self._wrong(one)
        }
        return share_of(len(wrong), len(tried), self.level, limit)

    def _wrong(self, one: Outcome) -> bool:
        decision = self.sent[one.decision_id]
        contact = self.campaign.channels.get(decision.channel or "", 0)
        most = decision.liability_minor - contact + decision.partner_liability_minor
        return one.kind == "denied" or (one.kind == "redeemed" and one.discount_minor > most)

    def margin(self, _limit: float) -> Estimate | None:
        """Weekly margin per shopper of the policy above the holdout, over whole weeks."""
        over, first = self._weeks()
        if over < first:
            return None
        audience = load_audience(self.house, self.campaign)
        seen = panel(self.house, self.campaign, audience, over)
        seen = replace(
            seen,
            margin=seen.margin[:, first - 1 :],
            expected=margin_before(self.house, self.campaign, audience),
        )
        if min(np.sum(seen.arms == arm) for arm in ("policy", "holdout")) < 2:
            return None
        looks = self.campaign.weeks - first + 1
        return lift(seen, "policy", "holdout", looks, self.level)

    def pace(self, _limit: float) -> Estimate | None:
        """Money spent over closed weeks, by what an even spend would have come to."""
        over, first = self._weeks()
        if over < first:
            return None
        state = self.house.ledger.state(account_of(self.campaign))
        share = (over - first + 1) / (self.campaign.weeks - first + 1)
        planned = (state.budget_minor - self.spent_before) * share
        pace = (state.spent_minor - self.spent_before) / max(planned, 1.0)
        n = over - first + 1
        return Estimate(pace, pace, pace, n, float(n), self.level, "counted")

    def _weeks(self) -> tuple[int, int]:
        """The last closed week, and the first that began since."""
        first = -((self.campaign.starts_at - self.since) // WEEK) + 1
        over = weeks_over(self.campaign, self.now)
        while over and not _closed(self.house, self.campaign, over):
            over -= 1
        return over, max(1, first)


_MEASURES: Mapping[str, Callable[[_Watch, float], Estimate | None]] = {
    "unsubscribe_rate": lambda watch, limit: watch.leaving("unsubscribed", limit),
    "complaint_rate": lambda watch, limit: watch.leaving("complained", limit),
    "wrong_price_rate": _Watch.wrong_price,
    "margin_per_shopper": _Watch.margin,
    "spend_pace": _Watch.pace,
}


def check_guardrails(house: House, campaign: Campaign, now: datetime) -> tuple[GuardrailCheck, ...]:
    """Every guardrail of the campaign as it stands at ``now``; none before its first decisions.

    Changes nothing. The margin and the pace look at weeks that were closed.
    """
    made = house.decisions.of_campaign(campaign.campaign_id) if campaign.guardrails else ()
    if not made:
        return ()
    watch = _watched(house, campaign, now, made)
    return tuple(
        check_guardrail(rail, _MEASURES[rail.metric](watch, rail.limit))
        for rail in campaign.guardrails
    )


def pause_where_crossed(
    house: House, campaign: Campaign, now: datetime
) -> tuple[GuardrailCheck, ...]:
    """Check every guardrail, and pause a running campaign at the first one that is crossed."""
    checks = check_guardrails(house, campaign, now)
    crossed = [check for check in checks if check.breached]
    if crossed and campaign.campaign_id not in house.pauses.paused():
        house.pauses.write(_pause(campaign, crossed[0], now))
    return checks


def paused_now(house: House, campaign_id: str) -> Pause | None:
    """The pause in force, ``None`` while the campaign runs."""
    return house.pauses.paused().get(campaign_id)


def require_running(house: House, campaign_id: str) -> None:
    """Refuse while the campaign is paused, saying why and what to do.

    Raises
    ------
    RefusedError
        Naming the guardrail.
    """
    pause = paused_now(house, campaign_id)
    if pause is None:
        return
    raise RefusedError(
        f"deciding for the campaign {campaign_id}",
        f"it stands still since {pause.at.isoformat()}: {pause.reason}",
        "Have it approved and activate it."
        if pause.metric in LIFE_STEPS
        else f"Find out why and mend it; then run `promoloop resume {campaign_id}`.",
    )


def resume(house: House, campaign_id: str, now: datetime) -> Pause:
    """Lift the pause; guardrails count anew from ``now``.

    Raises
    ------
    RefusedError
        When the campaign is not paused, or ``now`` is before it was.
    """
    pause = paused_now(house, campaign_id)
    if pause is None or now < pause.at:
        known = "it is not paused" if pause is None else f"it is paused since {pause.at}"
        raise RefusedError(
            f"resuming the campaign {campaign_id} at {now.isoformat()}",
            known,
            "Nothing needs to be done." if pause is None else "Give a later moment with --now.",
        )
    if pause.metric in LIFE_STEPS and pause.metric != "by_hand":
        raise RefusedError(
            f"resuming the campaign {campaign_id}",
            f"it is not paused but {pause.metric.replace('_', ' ')}",
            "Have it approved and activate it, in the console or by the API.",
        )
    lifted = lifting(house, campaign_id, now, f"resumed: {pause.reason}")
    house.pauses.write(lifted)
    return lifted


def lifting(house: House, campaign_id: str, now: datetime, reason: str) -> Pause:
    """The entry by which a campaign runs from ``now`` on; not yet written."""
    spent = float(_spent(house, house.campaigns.get(campaign_id)))
    return Pause(campaign_id, now, False, "", spent, spent, spent, reason)


def _watched(house: House, campaign: Campaign, now: datetime, made: Sequence[Decision]) -> _Watch:
    lifted = [one for one in house.pauses.of(campaign.campaign_id) if not one.paused]
    since = max([campaign.starts_at, *(one.at for one in lifted)])
    left_at = house.deliveries.sent_between(since, now)
    return _Watch(
        house,
        campaign,
        since,
        now,
        1 - (1 - LEVEL) / len(campaign.guardrails),
        {one.decision_id: one for one in made if one.decision_id in left_at},
        left_at,
        house.outcomes.between(since, now),
        lifted[-1].figure if lifted else 0.0,
    )


def _pause(campaign: Campaign, check: GuardrailCheck, now: datetime) -> Pause:
    rail: Guardrail = check.guardrail
    found = check.estimate
    figures = (0.0, 0.0, 0.0) if found is None else (found.value, found.low, found.high)
    return Pause(campaign.campaign_id, now, True, rail.metric, *figures, check.reason)


def _closed(house: House, campaign: Campaign, week: int) -> bool:
    try:
        margins_of_week(house, campaign, week)
    except InvalidError:
        return False
    return True


def _spent(house: House, campaign: Campaign) -> int:
    try:
        return house.ledger.state(account_of(campaign)).spent_minor
    except InvalidError:
        return 0
