"""Deciding a week: short money, runs that are cut off, runs that get in each other's way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from promoloop.core import RefusedError
from promoloop.decide import reason_text
from promoloop.feedback import Outcome
from promoloop.flows.deciding.contexts import remembered
from promoloop.flows.deciding.decide import decide
from promoloop.flows.history.audience import load_audience
from promoloop.flows.history.learn import learn
from promoloop.flows.house import House
from promoloop.flows.learning.logged import logged_sets
from promoloop.offers import Campaign, Caps, CouponCode, Offer
from promoloop.simulate import simulated_shop
from promoloop.testing.memory_house import memory_house
from promoloop.testing.stocked import coffee_and_pizza, stock, summer

START = datetime(2026, 6, 1, tzinfo=UTC)
WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)
COFFEE, PIZZA = coffee_and_pizza(START)
POOL = CouponCode(tuple(f"CODE{number:04d}" for number in range(400)))
CAMPAIGN = summer(START, budget_minor=1_000_000)

MakeShop = Callable[..., House]


@pytest.fixture(scope="module")
def people():
    return simulated_shop(300, ("COFFEE", "PIZZA"), START, "USD", np.random.default_rng(7))


@pytest.fixture
def make_shop(people) -> MakeShop:
    """300 simulated shoppers who may be asked, and copy from the templates."""

    def made(campaign: Campaign = CAMPAIGN, *offers: Offer) -> House:
        house = memory_house()
        stock(house, people, campaign, offers or (COFFEE, PIZZA), START)
        return house

    return made


class CutOffError(Exception):
    """The run was killed."""


def cut_off(_step: str, _done: int, _total: int) -> None:
    raise CutOffError


def test_little_money_goes_round_from_the_first_shopper_to_the_last(make_shop):
    """40,000 pays for 159 promises of 251: all of them, to shoppers everywhere in the list."""
    house = make_shop(replace(CAMPAIGN, budget_minor=40_000))
    report = decide(house, "c1", START, seed=1)
    decisions = house.decisions.of_campaign("c1")
    place = {id_: spot for spot, id_ in enumerate(load_audience(house, CAMPAIGN).ids)}
    sent = np.array([place[one.shopper_id] for one in decisions if one.offer_id])
    assert report.budget_left_minor >= 0
    assert report.reserved_minor > 20_000
    assert (sent < 150).sum() > len(sent) / 4


def test_an_offer_of_few_units_is_given_to_its_last_unit_and_not_beyond(make_shop):
    """In the random arm every third draw is coffee: 20 units do not last 300 shoppers."""
    few = replace(COFFEE, caps=Caps(total=20))
    arms = {"policy": 0.0, "random": 1.0, "bau": 0.0, "holdout": 0.0}
    house = make_shop(replace(CAMPAIGN, arms=arms), few, PIZZA)
    decide(house, "c1", START, seed=1)
    given = Counter(one.offer_id for one in house.decisions.of_campaign("c1"))
    assert given["coffee-25"] == 20
    assert house.stock.stock_left("c1") == {"coffee-25": 0}


def test_what_money_and_units_cut_is_logged_with_its_reason(make_shop):
    arms = {"policy": 0.0, "random": 1.0, "bau": 0.0, "holdout": 0.0}
    few = replace(COFFEE, caps=Caps(total=20))
    for shop, code, text in (
        (make_shop(replace(CAMPAIGN, arms=arms), few, PIZZA), "stock_exhausted", "none of it"),
        (make_shop(replace(CAMPAIGN, budget_minor=0)), "budget_exhausted", "could not pay"),
    ):
        decide(shop, "c1", START, seed=1)
        cut = [one for one in shop.decisions.of_campaign("c1") if code in one.reasons]
        assert cut
        for one in cut:
            keys = {key for key, reason in one.rejected.items() if reason == code}
            assert keys
            assert not keys & {weighed.action for weighed in one.weighed}
            assert text in reason_text(code, "en-US")


@pytest.mark.parametrize("budget", [1_000_000, 40_000, 0])
def test_propensities_are_of_the_final_set_and_sum_to_one(make_shop, budget):
    house = make_shop(replace(CAMPAIGN, budget_minor=budget))
    decide(house, "c1", START, seed=1)
    decisions = house.decisions.of_campaign("c1")
    assert len(decisions) == 300
    for one in decisions:
        odds = {weighed.action: weighed.propensity for weighed in one.weighed}
        assert sum(odds.values()) == pytest.approx(1.0, abs=1e-12)
        assert odds[one.action] == one.propensity > 0


def test_a_run_that_was_cut_off_leaves_what_shoppers_saw_as_it_was(make_shop):
    """What the first run decided on is kept, whatever the second run finds later."""
    house = make_shop()
    with pytest.raises(CutOffError):
        decide(house, "c1", START, 1, cut_off)
    first = house.decisions.of_campaign("c1")
    assert 0 < len(first) < 300
    decide(house, "c1", START + MINUTE, 1)
    assert len(house.decisions.of_campaign("c1")) == 300
    frame = remembered(house.tables, "c1", 1)
    assert frame is not None
    known = {(d, at, a) for d, at, a in frame["decision_id", "decided_at", "action"].iter_rows()}
    randomised = [
        one
        for one in house.decisions.of_campaign("c1")
        if one.arm in ("policy", "random") and one.offer_id
    ]
    assert all((one.decision_id, one.decided_at, one.action) in known for one in randomised)


def test_deciding_again_when_all_is_decided_changes_nothing(make_shop):
    house = make_shop(replace(CAMPAIGN, budget_minor=40_000))
    decide(house, "c1", START, 1)
    before, kept = house.decisions.of_campaign("c1"), remembered(house.tables, "c1", 1)
    again = decide(house, "c1", START + MINUTE, 2)
    assert (again.decisions, again.already_decided) == (0, 300)
    assert house.decisions.of_campaign("c1") == before
    after = remembered(house.tables, "c1", 1)
    assert kept is not None
    assert after is not None
    assert after.equals(kept)


def test_the_rest_of_a_week_gets_the_money_that_is_left(make_shop):
    """Nobody decided before takes part in the second plan: what is left is not planned twice."""
    house = make_shop(replace(CAMPAIGN, budget_minor=60_000))
    with pytest.raises(CutOffError):
        decide(house, "c1", START, 1, cut_off)
    decide(house, "c1", START, 1)
    cut = house.ledger.state("c1").reserved_minor
    whole = make_shop(replace(CAMPAIGN, budget_minor=60_000))
    decide(whole, "c1", START, 1)
    assert cut >= 0.9 * whole.ledger.state("c1").reserved_minor


def test_money_of_promises_that_expired_can_be_promised_again(make_shop):
    """Nobody ran `learn` after the first week; its money is back a day after its end."""
    house = make_shop(replace(CAMPAIGN, budget_minor=40_000))
    first = decide(house, "c1", START, seed=1)
    early = decide(house, "c1", START + WEEK, seed=1)
    assert early.messages < 0.2 * first.messages
    house = make_shop(replace(CAMPAIGN, budget_minor=40_000))
    decide(house, "c1", START, seed=1)
    again = decide(house, "c1", START + WEEK + timedelta(days=1), seed=1)
    assert again.messages >= 0.8 * first.messages


def test_a_moment_outside_the_campaign_frees_no_promise(make_shop):
    house = make_shop()
    decide(house, "c1", START, seed=1)
    held = house.ledger.state("c1")
    with pytest.raises(RefusedError, match="it runs 6 weeks"):
        decide(house, "c1", START + 52 * WEEK, seed=1)
    assert held.reserved_minor > 0
    assert house.ledger.state("c1") == held


def test_money_known_to_be_owed_is_not_promised_again(make_shop):
    """Everything was redeemed for 2.50, known but not settled yet when the next week is decided."""
    house = make_shop(replace(CAMPAIGN, budget_minor=40_000))
    decide(house, "c1", START, seed=1)
    made = [one for one in house.decisions.of_campaign("c1") if one.offer_id]
    at = START + timedelta(days=2)
    house.outcomes.append(
        [
            Outcome(
                f"r{one.decision_id}",
                one.shopper_id,
                one.decision_id,
                "redeemed",
                "",
                at,
                0,
                0,
                250,
                "real",
            )
            for one in made
        ]
    )
    report = decide(house, "c1", START + WEEK + timedelta(days=1), seed=1)
    state = house.ledger.state("c1")
    assert state.spent_minor == 250 * len(made)
    assert state.late_minor == 0
    assert report.budget_left_minor + state.reserved_minor == 40_000 - state.spent_minor


def test_a_second_run_at_the_same_time_leaves_no_message_without_its_decision(make_shop):
    """The second run starts while the first is under way; one of them is refused."""
    house = make_shop(CAMPAIGN, replace(COFFEE, conditions=(POOL,)), PIZZA)
    other = [False]

    def meanwhile(_step: str, _done: int, _total: int) -> None:
        if not other[0]:
            other[0] = True
            decide(house, "c1", START + MINUTE, seed=2)

    with pytest.raises(RefusedError):
        decide(house, "c1", START, 1, meanwhile)
    require_whole(house)


def require_whole(house: House) -> None:
    """Every message and reservation is of a decision that says so; no code went out twice."""
    decisions = {one.decision_id: one for one in house.decisions.of_campaign("c1")}
    assert len(decisions) == 300
    promised = {key: one for key, one in decisions.items() if one.offer_id}
    messages = house.outbox.lease("w", START + timedelta(days=6), 1000)
    assert {one.decision_id for one in messages} == promised.keys()
    assert all(one.channel == promised[one.decision_id].channel for one in messages)
    liability = sum(one.liability_minor for one in promised.values())
    assert house.ledger.state("c1").reserved_minor == liability
    codes = [m.slots["code"] for m in messages if promised[m.decision_id].offer_id == "coffee-25"]
    assert len(codes) == len(set(codes)) > 0


def test_an_offer_with_a_pool_or_a_cap_belongs_to_one_campaign(make_shop):
    """Each campaign counts for itself: two would give the same codes and twice the units."""
    house = make_shop(CAMPAIGN, replace(COFFEE, conditions=(POOL,)), PIZZA)
    house.campaigns.put(replace(CAMPAIGN, campaign_id="c2", salt="other"))
    decide(house, "c1", START, 1)
    decide(house, "c1", START + WEEK, 1)
    with pytest.raises(RefusedError, match="coffee-25"):
        decide(house, "c2", START, 1)


def test_two_campaigns_with_offers_of_their_own_can_both_decide(make_shop):
    house = make_shop(replace(CAMPAIGN, offer_ids=("coffee-25",)))
    house.campaigns.put(replace(CAMPAIGN, campaign_id="c2", offer_ids=("pizza-25",)))
    learn(house, START)
    assert decide(house, "c1", START, 1).decisions == 300
    assert decide(house, "c2", START, 1).decisions == 300


def test_what_was_decided_but_never_sent_counts_as_such(make_shop):
    """Odd mails are stopped on their way: the draw was what it was, and brought nothing."""
    house = make_shop()
    decide(house, "c1", START, 1)
    now = START + timedelta(days=2)
    messages = [m.dedupe_key for m in house.outbox.lease("w", now, 1000)]
    stopped, left = messages[::2], messages[1::2]
    house.outbox.mark(stopped, "w", "capped", now, "no-consent")
    house.outbox.mark(left, "w", "sending", now)
    house.outbox.mark(left, "w", "sent", now)
    log = logged_sets(house, CAMPAIGN, START + 2 * WEEK).randomised
    randomised = {
        one.decision_id: one
        for one in house.decisions.of_campaign("c1")
        if one.arm in ("policy", "random") and len(one.weighed) > 1
    }
    made = [one for one in randomised.values() if one.offer_id]
    assert len(log.chosen) == len(randomised)
    assert (log.chosen < log.there.shape[1]).sum() == len(made)
    assert len(log.sent) == sum(one.decision_id in left for one in made)
    assert (log.reward[log.sent] != 0.0).all()
    assert np.count_nonzero(log.reward) == len(log.sent)
