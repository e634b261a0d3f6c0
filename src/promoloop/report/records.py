"""Everything the marketer's page shows, as plain figures and texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from promoloop.decide import Decision
from promoloop.evaluate import Estimate, GuardrailCheck
from promoloop.learn import ModelVersion
from promoloop.offers import Funding, Pause

__all__ = ["ArmResult", "BudgetSide", "MessageSample", "PageData", "ShopperStory", "WeekResult"]


@dataclass(frozen=True, slots=True)
class MessageSample:
    """One real message of this run, as its reader saw it.

    ``html`` is empty for on-site messages; then ``subject`` is the headline, ``text`` the body and
    ``call`` the label of the button. ``claims`` are (text, offer field that proves it).
    """

    locale: str
    channel: str
    subject: str
    preheader: str
    html: str
    text: str
    source: str
    claims: tuple[tuple[str, str], ...]
    call: str = ""


@dataclass(frozen=True, slots=True)
class ShopperStory:
    """What one shopper is like, what was decided for them and why, in plain words per locale.

    ``facts``, ``why`` and ``rejected`` map a locale to text. A fact stands on a line of its own,
    ``label: value``; so does a rejected alternative. Where ``why`` or ``rejected`` has no text in
    the page's language, the page says it from ``decision`` itself.
    """

    shopper_id: str
    facts: Mapping[str, str]
    decision: Decision
    why: Mapping[str, str]
    rejected: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One arm over all weeks. Money in minor units per shopper and week.

    ``margin`` is the observed net margin; ``against_holdout`` and ``against_bau`` the estimated
    difference; ``true_incremental_minor`` what the simulator knows, ``None`` for real outcomes.
    """

    arm: str
    shoppers: int
    messages: int
    redemptions: int
    spend_minor: int
    margin: float
    against_holdout: Estimate | None
    against_bau: Estimate | None
    true_incremental_minor: float | None


@dataclass(frozen=True, slots=True)
class WeekResult:
    """One week of the loop. ``incremental`` maps arm (and ``oracle``) to minor units per shopper.

    ``gap`` is the allocation's certified gap, ``lift_vs_bau`` the estimate as it stood then, in
    minor units per shopper and week. ``spent_minor`` is spent since the campaign began, by the
    week's end; ``reserved_minor`` the most that all open promises could cost once the week's
    decisions were made; ``sent`` counts the messages of this week alone.
    """

    week: int
    starts: datetime
    incremental: Mapping[str, float]
    budget_price: float
    cap_prices: Mapping[str, float]
    gap: float
    spent_minor: int
    reserved_minor: int
    sent: int
    lift_vs_bau: Estimate | None
    model_version: str
    promoted: bool


@dataclass(frozen=True, slots=True)
class BudgetSide:
    """One side's money in a campaign: the shop's, ``partner_id`` empty, or a partner's.

    In minor units. Counted from the logs: ``planned_minor`` is what decisions were expected to
    cost, ``at_stake_minor`` the most that was spent and still promised at any one time (a partner's
    over all campaigns), ``held_minor`` what open promises may still cost, ``spent_minor`` what was
    paid in this campaign and ``elsewhere_minor`` in others. From the ledger: ``booked_minor`` is
    spent over all campaigns, ``late_minor`` the part of it that was reported too late.
    ``over_minor`` is how far logs or ledger exceed the budget, or an offer's own total; ``terms``
    are the partner's by offer. ``unpromised_minor`` is the part of ``spent_minor`` that codes took
    which shoppers entered at the till without a promise.
    """

    partner_id: str
    name: str
    budget_minor: int
    planned_minor: float
    at_stake_minor: int
    held_minor: int
    spent_minor: int
    elsewhere_minor: int
    booked_minor: int
    late_minor: int
    over_minor: int
    terms: Mapping[str, Funding]
    unpromised_minor: int = 0


@dataclass(frozen=True, slots=True)
class PageData:
    """One report. ``simulated`` says whether outcomes came from simulated shoppers.

    ``summary`` is the content of ``summary.json``; ``funnel`` is (step key, count, simulated)
    from the audience down to redemptions; ``copy_reasons`` counts why proposals were refused;
    ``off_policy`` is (name, estimate, true value or None), in minor units per decision,
    the name being free or ``arm/method`` such as ``bau/dr``;
    ``offers`` maps an offer to what it is called per locale, ``offer_counts`` to the messages
    sent; ``assumptions`` maps locale to sentences the reader must know. ``history_simulated``
    says that shoppers and their history are simulated too, not only what they answered. ``sides``
    is who pays: the shop first, then partners. ``guardrails`` are the campaign's limits as they
    stand, ``paused`` why it is paused; ``overall`` is the weekly margin per shopper that all
    campaigns bring above the global holdout.
    """

    shop_name: str
    currency: str
    made_at: datetime
    simulated: bool
    source: str
    summary: Mapping[str, object]
    funnel: tuple[tuple[str, int, bool], ...]
    samples: tuple[MessageSample, ...]
    stories: tuple[ShopperStory, ...]
    offers: Mapping[str, Mapping[str, str]]
    offer_counts: Mapping[str, int]
    budget_minor: int
    weeks: tuple[WeekResult, ...]
    arms: tuple[ArmResult, ...]
    copy_reasons: Mapping[str, int]
    models: tuple[ModelVersion, ...]
    off_policy: tuple[tuple[str, Estimate, float | None], ...]
    assumptions: Mapping[str, tuple[str, ...]]
    history_simulated: bool = False
    sides: tuple[BudgetSide, ...] = ()
    guardrails: tuple[GuardrailCheck, ...] = ()
    paused: Pause | None = None
    overall: Estimate | None = None
