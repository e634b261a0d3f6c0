"""Limits that pause a campaign, and who lifts the pause."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from promoloop.core import RefusedError
from promoloop.decide import GlobalHoldout, Reservation, Settlement, held_out
from promoloop.feedback import Outcome
from promoloop.flows.books.outcomes import collect_outcomes
from promoloop.flows.deciding.decide import decide
from promoloop.flows.learning.loop import loop_back
from promoloop.flows.measuring.close import close_week
from promoloop.flows.measuring.guardrails import (
    check_guardrails,
    pause_where_crossed,
    paused_now,
    require_running,
    resume,
)
from promoloop.flows.schedule import WEEK
from promoloop.offers import Campaign, Guardrail, Offer, PercentOff
from promoloop.simulate import simulated_shop
from promoloop.testing.memory_house import memory_house
from promoloop.testing.samples import decision as sample_decision
from promoloop.testing.samples import message as sample_message
from promoloop.testing.stocked import stock

DAY = timedelta(days=1)
START = datetime(2026, 6, 1, tzinfo=UTC)
COFFEE = Offer(
    "coffee-20", {"en-US": "coffee"}, "COFFEE", PercentOff(20, 200), START, START + 90 * DAY, "USD"
)
SUMMER = Campaign(
    "summer",
    "Summer",
    ("coffee-20",),
    {"email": 1},
    (9,),
    40_000,
    "USD",
    {"policy": 0.5, "random": 0.2, "bau": 0.0, "holdout": 0.3},
    START,
    6,
    "salt",
)


@pytest.fixture(scope="module")
def house():
    """120 simulated shoppers with a year of history, and copy from the templates."""
    made = memory_house()
    people = simulated_shop(120, ("COFFEE",), START, "USD", np.random.default_rng(7))
    stock(made, people, SUMMER, [COFFEE], START, channels=("email",))
    return made


LEFT = Guardrail("unsubscribe_rate", "above", 0.005)


def guarded(shop, *rails):
    """The hand-made campaign with these guardrails."""
    campaign = replace(shop.campaign, guardrails=rails)
    shop.house.campaigns.put(campaign)
    return campaign


def wrote(shop, count, first=0, day=1.0):
    """Messages to so many more shoppers, sent on that day."""
    at = shop.campaign.starts_at + timedelta(days=day)
    made = [
        replace(
            sample_decision(f"m{spot}", "c1", sent=True),
            shopper_id=f"p{spot}",
            arm="policy",
            decided_at=at,
            offer_id="coffee-25",
            channel="email",
            liability_minor=1,
        )
        for spot in range(first, first + count)
    ]
    until = at + 8 * DAY
    messages = [
        replace(
            sample_message(one.decision_id, shopper_id=one.shopper_id),
            decision_id=one.decision_id,
            channel="email",
            not_before=at,
            expires_at=until,
        )
        for one in made
    ]
    held = [Reservation(one.decision_id, "coffee-25", 1, until) for one in made]
    shop.house.commit("c1", made, held, messages)
    outbox = shop.house.outbox
    keys = [message.dedupe_key for message in outbox.lease("w", at, count)]
    outbox.mark(keys, "w", "sending", at)
    outbox.mark(keys, "w", "sent", at)


def said(shop, kind, count, first=0, day=2.0, named=True, off=0):
    """So many of them do this on that day."""
    at = shop.campaign.starts_at + timedelta(days=day)
    shop.house.outcomes.append(
        [
            Outcome(
                f"{kind}-{spot}",
                f"p{spot}",
                f"m{spot}" if named else "",
                kind,
                "COFFEE",
                at,
                0,
                0,
                off,
                "real",
            )
            for spot in range(first, first + count)
        ]
    )


def at(shop, day):
    return shop.campaign.starts_at + timedelta(days=day)


def test_too_many_who_leave_pause_the_campaign_and_say_why(shop):
    campaign = guarded(shop, LEFT)
    wrote(shop, 1_000)
    said(shop, "unsubscribed", 40)
    (check,) = pause_where_crossed(shop.house, campaign, at(shop, 3))
    assert check.breached
    # s1 and s3 of the hand-made shop were written to as well.
    assert (check.estimate.value, check.estimate.n) == (40 / 1_002, 1_002)
    pause = paused_now(shop.house, "c1")
    assert (pause.metric, pause.figure, pause.at) == ("unsubscribe_rate", 40 / 1_002, at(shop, 3))
    with pytest.raises(RefusedError) as refusal:
        decide(shop.house, "c1", at(shop, 3), 1)
    assert "unsubscribe_rate is above 0.005" in refusal.value.case
    assert "promoloop resume c1" in refusal.value.remedy


def test_a_few_who_leave_pause_nothing(shop):
    campaign = guarded(shop, LEFT)
    wrote(shop, 1_000)
    said(shop, "unsubscribed", 6)
    (check,) = pause_where_crossed(shop.house, campaign, at(shop, 3))
    assert not check.breached
    assert paused_now(shop.house, "c1") is None
    require_running(shop.house, "c1")


def test_who_leaves_without_naming_a_message_counts_for_the_campaign_that_wrote(shop):
    campaign = guarded(shop, LEFT)
    wrote(shop, 1_000)
    said(shop, "unsubscribed", 40, named=False)
    said(shop, "unsubscribed", 5, first=5_000, named=False)  # nobody wrote to these
    (check,) = check_guardrails(shop.house, campaign, at(shop, 3))
    assert check.estimate.value == 40 / 1_002


def test_complaints_and_refused_codes_are_counted_apart(shop):
    campaign = guarded(
        shop,
        Guardrail("complaint_rate", "above", 0.001),
        Guardrail("wrong_price_rate", "above", 0.05),
    )
    wrote(shop, 1_000)
    said(shop, "complained", 20)
    said(shop, "redeemed", 30)
    said(shop, "denied", 20, first=30)
    said(shop, "redeemed", 1, first=60, off=99)  # more than the promise of 1
    complaints, wrong = check_guardrails(shop.house, campaign, at(shop, 3))
    assert complaints.estimate.value == 20 / 1_002
    assert (wrong.estimate.value, wrong.estimate.n) == (21 / 51, 51)
    assert complaints.breached
    assert wrong.breached


def test_a_resumed_campaign_is_judged_on_what_comes_after(shop):
    campaign = guarded(shop, LEFT)
    wrote(shop, 1_000)
    said(shop, "unsubscribed", 40)
    pause_where_crossed(shop.house, campaign, at(shop, 3))
    lifted = resume(shop.house, "c1", at(shop, 4))
    assert paused_now(shop.house, "c1") is None
    assert shop.house.pauses.of("c1")[-1] == lifted
    (check,) = pause_where_crossed(shop.house, campaign, at(shop, 4.5))
    assert (check.breached, check.estimate.n) == (False, 0)
    wrote(shop, 500, first=2_000, day=5)
    said(shop, "unsubscribed", 30, first=2_000, day=6)
    (check,) = pause_where_crossed(shop.house, campaign, at(shop, 7))
    assert (check.breached, check.estimate.n) == (True, 500)
    assert len(shop.house.pauses.of("c1")) == 3


def test_a_campaign_that_is_paused_already_is_paused_once(shop):
    campaign = guarded(shop, LEFT)
    wrote(shop, 1_000)
    said(shop, "unsubscribed", 40)
    for day in (3, 4, 5):
        pause_where_crossed(shop.house, campaign, at(shop, day))
    assert [one.at for one in shop.house.pauses.of("c1")] == [at(shop, 3)]


def test_what_is_not_paused_cannot_be_resumed(shop):
    guarded(shop, LEFT)
    with pytest.raises(RefusedError, match="it is not paused"):
        resume(shop.house, "c1", at(shop, 1))


def test_several_guardrails_share_one_error(shop):
    campaign = guarded(shop, LEFT, Guardrail("complaint_rate", "above", 0.001))
    levels = {check.estimate.level for check in check_guardrails(shop.house, campaign, at(shop, 3))}
    assert levels == {0.975}


def test_money_that_goes_faster_than_time_is_found_when_a_week_is_closed(shop):
    rail = Guardrail("spend_pace", "above", 1.5)
    campaign = guarded(shop, rail)
    assert check_guardrails(shop.house, campaign, at(shop, 5))[0].estimate is None
    # A quarter of 10,000 is planned for each of four weeks; 5,000 went in the first.
    until = at(shop, 8)
    shop.house.ledger.reserve("c1", [Reservation("big", "coffee-25", 5_000, until)])
    shop.house.ledger.settle([Settlement("big", 5_000, redeemed=True)])
    close_week(shop.house, campaign, 1)
    spent = shop.house.ledger.state("c1").spent_minor
    (check,) = pause_where_crossed(shop.house, campaign, at(shop, 8.5))
    assert check.estimate.value == pytest.approx(spent / 2_500)
    assert check.breached
    resume(shop.house, "c1", at(shop, 9))
    # Week 2 had begun by then and is not judged; nothing is known of weeks 3 and 4 yet.
    (check,) = check_guardrails(shop.house, campaign, at(shop, 16))
    assert check.estimate is None


def test_a_loss_against_the_holdout_is_found_over_whole_weeks(house):
    rail = Guardrail("margin_per_shopper", "below", 500.0)
    campaign = replace(SUMMER, campaign_id="losing", guardrails=(rail,))
    house.campaigns.put(campaign)
    decide(house, "losing", SUMMER.starts_at, 1)
    assert check_guardrails(house, campaign, SUMMER.starts_at + DAY)[0].estimate is None
    close_week(house, campaign, 1)
    (check,) = check_guardrails(house, campaign, SUMMER.starts_at + WEEK + 2 * DAY)
    # Nobody bought anything, so the gain is surely below 5 dollars a week.
    assert check.estimate.high < 500.0
    assert check.breached


def test_a_campaign_without_guardrails_is_not_looked_at(shop):
    assert check_guardrails(shop.house, shop.campaign, at(shop, 3)) == ()


def test_going_round_the_loop_checks_and_reports(shop):
    guarded(shop, LEFT)
    wrote(shop, 1_000)
    said(shop, "unsubscribed", 40)
    (done,) = loop_back(shop.house, at(shop, 3)).campaigns
    assert done.guardrails[0].breached
    assert done.paused.startswith("unsubscribe_rate is above 0.005")


def test_spam_complaints_and_denied_coupons_are_read_from_events(shop):
    named = json.dumps({"decision_id": "d1"})
    shop.happens("Email Marked as Spam", "s1", 1, properties=named)
    shop.happens("Coupon Denied", "s1", 2, properties=json.dumps({"coupon_name": "COFFEE25"}))
    shop.happens("Coupon Denied", "s2", 2, properties=json.dumps({"coupon_name": "COFFEE25"}))
    shop.happens("Coupon Denied", "s1", 2, properties=json.dumps({"coupon_name": "OTHER"}))
    report = collect_outcomes(shop.house, shop.campaign, at(shop, 4))
    assert (report.complained, report.denied, report.unsubscribed) == (1, 1, 1)
    kinds = {one.kind: one for one in shop.house.outcomes.between(at(shop, 0), at(shop, 4))}
    assert kinds["complained"].decision_id == kinds["denied"].decision_id == "d1"
    assert collect_outcomes(shop.house, shop.campaign, at(shop, 4)).new == 0


def test_who_is_held_out_of_everything_gets_nothing_from_any_campaign(house):
    house = replace(house, holdout=GlobalHoldout(0.3))
    ids = house.tables.get("profiles")["shopper_id"].to_list()
    outside = {one for one, out in zip(ids, held_out(ids, house.holdout), strict=True) if out}
    assert 0.15 < len(outside) / len(ids) < 0.45
    for name in ("first", "second"):
        house.campaigns.put(replace(SUMMER, campaign_id=name, salt=name))
        report = decide(house, name, SUMMER.starts_at, 1)
        made = house.decisions.of_campaign(name)
        assert report.audience == len(made) == len(ids) - len(outside)
        assert outside.isdisjoint(one.shopper_id for one in made)


def test_a_larger_holdout_keeps_everybody_of_a_smaller_one():
    ids = [f"s{spot}" for spot in range(5_000)]
    small, large = (np.array(held_out(ids, GlobalHoldout(share))) for share in (0.05, 0.2))
    assert (large | ~small).all()
    # Three standard errors of a share of 20 % over 5,000 are 1.7 points.
    assert large.mean() == pytest.approx(0.2, abs=0.017)
