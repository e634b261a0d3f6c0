"""Who gets what this week: weigh, split into arms, plan, draw, and commit in safe portions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from promoloop.core import unit_interval
from promoloop.decide import Decision, Guarded, assign_arms, drawn
from promoloop.flows.books.partners import purses_of
from promoloop.flows.books.purses import Purse
from promoloop.flows.books.settling import release
from promoloop.flows.books.stock import open_budget, units_left
from promoloop.flows.deciding.arms import (
    ArmPlan,
    PolicyPlan,
    in_own_words,
    usual_action,
    usual_variants,
)
from promoloop.flows.deciding.contexts import remember
from promoloop.flows.deciding.drafts import Chosen, Drafts, decision_id_of, promise_minor
from promoloop.flows.deciding.planning import WeekInputs, arm_plans, named_prices
from promoloop.flows.deciding.runs import RunLog, short_of
from promoloop.flows.deciding.screening import CLEARLY_BEHIND
from promoloop.flows.deciding.situation import Situation, situation
from promoloop.flows.house import House
from promoloop.flows.measuring.guardrails import require_running
from promoloop.flows.ports import Progress, silent
from promoloop.flows.schedule import WEEK, account_of, cycle_of, cycle_start

__all__ = [
    "DecideReport",
    "PartnerBudget",
    "PlannedWeek",
    "allowed_by_rule",
    "decide",
    "decide_in",
    "free_money",
    "promises",
]

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: Cuts that are choices of ours, not rules: business as usual does not know them.
SOFT_CODES = ("not_a_candidate", "hour_not_tried", CLEARLY_BEHIND)

#: Shoppers committed together at most: decisions, reservations and messages in one transaction.
PORTION = 250


@dataclass(frozen=True, slots=True)
class PartnerBudget:
    """Where a partner's account stands after a run, and the dual price of its money."""

    reserved_minor: int
    left_minor: int
    price: float


@dataclass(frozen=True, slots=True)
class DecideReport:
    """One week's decisions. Money in minor units; ``gap`` is the policy arm's certified gap.

    ``min_propensity`` is the least over everything the policy arm could have done;
    ``rejected`` counts shoppers per reason code; ``partners`` is by account.
    """

    campaign: str
    week: int
    audience: int
    decisions: int
    already_decided: int
    arms: Mapping[str, int]
    messages: int
    expected_spend_minor: float
    reserved_minor: int
    budget_left_minor: int
    budget_price: float
    cap_prices: Mapping[str, float]
    gap: float
    min_propensity: float
    rejected: Mapping[str, int]
    model_version: str
    partners: Mapping[str, PartnerBudget] = field(default_factory=dict)


def decide(
    house: House, campaign_id: str, now: datetime, seed: int, progress: Progress = silent
) -> DecideReport:
    """Decide the campaign's current week for everybody not decided yet.

    Can be stopped at any time and run again: what is committed stays, the rest is decided then.
    Money of promises that have expired comes back first.

    Raises
    ------
    InvalidError
        For an unknown campaign or offer, or when `promoloop learn` has not been run.
    RefusedError
        While a guardrail has paused it, outside the campaign's weeks, when its audience is empty,
        when another campaign has one of its limited offers, or when another run decides the same
        shoppers at the same time.
    """
    campaign = house.campaigns.get(campaign_id)
    require_running(house, campaign_id)
    # A moment that is none of the campaign's must not free promises that still hold.
    cycle_of(campaign, now)
    open_budget(house, campaign)
    release(house, now)
    return decide_in(house, situation(house, campaign, now), seed, progress)


def decide_in(
    house: House, now_is: Situation, seed: int, progress: Progress = silent
) -> DecideReport:
    """Decide one prepared week; see ``decide``."""
    start = cycle_start(now_is.campaign, now_is.week)
    before = house.decisions.decided_between(now_is.campaign.campaign_id, start, start + WEEK)
    week = PlannedWeek(house, now_is, seed, {decision.decision_id for decision in before})
    todo = week.todo
    remember(house.tables, now_is, week.arms, week.ids, todo, week.usual)
    week.log.open(now_is, week.inputs, week.ids, week.plans, seed)
    made: list[Decision] = []
    while len(made) < len(todo):
        made += week.commit(todo[len(made) : len(made) + PORTION])
        progress("decide", len(made), len(todo))
    return _report(house, now_is, week, made, len(week.ids) - len(todo))


def allowed_by_rule(guarded: Guarded) -> Mask:
    """What no hard rule forbids: eligible, or cut only because it was not worth considering."""
    soft = [index for index, code in enumerate(guarded.codes) if code in SOFT_CODES]
    return np.asarray(guarded.eligible | np.isin(guarded.reason, soft))


def promises(now_is: Situation) -> NDArray[np.float64]:
    """The most each action can cost the campaign, contact included: (n, k) minor units."""
    most = [promise_minor(now_is, column) for column in range(len(now_is.actions))]
    return np.tile(np.array(most, dtype=np.float64), (len(now_is.audience), 1))


def free_money(house: House, now_is: Situation) -> int:
    """Money of the campaign that is neither spent nor set aside for open promises; minor units."""
    return house.ledger.state(account_of(now_is.campaign)).free_minor


class PlannedWeek:
    """One week being decided: its arms and plans, and how a portion of it is committed.

    ``known`` are the ids of decisions made before; ``todo`` the rows that are left.
    """

    def __init__(self, house: House, now_is: Situation, seed: int, known: Collection[str]) -> None:
        self.house, self.now_is, self.seed = house, now_is, seed
        campaign, audience = now_is.campaign, now_is.audience
        self.ids = [decision_id_of(now_is, row) for row in range(len(audience))]
        self.todo = np.array([r for r, i in enumerate(self.ids) if i not in known], dtype=np.int64)
        self.promise = promises(now_is)
        self.arms = np.array(assign_arms(audience.ids, campaign.salt, campaign.arms))
        self.allowed = allowed_by_rule(now_is.guarded)
        self.rejected = now_is.guarded.all_rejected()
        self.inputs = self._inputs()
        self.usual = np.zeros_like(self.allowed)
        each, own = np.arange(len(self.ids)), in_own_words(self.allowed, self.inputs.usual)
        self.usual[each, own] = self.allowed[each, own] & (self.arms == "bau")
        self.plans = arm_plans(self.inputs)
        self.drafts = Drafts(now_is, seed, now_is.copies, house.codes)
        self.log = RunLog(house.tables)

    def commit(self, rows: Ints) -> list[Decision]:
        """Draw and store a first portion of ``rows``: all that belongs to it, or nothing."""
        rows, short = self._portion(rows)
        decisions: list[Decision] = []
        place: dict[str, int] = {}
        for arm, plan in self.plans.items():
            mine = rows[self.arms[rows] == arm]
            for chosen in self._drawn(arm, plan, mine, short):
                decisions.append(self.drafts.decision(chosen))
                place[decisions[-1].decision_id] = chosen.row
        sent = [decision for decision in decisions if decision.offer_id is not None]
        self.house.commit(
            account_of(self.now_is.campaign),
            decisions,
            [self.drafts.reservation(decision) for decision in sent],
            [self.drafts.message(decision, place[decision.decision_id]) for decision in sent],
        )
        return decisions

    def _drawn(self, arm: str, plan: ArmPlan, rows: Ints, short: NDArray[np.str_]) -> list[Chosen]:
        """One action per row of this arm, drawn from the exact distribution that is logged.

        ``short`` (k,) is why an action cannot be paid, empty where it can.
        """
        open_to = self._open_to(arm)[rows]
        probabilities = plan.probabilities(rows, open_to & (short == ""))
        draws = np.array([unit_interval(str(self.seed), self.ids[row]) for row in rows])
        columns = drawn(probabilities, draws).index
        cut = [self._unpaid(open_to[spot], short) for spot in range(len(rows))]
        values = self.now_is.response.value_minor
        priced = plan.priced if isinstance(plan, PolicyPlan) else values
        prices = self.prices(plan)
        return [
            Chosen(
                row=int(row),
                arm=arm,
                policy=plan.policy,
                column=int(columns[spot]),
                probabilities=probabilities[spot],
                priced=priced[row],
                prices=prices,
                rejected={**self.rejected[row], **cut[spot]},
                reasons=tuple(sorted(set(cut[spot].values()))),
            )
            for spot, row in enumerate(rows)
        ]

    def _unpaid(self, open_to: Mask, short: NDArray[np.str_]) -> Mapping[str, str]:
        """Reason code of every action the rules allow and the money or the stock does not."""
        columns = np.flatnonzero(open_to & (short != ""))
        return {self.now_is.actions[column].key: str(short[column]) for column in columns}

    def _open_to(self, arm: str) -> Mask:
        """(n, k) what the rules leave; business as usual does not know our choices."""
        return self.allowed if arm == "bau" else self.now_is.guarded.eligible

    def _portion(self, rows: Ints) -> tuple[Ints, NDArray[np.str_]]:
        """As many of ``rows``, from the first, as could all be paid; and why an action could not.

        The codes are (k,), empty for an action of which one more promise can be paid. The portion
        ends where the dearest draws of its shoppers would take the last money or the last unit.
        So no drawn promise is refused after the draw, which keeps the propensities exact, and
        what is short still goes round to its end.
        """
        now_is = self.now_is
        money, units = free_money(self.house, now_is), self._units()
        purses = self._purses()
        left = np.array([units.get(offer.offer_id, len(rows)) for offer in now_is.offers])
        self.log.portion(int(np.searchsorted(self.todo, rows[0])), money, left, purses)
        short = short_of(self.promise[0], money, left, now_is.offer_of, purses)
        drawable = self._drawable(rows, short == "")
        fits = np.where(drawable, self.promise[rows], 0.0).max(axis=1).cumsum() <= money
        for purse in purses:
            fits &= np.where(drawable, purse.promise, 0.0).max(axis=1).cumsum() <= purse.money
        for spot, count in enumerate(left):
            takers = drawable[:, now_is.offer_of == spot].any(axis=1)
            fits &= takers.cumsum() <= count
        return rows[fits], short

    def _drawable(self, rows: Ints, affordable: Mask) -> Mask:
        """(rows, k) actions with any probability."""
        drawable = np.zeros((len(rows), len(affordable)), dtype=np.bool_)
        for arm, plan in self.plans.items():
            mine = self.arms[rows] == arm
            open_to = self._open_to(arm)[rows[mine]] & affordable
            drawable[mine] = plan.probabilities(rows[mine], open_to)[:, :-1] > 0.0
        return drawable

    def _units(self) -> Mapping[str, int]:
        now_is = self.now_is
        return units_left(self.house, now_is.campaign, now_is.offers, self.drafts.used)

    def prices(self, plan: ArmPlan) -> Mapping[str, float]:
        """Dual prices in force; see ``named_prices``."""
        offers = [offer.offer_id for offer in self.now_is.offers]
        return named_prices(plan, offers, self.inputs.purses)

    def _inputs(self) -> WeekInputs:
        """All that this run's plans are made of."""
        now_is, campaign = self.now_is, self.now_is.campaign
        units = units_left(self.house, campaign, now_is.offers, now_is.codes_used)
        return WeekInputs(
            shares=campaign.arms,
            arms=self.arms,
            todo=self.todo,
            value=now_is.response.value_minor,
            promise=self.promise[0],
            eligible=now_is.guarded.eligible,
            allowed=self.allowed,
            offer_of=now_is.offer_of,
            units=np.array([units.get(offer.offer_id, -1) for offer in now_is.offers]),
            money=free_money(self.house, now_is),
            floor=campaign.floor,
            usual=usual_variants(
                [action.key for action in now_is.actions],
                usual_action(now_is.actions, campaign.offer_ids, now_is.week),
            ),
            everybody=len(now_is.audience),
            purses=self._purses(),
        )

    def _purses(self) -> tuple[Purse, ...]:
        now_is = self.now_is
        return purses_of(self.house, now_is.offers, now_is.terms, now_is.offer_of)


def _report(
    house: House, now_is: Situation, week: PlannedWeek, made: Sequence[Decision], before: int
) -> DecideReport:
    policy = week.plans.get("policy")
    allocation = policy.allocation if isinstance(policy, PolicyPlan) else None
    prices = week.prices(policy) if policy else {}
    state = house.ledger.state(account_of(now_is.campaign))
    offers = {offer.offer_id for offer in now_is.offers}
    weighed = [w.propensity for d in made if d.arm == "policy" for w in d.weighed]
    cut = Counter(code for d in made for code in set(d.rejected.values()))
    return DecideReport(
        campaign=now_is.campaign.campaign_id,
        week=now_is.week,
        audience=len(now_is.audience),
        decisions=len(made),
        already_decided=before,
        arms=dict(Counter(decision.arm for decision in made)),
        messages=sum(decision.offer_id is not None for decision in made),
        expected_spend_minor=sum(decision.spend_minor for decision in made),
        reserved_minor=state.reserved_minor,
        budget_left_minor=state.free_minor,
        budget_price=allocation.budget_price if allocation else 0.0,
        cap_prices={key: price for key, price in prices.items() if key in offers},
        gap=allocation.gap if allocation else 0.0,
        min_propensity=min(weighed, default=1.0),
        rejected=dict(cut),
        model_version=now_is.model.version_id,
        partners={
            account: PartnerBudget(theirs.reserved_minor, theirs.free_minor, prices.get(account, 0))
            for account in (purse.account for purse in week.inputs.purses)
            for theirs in [house.ledger.state(account)]
        },
    )
