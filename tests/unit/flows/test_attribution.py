"""Last-touch and incremental side by side, on shoppers whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from scipy import stats

from promoloop.decide import Reservation, assign_arms
from promoloop.flows.history.audience import Audience
from promoloop.flows.measuring.attribution import attribution
from promoloop.flows.measuring.close import close_week, take_back_refunds
from promoloop.flows.schedule import WEEK
from promoloop.respond import Baseline
from promoloop.testing.memory_house import memory_house
from promoloop.testing.samples import NOON, campaign, decision, message, offer, outcome

N = 600
CAMPAIGN = replace(campaign("c1"), arms={"policy": 0.5, "holdout": 0.5}, offer_ids=("o1",))
NAMES = [f"s{number}" for number in range(N)]
ARMS = np.array(assign_arms(NAMES, CAMPAIGN.salt, CAMPAIGN.arms))
CONTACT = CAMPAIGN.channels["email"]
OVER = NOON + WEEK + timedelta(days=1)
LATER = NOON + timedelta(days=20)


def people() -> Audience:
    ones = np.ones((N, 1))
    return Audience(
        ids=tuple(NAMES),
        profiles=pl.DataFrame({"shopper_id": NAMES}),
        baseline=Baseline(np.array(NAMES), ("COFFEE",), 0.2 * ones, ones, 100 * ones),
        locales=("en-US",) * N,
        time_zones=("UTC",) * N,
        emails=("",) * N,
        consent={},
    )


def bought(house, shopper: str, days: float, margin: int, kind: str = "ordered", name: str = ""):
    one = replace(outcome(f"{kind}-{shopper}-{days}{name}"), shopper_id=shopper, decision_id="")
    at = NOON + timedelta(days=days)
    revenue = margin * 4
    house.outcomes.append(
        [
            replace(
                one, kind=kind, at=at, margin_minor=margin, discount_minor=0, revenue_minor=revenue
            )
        ]
    )


@pytest.fixture
def house():
    """Everybody of the policy arm is written to. 40 % of all buy for 300 anyway, nobody more."""
    made = memory_house(time_zone="UTC")
    made.offers.put([offer("o1")])
    made.ledger.open("c1", 10_000_000, {"o1": N})
    decisions, held, mails = [], [], []
    for name in (name for name, arm in zip(NAMES, ARMS, strict=True) if arm == "policy"):
        one = replace(decision(f"d-{name}"), shopper_id=name, decided_at=NOON, arm="policy")
        decisions.append(one)
        held.append(Reservation(one.decision_id, "o1", 400, NOON + 8 * timedelta(days=1)))
        mails.append(
            replace(
                message(one.decision_id, shopper_id=name),
                decision_id=one.decision_id,
                not_before=NOON,
                expires_at=NOON + WEEK,
            )
        )
    made.commit("c1", decisions, held, mails)
    keys = [one.dedupe_key for one in made.outbox.lease("w", NOON, N)]
    made.outbox.mark(keys, "w", "sending", NOON)
    made.outbox.mark(keys, "w", "sent", NOON)
    rng = np.random.default_rng(11)
    for name in np.array(NAMES)[rng.random(N) < 0.4]:
        bought(made, str(name), 2, 300)
    return made


def measured(house, now=LATER):
    take_back_refunds(house, CAMPAIGN, 1, now)
    close_week(house, CAMPAIGN, 1)
    return attribution(house, replace(CAMPAIGN, weeks=1), now, people())


def test_last_touch_credits_those_who_would_have_bought_anyway_and_incremental_does_not(house):
    arm = measured(house).of("policy")
    size = int((ARMS == "policy").sum())
    buyers = {one.shopper_id for one in house.outcomes.between(NOON, LATER)}
    ours = np.array([name in buyers for name in np.array(NAMES)[ARMS == "policy"]])
    assert arm.last_touch.value == ours.sum() * 300 - size * CONTACT
    assert arm.last_touch.low > 0
    # The truth: nothing was caused, and every contact was paid.
    assert arm.incremental.low <= -size * CONTACT <= arm.incremental.high
    assert arm.last_touch.low > arm.incremental.value


def test_the_interval_of_last_touch_is_students(house):
    arm = measured(house).of("policy")
    buyers = {one.shopper_id for one in house.outcomes.between(NOON, LATER)}
    values = np.array(
        [300 * (name in buyers) - CONTACT for name in np.array(NAMES)[ARMS == "policy"]]
    )
    low, high = stats.t.interval(0.95, values.size - 1, values.mean(), stats.sem(values))
    assert (arm.last_touch.low, arm.last_touch.high) == pytest.approx(
        (low * values.size, high * values.size)
    )


def test_what_the_campaign_caused_shows_in_both(house):
    for name in np.array(NAMES)[ARMS == "policy"]:
        bought(house, str(name), 3, 500)
    before = 500 * int((ARMS == "policy").sum())
    arm = measured(house).of("policy")
    contact = CONTACT * int((ARMS == "policy").sum())
    assert arm.incremental.low <= before - contact <= arm.incremental.high
    assert arm.incremental.low > 0


def test_counts_are_told_beside_the_figures(house):
    arm = measured(house).of("policy")
    size = int((ARMS == "policy").sum())
    assert (arm.shoppers, arm.messages) == (size, size)
    assert 0 < arm.conversions < size
    assert (arm.open, arm.open_minor, arm.refunded_minor, arm.left_minor) == (0, 0, 0, 0)


def test_windows_still_open_are_told_apart(house):
    close_week(house, CAMPAIGN, 1)
    early = NOON + WEEK + timedelta(days=1, hours=1)
    late = replace(CAMPAIGN, weeks=1)
    arm = attribution(house, late, early, people()).of("policy")
    assert arm.open == 0  # decided at the beginning of the week: all windows have closed
    assert arm.messages == int((ARMS == "policy").sum())


def test_refunds_come_off_both_figures(house):
    before = measured(house).of("policy")
    buyers = sorted({one.shopper_id for one in house.outcomes.between(NOON, LATER)})
    given_back = [name for name in buyers if ARMS[NAMES.index(name)] == "policy"]
    for name in given_back:
        bought(house, name, 2, -300, "refunded")
    after = measured(house).of("policy")
    assert after.refunded_minor == 300 * len(given_back)
    assert before.last_touch.value - after.last_touch.value == 300 * len(given_back)
    assert after.conversions == 0
    assert after.incremental.value < before.incremental.value


def test_what_leaving_costs_stands_beside_the_figures(house):
    before = measured(house).of("policy")
    someone = str(np.array(NAMES)[ARMS == "policy"][0])
    one = replace(outcome("left"), shopper_id=someone, decision_id="", kind="complained")
    at = NOON + timedelta(days=1)
    house.outcomes.append([replace(one, at=at, margin_minor=0, discount_minor=0)])
    # Nothing is kept yet: leaving within the window is known before the week settles.
    dear = replace(house, leaving_minor={"complained": 900}, tables=type(house.tables)())
    after = measured(dear).of("policy")
    assert after.left_minor == 900
    assert after.last_touch.value == before.last_touch.value


def test_before_the_first_week_is_over_there_is_no_figure(house):
    found = attribution(house, CAMPAIGN, NOON + timedelta(days=3), people())
    assert (found.weeks, found.arms) == (0, ())


def test_without_a_holdout_there_is_no_incremental_figure(house):
    alone = replace(CAMPAIGN, arms={"policy": 1.0}, weeks=1)
    close_week(house, alone, 1)
    arm = attribution(house, alone, OVER, people()).of("policy")
    assert arm.incremental is None
    assert arm.last_touch is not None
