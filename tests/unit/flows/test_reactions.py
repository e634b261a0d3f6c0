"""The funnel counts people and messages of its own campaign."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from promoloop.feedback import Outcome
from promoloop.flows.measuring.results import reactions


def seen(decision_id: str, kind: str, at) -> Outcome:
    key = f"{decision_id}-{kind}-{at.isoformat()}"
    return Outcome(key, "s1", decision_id, kind, "COFFEE", at, 0, 0, 0, "real")


def test_scanners_other_campaigns_and_second_looks_are_not_counted(shop):
    """d1 is clicked twice by s1, d3 by a scanner two seconds after it was sent."""
    start = shop.campaign.starts_at
    sent = start + timedelta(days=0.5)
    house, later, soon = shop.house, sent + timedelta(hours=1), sent + timedelta(seconds=2)
    other = replace(house.decisions.get("d1"), decision_id="d9", campaign_id="c2")
    house.decisions.append([other])
    house.outcomes.append(
        [
            seen("d1", "opened", later),
            seen("d1", "clicked", later),
            seen("d1", "clicked", later + timedelta(minutes=5)),
            seen("d3", "opened", soon),
            seen("d3", "clicked", soon),
            seen("d9", "clicked", later),
        ]
    )
    decisions = house.decisions.of_campaign("c1")
    found = reactions(house, decisions, start, start + timedelta(days=7))
    assert dict(found) == {"sent": 2, "opened": 1, "clicked": 1}
