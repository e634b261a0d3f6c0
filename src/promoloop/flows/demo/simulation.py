"""Weeks of a campaign with simulated shoppers answering: decide, deliver, answer, settle, learn.

Everything but the answers is the code a shop runs. The answers come from ``simulate``, whose
truth is known, so that what the system estimates can be held against what is the case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from promoloop.decide import Budget, Decision, Terms, allocate, assign_arms
from promoloop.evaluate import Estimate
from promoloop.feedback import Outcome
from promoloop.flows.books.partners import purses_of
from promoloop.flows.books.stock import open_budget, units_left
from promoloop.flows.deciding.decide import (
    DecideReport,
    allowed_by_rule,
    decide_in,
    free_money,
    promises,
)
from promoloop.flows.deciding.situation import FATIGUE_MINOR, Situation, situation
from promoloop.flows.deliver import DeliverReport
from promoloop.flows.history.audience import PURPOSE
from promoloop.flows.house import House
from promoloop.flows.learning.judging import TrueValues
from promoloop.flows.learning.retrain import Retrained, retrain
from promoloop.flows.measuring.close import close_week
from promoloop.flows.measuring.measure import lift, panel
from promoloop.flows.ports import Progress, silent
from promoloop.flows.schedule import WEEK, account_of, cycle_start
from promoloop.offers import Campaign
from promoloop.profiles import Consent
from promoloop.respond import Action
from promoloop.simulate import ShopperWorld, Treatment, next_fatigue

__all__ = ["SimulatedWeek", "Simulation"]

#: Deliver everything due at this moment.
Deliver = Callable[[datetime], DeliverReport]

#: Weeks that must have passed before there is something to learn from.
FIRST_LESSON = 1

#: When held messages are let go after quiet hours, and when the last ones surely are.
_MORNING = timedelta(hours=16)
_SWEEP = timedelta(hours=36)


@dataclass(frozen=True, slots=True)
class SimulatedWeek:
    """What one week was. ``incremental`` maps arm and ``oracle`` to the true expected incremental
    margin per shopper, in minor units: simulated, known only because the shoppers are.

    ``cost_minor`` is what the week's discounts and contacts came to for the shop, counted from
    outcomes and deliveries; ``over_budget_minor`` holds that, and the promises in the decision log,
    against the budget. Neither asks the ledger, which keeps to the budget by its making.
    """

    week: int
    starts: datetime
    decided: DecideReport
    delivered: DeliverReport
    incremental: Mapping[str, float]
    spent_minor: int
    spent_before_minor: int
    reserved_minor: int
    over_budget_minor: int
    cost_minor: int
    redemptions: int
    over_promise: int
    lift_vs_bau: Estimate
    lift_vs_holdout: Estimate
    retrained: Retrained | None
    running: str


@dataclass(slots=True)
class Simulation:
    """Twelve weeks (or as many as the campaign has), one ``step`` at a time.

    Parameters
    ----------
    house : House
    campaign : Campaign
    deliver : callable
        Sends what is due at a moment through real channels.
    seed : int
        Of the shoppers' truth, of their answers and of the draws.
    """

    house: House
    campaign: Campaign
    deliver: Deliver
    seed: int
    progress: Progress = silent
    world: ShopperWorld | None = None
    weeks: list[SimulatedWeek] = field(default_factory=list)
    true_values: dict[datetime, TrueValues] = field(default_factory=dict)
    _fatigue: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    _oracle_fatigue: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def run(self) -> list[SimulatedWeek]:
        """Every week of the campaign that has not been simulated yet."""
        open_budget(self.house, self.campaign)
        for week in range(len(self.weeks) + 1, self.campaign.weeks + 1):
            self.weeks.append(self.step(week))
            self.progress("simulated weeks", week, self.campaign.weeks)
        return self.weeks

    def step(self, week: int) -> SimulatedWeek:
        """Decide, deliver, answer, settle, measure and learn one week."""
        house, campaign = self.house, self.campaign
        start = cycle_start(campaign, week)
        retrained = retrain(house, campaign, start) if week > FIRST_LESSON else None
        now_is = situation(house, campaign, start)
        world = self._world_of(now_is)
        oracle = self._oracle(world, now_is, free_money(house, now_is))
        before = house.ledger.state(account_of(campaign)).spent_minor
        decided = decide_in(house, now_is, self.seed)
        delivered = self._delivered(now_is)
        treatments = self._treatments(now_is)
        truth = self._truth(world, now_is, treatments)
        rng = np.random.default_rng([self.seed, week])
        answers = world.answer(start, treatments, self._fatigue, rng)
        self._let_go(treatments, answers)
        house.outcomes.append(answers)
        self._fatigue = next_fatigue(self._fatigue, _contacts(treatments, len(truth)))
        closed = close_week(house, campaign, week)
        cost = closed.discounts_minor + closed.contacts_minor - closed.partners_minor
        state = house.ledger.state(account_of(campaign))
        seen = panel(house, campaign, now_is.audience, week)
        by_arm = {arm: float(truth[seen.arms == arm].mean()) for arm in campaign.arms}
        return SimulatedWeek(
            week=week,
            starts=start,
            decided=decided,
            delivered=delivered,
            incremental={**by_arm, "oracle": oracle},
            spent_minor=state.spent_minor,
            spent_before_minor=before,
            reserved_minor=decided.reserved_minor,
            over_budget_minor=max(0, self._most_cost(now_is, cost) - campaign.budget_minor),
            cost_minor=cost,
            redemptions=closed.redemptions,
            over_promise=closed.over_promise,
            lift_vs_bau=lift(seen, "policy", "bau", campaign.weeks),
            lift_vs_holdout=lift(seen, "policy", "holdout", campaign.weeks),
            retrained=retrained,
            running=now_is.model.version_id,
        )

    def _most_cost(self, now_is: Situation, cost: int) -> int:
        """What all weeks cost so far, this one at its promises or its ``cost``, the larger."""
        promised = sum(decision.liability_minor for decision in self._decided(now_is))
        return sum(week.cost_minor for week in self.weeks) + max(promised, cost)

    def _let_go(self, treatments: Sequence[Treatment], answers: Sequence[Outcome]) -> None:
        """Who leaves takes back the consent to that channel, as a real shopper does."""
        channels = {one.decision_id: one.channel for one in treatments}
        self.house.consents.record(
            [
                Consent(
                    one.shopper_id, channels[one.decision_id], PURPOSE, False, one.at, "simulated"
                )
                for one in answers
                if one.kind == "unsubscribed"
            ]
        )

    def _world_of(self, now_is: Situation) -> ShopperWorld:
        """The shoppers, made once from what history says of them."""
        if self.world is None:
            rng = np.random.default_rng([self.seed, 0])
            baseline, terms = now_is.audience.baseline, now_is.terms
            self.world = ShopperWorld.from_profiles(baseline, now_is.traits, terms, rng)
            self._fatigue = np.zeros(len(now_is.audience))
            self._oracle_fatigue = np.zeros(len(now_is.audience))
        return self.world

    def _delivered(self, now_is: Situation) -> DeliverReport:
        """Let the week's clock run: send at every moment at which something is due."""
        moments = {
            decision.send_at for decision in self._decided(now_is) if decision.send_at is not None
        }
        due = sorted(moments | {now_is.now + _MORNING, now_is.now + _SWEEP})
        reports = [self.deliver(moment) for moment in due]
        return merged(reports)

    def _decided(self, now_is: Situation) -> tuple[Decision, ...]:
        campaign_id = self.campaign.campaign_id
        return self.house.decisions.decided_between(campaign_id, now_is.now, now_is.now + WEEK)

    def _treatments(self, now_is: Situation) -> list[Treatment]:
        """What reached whom, as the simulated shoppers take it."""
        place = {shopper_id: row for row, shopper_id in enumerate(now_is.audience.ids)}
        groups = {offer.offer_id: offer.group for offer in now_is.offers}
        sent = self.house.deliveries.sent_between(now_is.now, now_is.now + WEEK)
        return [
            Treatment(
                shopper_index=place[decision.shopper_id],
                decision_id=decision.decision_id,
                offer_id=decision.offer_id,
                group=groups[decision.offer_id],
                channel=decision.channel,
                hour=decision.hour,
                variant=decision.variant,
                sent_at=sent[decision.decision_id],
            )
            for decision in self._decided(now_is)
            if decision.decision_id in sent
            and decision.offer_id is not None
            and decision.channel is not None
            and decision.hour is not None
            and decision.variant is not None
        ]

    def _truth(
        self, world: ShopperWorld, now_is: Situation, treatments: Sequence[Treatment]
    ) -> NDArray[np.float64]:
        """(n,) true expected incremental margin of what was sent, zero where nothing was."""
        contact = self.campaign.channels
        values = world.expected_value(now_is.actions, contact, self._fatigue)
        self.true_values[now_is.now] = TrueValues(now_is.audience.ids, now_is.actions, values)
        column = {action: spot for spot, action in enumerate(now_is.actions)}
        truth = np.zeros(len(now_is.audience))
        for one in treatments:
            action = Action(one.offer_id, one.channel, one.hour, one.variant)
            truth[one.shopper_index] = values[one.shopper_index, column[action]]
        return truth

    def _oracle(self, world: ShopperWorld, now_is: Situation, money: float) -> float:
        """Mean true value per shopper of the best plan under the same rules, budget and stock.

        The oracle sees every shopper's true response, is not held to candidates or floors, and
        lives in a world of its own, where its own contacts tire its shoppers. It plans week by
        week, as the policy does, with the same share of the money, of partners' money and of every
        limited offer.
        """
        arms = np.array(assign_arms(now_is.audience.ids, self.campaign.salt, self.campaign.arms))
        rows = np.flatnonzero(arms == "policy")
        reached = max(1, int((arms != "holdout").sum()))
        contact, tired = self.campaign.channels, self._oracle_fatigue
        values = world.expected_value(now_is.actions, contact, tired)[rows]
        spend = promises(now_is)[rows]
        caution = FATIGUE_MINOR * tired[rows][:, None]
        allowed = allowed_by_rule(now_is.guarded)[rows]
        share = len(rows) / reached
        terms = Terms(
            money * share,
            self._partners(now_is, share),
            caps=self._units(now_is, share),
            cap_of=now_is.offer_of,
        )
        plan = allocate(values - caution, spend, terms, eligible=allowed)
        chosen = plan.choice >= 0
        self._oracle_fatigue[:] = next_fatigue(tired, np.zeros(len(tired)))
        self._oracle_fatigue[rows] += chosen
        taken = values[np.arange(len(rows)), np.maximum(plan.choice, 0)]
        return float(np.where(chosen, taken, 0.0).sum() / len(rows))

    def _partners(self, now_is: Situation, share: float) -> tuple[Budget, ...]:
        """This share of every partner's money."""
        purses = purses_of(self.house, now_is.offers, now_is.terms, now_is.offer_of)
        return tuple(purse.part(share).less(0.0) for purse in purses)

    def _units(self, now_is: Situation, share: float) -> NDArray[np.int64]:
        """(offers,) promises that may be made with this share of every limited offer."""
        left = units_left(self.house, self.campaign, now_is.offers, now_is.codes_used)
        units = [left.get(offer.offer_id, len(now_is.audience)) for offer in now_is.offers]
        return np.floor(np.array(units) * share).astype(np.int64)


def merged(reports: Sequence[DeliverReport]) -> DeliverReport:
    """One report of several runs."""
    reasons: Counter[str] = Counter()
    for report in reports:
        reasons.update(report.reasons)
    total = {
        name: sum(getattr(report, name) for report in reports)
        for name in ("sent", "failed", "unknown", "capped", "held", "expired", "retry")
    }
    return DeliverReport(
        **total, reasons=dict(reasons), seconds=sum(report.seconds for report in reports)
    )


def _contacts(treatments: Sequence[Treatment], n: int) -> NDArray[np.float64]:
    rows = np.array([one.shopper_index for one in treatments], dtype=np.int64)
    return np.bincount(rows, minlength=n).astype(np.float64)
