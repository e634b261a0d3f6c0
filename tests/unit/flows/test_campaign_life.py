"""Nothing goes out of a campaign that nobody has approved."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from promoloop.core import InvalidError, RefusedError
from promoloop.flows.campaigns import life
from promoloop.flows.house import House
from promoloop.flows.measuring.guardrails import require_running, resume
from promoloop.offers import Campaign, Offer, Pause, PercentOff
from promoloop.testing.memory_house import memory_house

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OFFER = Offer(
    "coffee-20",
    {"en-US": "coffee"},
    "COFFEE",
    PercentOff(20, 400),
    datetime(2026, 11, 1, tzinfo=UTC),
    datetime(2026, 12, 31, tzinfo=UTC),
    "USD",
)
CAMPAIGN = Campaign(
    "advent",
    "Advent",
    ("coffee-20",),
    {"email": 1},
    (9, 18),
    100_000,
    "USD",
    {"policy": 0.8, "holdout": 0.2},
    NOON,
    4,
    "salt",
)


def shop() -> House:
    house = memory_house()
    house.offers.put([OFFER])
    return house


def moved(house: House, *steps: str) -> str:
    for step in steps:
        life.move(house, "advent", step, "ana", NOON)
    return life.standing(house, house.campaigns.get("advent")).state


def test_a_new_campaign_is_a_draft_and_may_not_decide() -> None:
    house = shop()
    assert life.propose(house, CAMPAIGN, "ana", NOON).state == "draft"
    with pytest.raises(RefusedError, match="stands still"):
        require_running(house, "advent")


def test_it_runs_once_it_was_submitted_approved_and_activated() -> None:
    house = shop()
    life.propose(house, CAMPAIGN, "ana", NOON)
    assert moved(house, "submit", "approve") == "approved"
    assert moved(house, "activate") == "active"
    require_running(house, "advent")


def test_no_step_of_its_life_can_be_left_out() -> None:
    house = shop()
    life.propose(house, CAMPAIGN, "ana", NOON)
    for step in ("approve", "activate", "pause", "resume"):
        with pytest.raises(RefusedError):
            moved(house, step)
    with pytest.raises(RefusedError, match="not paused but draft"):
        resume(house, "advent", NOON)


def test_what_was_changed_after_its_approval_needs_another_one() -> None:
    house = shop()
    life.propose(house, CAMPAIGN, "ana", NOON)
    moved(house, "submit", "approve")
    house.offers.put([replace(OFFER, reward=PercentOff(90, 40_000))])
    with pytest.raises(RefusedError, match="changed after it was approved"):
        moved(house, "activate")
    assert moved(house, "send_back", "submit", "approve", "activate") == "active"


def test_a_running_campaign_is_not_changed_under_way() -> None:
    house = shop()
    life.propose(house, CAMPAIGN, "ana", NOON)
    moved(house, "submit", "approve", "activate")
    with pytest.raises(RefusedError, match="it is active"):
        life.propose(house, replace(CAMPAIGN, budget_minor=1), "ana", NOON)
    moved(house, "pause")
    changed = life.propose(house, replace(CAMPAIGN, budget_minor=1), "ana", NOON)
    assert changed.state == "draft"
    assert changed.changed


def test_an_ended_campaign_stays_ended() -> None:
    house = shop()
    life.propose(house, CAMPAIGN, "ana", NOON)
    assert moved(house, "end") == "ended"
    for step in life.MOVES:
        with pytest.raises(RefusedError):
            moved(house, step)
    with pytest.raises(RefusedError):
        life.propose(house, CAMPAIGN, "ana", NOON)


def test_a_campaign_from_a_file_is_active_and_a_guardrail_pauses_it() -> None:
    house = shop()
    house.campaigns.put(CAMPAIGN)
    assert life.standing(house, CAMPAIGN).state == "active"
    house.pauses.write(Pause("advent", NOON, True, "complaint_rate", 0.1, 0.05, 0.2, "complaints"))
    assert life.standing(house, CAMPAIGN).state == "paused"
    assert moved(house, "resume") == "active"


def test_a_campaign_with_an_offer_nobody_knows_is_refused_before_anything_is_stored() -> None:
    house = memory_house()
    with pytest.raises(InvalidError, match="there is no offer"):
        life.propose(house, CAMPAIGN, "ana", NOON)
    assert house.campaigns.all() == ()
    assert house.pauses.paused() == {}


def test_why_a_campaign_stands_still_is_said_plainly() -> None:
    house = shop()
    told = [life.propose(house, CAMPAIGN, "key 12ab", NOON).reason]
    told += [
        life.move(house, "advent", step, "ana", NOON).reason.partition(":")[0]
        for step in ("submit", "approve", "activate", "pause", "end")
    ]
    assert told == [
        "a draft by the API key 12ab, not submitted yet",
        "submitted by ana, waiting for approval",
        "approved by ana, not launched yet",
        "launched by ana",
        "paused by ana",
        "ended by ana",
    ]
