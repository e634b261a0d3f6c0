"""Followed links become outcomes, once it can be told whether a person followed them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from promoloop.feedback import Click, Outcome, label_clicks, scanner_rules
from promoloop.flows.books.promises import Promises
from promoloop.flows.house import House
from promoloop.offers import Campaign

__all__ = ["ClicksRead", "read_clicks"]

_KINDS = {"open": "opened", "click": "clicked", "redeem": "clicked"}

#: A message may have left that long before its link is followed.
_LOOK_BACK = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class ClicksRead:
    """Opens and clicks of people, and how many were a machine's, by reason."""

    people: tuple[Outcome, ...]
    machines: Mapping[str, int]


def read_clicks(
    house: House,
    campaign: Campaign,
    promises: Promises,
    groups: Mapping[str, str],
    start: datetime,
    end: datetime,
) -> ClicksRead:
    """The campaign's followed links with ``start <= at < end``; all of them stay in the log.

    Links followed in the last minute wait: what is followed beside them shows a scanner.
    ``groups`` maps the campaign's offers to their product groups.
    """
    if house.clicks is None:
        return ClicksRead((), {})
    rules = scanner_rules(end.date())
    clicks = house.clicks.between(start, end)
    mine = [one for one in clicks if _is_of(campaign, promises, one)]
    sent = house.deliveries.sent_between(start - _LOOK_BACK, end) if mine else {}
    labels = label_clicks(mine, sent, rules)
    ripe = [one for one in mine if one.at + rules.settle <= end]
    people = tuple(_outcome(one, promises, groups) for one in ripe if not labels[one.click_id])
    machines = Counter(labels[one.click_id] for one in ripe if labels[one.click_id])
    return ClicksRead(people, dict(machines))


def _is_of(campaign: Campaign, promises: Promises, click: Click) -> bool:
    decision = promises.decision(click.decision_id)
    return decision is not None and decision.campaign_id == campaign.campaign_id


def _outcome(click: Click, promises: Promises, groups: Mapping[str, str]) -> Outcome:
    decision = promises.decision(click.decision_id)
    assert decision is not None
    group = groups.get(decision.offer_id or "", "")
    kind = _KINDS[click.kind]
    who, name = decision.shopper_id, decision.decision_id
    return Outcome(click.click_id, who, name, kind, group, click.at, 0, 0, 0, "real")
