"""What a shop's own events close: outcomes, ended weeks and the next model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from promoloop.core import InvalidError
from promoloop.decide import BudgetState
from promoloop.deliver import Keys
from promoloop.evaluate import GuardrailCheck
from promoloop.flows.books.outcomes import OutcomesReport, collect_outcomes
from promoloop.flows.books.settling import has_late
from promoloop.flows.deciding.effects import effect_of
from promoloop.flows.house import House
from promoloop.flows.learning.retrain import Retrained, retrain
from promoloop.flows.measuring.close import (
    Closed,
    close_week,
    margins_of_week,
    take_back_refunds,
)
from promoloop.flows.measuring.guardrails import pause_where_crossed, paused_now
from promoloop.flows.ports import Progress, silent
from promoloop.flows.schedule import GRACE, WEEK, account_of, cycle_start, weeks_over
from promoloop.offers import Campaign

__all__ = [
    "CampaignLoop",
    "LoopReport",
    "close_past_weeks",
    "lesson_until",
    "loop_back",
    "weeks_over",
]

#: How long a closed week is closed again, so that orders reported late reach its margins.
_LATE = WEEK


@dataclass(frozen=True, slots=True)
class CampaignLoop:
    """What came back to one campaign. ``budget`` is ``None`` before its first decisions.

    ``closed`` are the weeks closed for the first time; ``retrained`` is ``None`` when nothing
    new had matured; ``guardrails`` how each of the campaign's limits stands, ``paused`` why it is
    paused, empty while it runs.
    """

    campaign_id: str
    outcomes: OutcomesReport
    closed: tuple[Closed, ...]
    retrained: Retrained | None
    budget: BudgetState | None
    guardrails: tuple[GuardrailCheck, ...] = ()
    paused: str = ""


@dataclass(frozen=True, slots=True)
class LoopReport:
    """What came back to every campaign, by campaign id."""

    campaigns: tuple[CampaignLoop, ...]

    @property
    def new_outcomes(self) -> int:
        """Outcomes not known before, over all campaigns."""
        return sum(one.outcomes.new for one in self.campaigns)

    @property
    def paused(self) -> Mapping[str, str]:
        """Why each campaign that is paused is."""
        return {one.campaign_id: one.paused for one in self.campaigns if one.paused}


def loop_back(
    house: House, now: datetime, progress: Progress = silent, key: Keys = b""
) -> LoopReport:
    """For every campaign: collect outcomes, close the weeks that are over, and learn from them.

    Run again at the same moment it changes nothing. ``key`` is what links were signed with; see
    ``collect_outcomes``.
    """
    campaigns = house.campaigns.all()
    done: list[CampaignLoop] = []
    for campaign in campaigns:
        outcomes = collect_outcomes(house, campaign, now, key)
        closed = close_past_weeks(house, campaign, now, progress)
        rails = pause_where_crossed(house, campaign, now)
        pause = paused_now(house, campaign.campaign_id)
        until = lesson_until(house, campaign, now)
        lesson = retrain(house, campaign, until) if until else None
        budget = _budget(house, campaign)
        why = pause.reason if pause else ""
        done.append(
            CampaignLoop(campaign.campaign_id, outcomes, closed, lesson, budget, rails, why)
        )
        progress("campaigns", len(done), len(campaigns))
    return LoopReport(tuple(done))


def close_past_weeks(
    house: House, campaign: Campaign, now: datetime, progress: Progress = silent
) -> tuple[Closed, ...]:
    """Close every week that is over, late orders included; return those closed for the first time.

    A week stays open for ``GRACE`` after its end, and is closed again for another seven days so
    that late orders reach its margins. After that it is closed again when a redemption has been
    reported that was not known: the discount was given, so it is booked, however late; and when
    an order of the week was refunded.
    """
    if _budget(house, campaign) is None:
        return ()
    over = weeks_over(campaign, now)
    fresh: list[Closed] = []
    for week in range(1, over + 1):
        known = _was_closed(house, campaign, week)
        young = now < cycle_start(campaign, week) + WEEK + GRACE + _LATE
        back = known and take_back_refunds(house, campaign, week, now)
        if not known or young or back or has_late(house, campaign, week):
            closed = close_week(house, campaign, week)
            fresh += [] if known else [closed]
        progress("close", week, over)
    return tuple(fresh)


def lesson_until(house: House, campaign: Campaign, now: datetime) -> datetime | None:
    """Until when a model should be taught, or ``None`` when nothing new has matured.

    A message may leave until its week ends, and its purchases count for a week more. The moment
    given is just before that second week ends: then everything of the week has matured and
    nothing of the next is half in.
    """
    models = house.models.all(effect_of(campaign))
    contexts = f"contexts-{campaign.campaign_id}-"
    decided = any(name.startswith(contexts) for name in house.tables.names())
    if not decided or not any(version.status == "running" for version in models):
        return None
    taught = [one.trained_until for one in models if one.trained_from == campaign.starts_at]
    over = min(campaign.weeks, (now - GRACE - campaign.starts_at) // WEEK - 1)
    until = campaign.starts_at + (over + 1) * WEEK - timedelta(microseconds=1)
    return until if over >= 1 and until > max(taught, default=campaign.starts_at) else None


def _was_closed(house: House, campaign: Campaign, week: int) -> bool:
    try:
        margins_of_week(house, campaign, week)
    except InvalidError:
        return False
    return True


def _budget(house: House, campaign: Campaign) -> BudgetState | None:
    """The campaign's account; it is opened by its first decisions."""
    try:
        return house.ledger.state(account_of(campaign))
    except InvalidError:
        return None
