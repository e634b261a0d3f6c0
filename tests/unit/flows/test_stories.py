"""Stories on a campaign's page are told of people who are still known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from promoloop.flows.demo.page import stories_of
from promoloop.flows.history.audience import load_audience
from promoloop.flows.house import House


def test_nobodys_story_is_told_who_was_erased_even_if_decided_for_last(
    decided_house: House,
) -> None:
    campaign = decided_house.campaigns.get("c1")
    audience = load_audience(decided_house, campaign)
    decisions = decided_house.decisions.of_campaign("c1")
    last = max(decisions, key=lambda one: one.decided_at)
    erased = replace(last, shopper_id="erased-0a", decided_at=last.decided_at + timedelta(hours=1))
    told = stories_of(audience, [*decisions, erased], "USD")
    assert told == stories_of(audience, decisions, "USD")
    assert told
    assert stories_of(audience, [erased], "USD") == ()
