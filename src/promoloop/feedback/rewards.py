"""From what happened to what each decision brought.

Purchases count, not opens: a purchase from the offer's group within the window after the message
belongs to the latest message about that group. Scanner clicks are left out first. What was refunded
is taken back where it counted, and a message after which somebody left bears the cost of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError, require_utc
from promoloop.decide import Decision
from promoloop.feedback.records import Outcome, Reward

__all__ = [
    "attribute",
    "filter_scanner_clicks",
    "weekly_margins",
]

_TRACKED = ("opened", "clicked")


def filter_scanner_clicks(
    outcomes: Sequence[Outcome], sent_at: Mapping[str, datetime], seconds: float = 10.0
) -> list[Outcome]:
    """``outcomes`` without opens and clicks that came within ``seconds`` of their message.

    Security scanners follow links the moment a message arrives; people take longer. Other kinds
    of outcomes, and tracked ones whose decision is not in ``sent_at``, pass unchanged.
    """
    limit = timedelta(seconds=seconds)
    return [
        outcome
        for outcome in outcomes
        if outcome.kind not in _TRACKED
        or outcome.decision_id not in sent_at
        or outcome.at - sent_at[outcome.decision_id] >= limit
    ]


def attribute(
    decisions: Sequence[Decision],
    outcomes: Sequence[Outcome],
    sent_at: Mapping[str, datetime],
    groups: Mapping[str, str],
    contact_minor: Mapping[str, int],
    now: datetime,
    window_days: float = 7.0,
    leaving_minor: Mapping[str, int] | None = None,
    provisional: bool = False,
) -> tuple[Reward, ...]:
    """Rewards of decisions whose message went out and whose window has closed by ``now``.

    What a partner pays of a discount is no cost of the shop's: ``discount_minor`` tells the whole
    discount, ``reward_minor`` is less the shop's part of it.

    Parameters
    ----------
    decisions : sequence of Decision
        Those that sent nothing, or whose id is not in ``sent_at``, bring no row.
    outcomes : sequence of Outcome
        In any order; repeated ids count once.
    sent_at : mapping of decision id to datetime, UTC
    groups : mapping of offer id to product group
    contact_minor : mapping of channel to the cost of one message, minor units
    now : datetime, UTC
    window_days : float, default 7
        A window also closes early, for purchases, at the shopper's next message on the group.
    leaving_minor : mapping of outcome kind to minor units, optional
        What it costs when a shopper has ``unsubscribed`` or ``complained`` within the window of a
        message, the dearest once; of the shopper's latest one where the outcome names none.
    provisional : bool, default False
        Also the rewards of windows still open, as they stand; their ``matured_at`` is after
        ``now``.

    Raises
    ------
    InvalidError
        If an offer or a channel of a sent decision is not in the mappings, or ``now`` not UTC.
    """
    window, moment = timedelta(days=window_days), require_utc(now, "now")
    sent = [one for one in decisions if one.decision_id in sent_at and one.offer_id is not None]
    ends = _window_ends(sent, sent_at, groups, window)
    orders, marks = _indexed(filter_scanner_clicks(outcomes, sent_at))
    left = _left(sent, outcomes, sent_at, window, leaving_minor or {})
    return tuple(
        _reward(
            one,
            group=_group_of(one, groups),
            orders=[
                order
                for order in orders[one.shopper_id, _group_of(one, groups)]
                if sent_at[one.decision_id] <= order.at < ends[one.decision_id]
            ],
            marks=marks[one.decision_id],
            matured_at=sent_at[one.decision_id] + window,
            contact=_cost_of(one, contact_minor),
            left=left.get(one.decision_id, 0),
        )
        for one in sent
        if provisional or sent_at[one.decision_id] + window <= moment
    )


def weekly_margins(
    outcomes: Sequence[Outcome], shopper_ids: Sequence[str], start: datetime, weeks: int
) -> NDArray[np.float64]:
    """Margin less discounts per shopper and week from ``start``: (n, weeks), minor units.

    Contact costs are not in it: subtract them for the arms that wrote. Outcomes of other
    shoppers or times are ignored; repeated ids count once.
    """
    place = {shopper: row for row, shopper in enumerate(shopper_ids)}
    result = np.zeros((len(shopper_ids), weeks))
    seen: set[str] = set()
    for one in outcomes:
        week = (one.at - start) // timedelta(weeks=1)
        if one.shopper_id in place and 0 <= week < weeks and one.outcome_id not in seen:
            result[place[one.shopper_id], week] += one.margin_minor - one.discount_minor
            seen.add(one.outcome_id)
    return result


def _window_ends(
    sent: Sequence[Decision],
    sent_at: Mapping[str, datetime],
    groups: Mapping[str, str],
    window: timedelta,
) -> dict[str, datetime]:
    """When each decision stops collecting purchases."""
    ends: dict[str, datetime] = {}
    following: dict[tuple[str, str], datetime] = {}
    for one in sorted(sent, key=lambda one: sent_at[one.decision_id], reverse=True):
        key, at = (one.shopper_id, _group_of(one, groups)), sent_at[one.decision_id]
        ends[one.decision_id] = min(at + window, following.get(key, at + window))
        following[key] = at
    return ends


def _indexed(
    outcomes: Sequence[Outcome],
) -> tuple[defaultdict[tuple[str, str], list[Outcome]], defaultdict[str, list[Outcome]]]:
    """Orders by (shopper, group), and everything else by decision."""
    orders: defaultdict[tuple[str, str], list[Outcome]] = defaultdict(list)
    marks: defaultdict[str, list[Outcome]] = defaultdict(list)
    for one in {outcome.outcome_id: outcome for outcome in outcomes}.values():
        if one.kind == "ordered" or (one.kind == "refunded" and not one.decision_id):
            orders[one.shopper_id, one.group].append(one)
        elif one.decision_id:
            marks[one.decision_id].append(one)
    return orders, marks


def _reward(
    decision: Decision,
    group: str,
    orders: Sequence[Outcome],
    marks: Sequence[Outcome],
    matured_at: datetime,
    contact: int,
    left: int,
) -> Reward:
    margin = sum(order.margin_minor for order in orders)
    used = [mark for mark in marks if mark.kind == "redeemed" and mark.at < matured_at]
    discount = sum(mark.discount_minor for mark in used)
    discount += sum(mark.discount_minor for mark in marks if mark.kind == "refunded")
    return Reward(
        decision_id=decision.decision_id,
        shopper_id=decision.shopper_id,
        group=group,
        matured_at=matured_at,
        bought=_kept(orders),
        redeemed=bool(used),
        clicked=any(mark.kind == "clicked" and mark.at < matured_at for mark in marks),
        margin_minor=margin,
        discount_minor=discount,
        contact_minor=contact,
        reward_minor=margin - (discount - decision.partner_minor(discount)) - contact - left,
        left_minor=left,
    )


def _kept(orders: Sequence[Outcome]) -> bool:
    """Whether anything was bought that was not given back."""
    if any(order.kind == "refunded" for order in orders):
        return sum(order.revenue_minor for order in orders) > 0
    return bool(orders)


def _left(
    sent: Sequence[Decision],
    outcomes: Sequence[Outcome],
    sent_at: Mapping[str, datetime],
    window: timedelta,
    costs: Mapping[str, int],
) -> dict[str, int]:
    """What leaving cost, by the decision after which it happened."""
    found: dict[str, int] = {}
    mine: defaultdict[str, list[str]] = defaultdict(list)
    for made in sorted(sent, key=lambda one: sent_at[one.decision_id]):
        mine[made.shopper_id].append(made.decision_id)
    ours = {made.decision_id for made in sent}
    for one in {outcome.outcome_id: outcome for outcome in outcomes}.values():
        named = [one.decision_id] if one.decision_id in ours else mine[one.shopper_id]
        before = [key for key in named if sent_at[key] <= one.at < sent_at[key] + window]
        if one.kind in costs and before:
            found[before[-1]] = max(costs[one.kind], found.get(before[-1], 0))
    return found


def _group_of(decision: Decision, groups: Mapping[str, str]) -> str:
    group = groups.get(decision.offer_id or "")
    if group is None:
        raise InvalidError(
            f"the reward of decision {decision.decision_id}",
            f"the product group of offer {decision.offer_id} is not known",
            "Pass the groups of all offers that were sent.",
        )
    return group


def _cost_of(decision: Decision, contact_minor: Mapping[str, int]) -> int:
    cost = contact_minor.get(decision.channel or "")
    if cost is None:
        raise InvalidError(
            f"the reward of decision {decision.decision_id}",
            f"the contact cost of channel {decision.channel} is not known",
            "Pass the cost per message of all channels of the campaign.",
        )
    return cost
