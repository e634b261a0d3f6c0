"""Attribution by hand: windows, last touch, scanners, control rows, weekly margins."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.core import InvalidError
from promoloop.decide import Decision
from promoloop.feedback import (
    Outcome,
    attribute,
    filter_scanner_clicks,
    weekly_margins,
)
from promoloop.offers import Funding

SENT = datetime(2026, 1, 5, 18, tzinfo=UTC)
GROUPS = {"tea-20": "TEA", "soup-1": "SOUP"}
CONTACT = {"email": 2}


def decision(identity: str = "d1", offer: str | None = "tea-20", shopper: str = "s1") -> Decision:
    return Decision(
        decision_id=identity,
        campaign_id="c",
        shopper_id=shopper,
        arm="policy",
        decided_at=SENT,
        send_at=SENT,
        action="nothing" if offer is None else f"{offer}/email/18/a",
        offer_id=offer,
        channel=offer and "email",
        hour=18,
        variant="a",
        propensity=0.5,
        value_minor=0.0,
        spend_minor=0.0,
        liability_minor=0,
        reasons=(),
        weighed=(),
        rejected={},
        prices={},
        features=(),
        policy="p",
        model_version="m",
        seed=0,
    )


def outcome(kind: str, days: float, **more: object) -> Outcome:
    facts: dict[str, object] = {
        "shopper_id": "s1",
        "decision_id": "",
        "group": "TEA",
        "revenue_minor": 0,
        "margin_minor": 0,
        "discount_minor": 0,
        **more,
    }
    name = f"{kind}-{days}-{facts['shopper_id']}-{facts['group']}"
    return Outcome(
        outcome_id=name, kind=kind, at=SENT + timedelta(days=days), source="simulated", **facts
    )


def after(days: float) -> datetime:
    return SENT + timedelta(days=days)


def test_what_a_partner_pays_of_the_discount_is_no_cost_of_the_shops():
    """Of 201 the partner pays half, 100, but at most 90: the shop has 111 and the contact."""
    acme = Funding("acme", "Acme", 0.5, 50_000, per_redemption_minor=90)
    shared = replace(decision(), funding=acme, partner_liability_minor=90)
    said = [
        outcome("ordered", 2, margin_minor=300, revenue_minor=1000),
        outcome("redeemed", 2, decision_id="d1", discount_minor=201),
    ]
    [found] = attribute([shared], said, {"d1": SENT}, GROUPS, CONTACT, after(7))
    assert (found.discount_minor, found.reward_minor) == (201, 300 - 111 - 2)


def test_a_purchase_in_the_window_less_discount_and_contact_is_the_reward():
    said = [
        outcome("ordered", 2, margin_minor=300, revenue_minor=1000),
        outcome("redeemed", 2, decision_id="d1", discount_minor=200),
        outcome("ordered", 2, group="SOUP", margin_minor=999),
        outcome("ordered", 7.5, margin_minor=999),
        outcome("ordered", -0.1, margin_minor=999),
        outcome("ordered", 1, shopper_id="s2", margin_minor=999),
    ]
    (got,) = attribute([decision()], said, {"d1": SENT}, GROUPS, CONTACT, after(7))
    assert (got.bought, got.redeemed, got.clicked) == (True, True, False)
    assert (got.margin_minor, got.discount_minor, got.contact_minor) == (300, 200, 2)
    assert got.reward_minor == 98
    assert got.matured_at == after(7)


def test_a_window_that_is_open_brings_no_reward_yet():
    assert attribute([decision()], [], {"d1": SENT}, GROUPS, CONTACT, after(6.9)) == ()


def test_what_was_not_sent_brings_no_reward():
    decisions = [decision("d1", offer=None), decision("d2")]
    assert attribute(decisions, [], {"d1": SENT}, GROUPS, CONTACT, after(30)) == ()


def test_a_purchase_after_two_messages_belongs_to_the_later_one():
    sent = {"d1": SENT, "d2": after(2)}
    said = [outcome("ordered", 3, margin_minor=300)]
    got = attribute([decision("d1"), decision("d2")], said, sent, GROUPS, CONTACT, after(30))
    assert [(one.decision_id, one.margin_minor) for one in got] == [("d1", 0), ("d2", 300)]


def test_a_report_that_comes_twice_counts_once():
    said = [outcome("ordered", 1, margin_minor=300)] * 2
    (got,) = attribute([decision()], said, {"d1": SENT}, GROUPS, CONTACT, after(8))
    assert got.margin_minor == 300
    assert weekly_margins(said, ["s1"], SENT, 1).tolist() == [[300.0]]


def test_scanner_clicks_are_dropped_and_human_ones_kept():
    second = 1 / 86_400
    said = [
        outcome("clicked", 2 * second, decision_id="d1"),
        outcome("opened", 3 * second, decision_id="d1"),
        outcome("clicked", 60 * second, decision_id="d1"),
        outcome("unsubscribed", 2 * second, decision_id="d1"),
        outcome("clicked", 2 * second, decision_id="unknown"),
    ]
    kept = filter_scanner_clicks(said, {"d1": SENT})
    assert kept == said[2:]
    (got,) = attribute([decision()], said[:2], {"d1": SENT}, GROUPS, CONTACT, after(8))
    assert not got.clicked


def test_weekly_margins_are_net_of_discounts_and_start_on_time():
    said = [
        outcome("ordered", 0, margin_minor=300),
        outcome("redeemed", 0, decision_id="d1", discount_minor=80),
        outcome("ordered", 7, margin_minor=50),
        outcome("ordered", 14, margin_minor=999),
        outcome("ordered", -1, margin_minor=999),
        outcome("ordered", 1, shopper_id="stranger", margin_minor=999),
    ]
    assert weekly_margins(said, ["s0", "s1"], SENT, 2).tolist() == [[0.0, 0.0], [220.0, 50.0]]


@pytest.mark.parametrize(("groups", "contact"), [({}, CONTACT), (GROUPS, {})])
def test_a_missing_group_or_price_is_named(groups, contact):
    with pytest.raises(InvalidError, match="d1"):
        attribute([decision()], [], {"d1": SENT}, groups, contact, after(8))


@given(
    st.lists(st.tuples(st.floats(0, 20), st.integers(1, 500)), max_size=12),
    st.lists(st.floats(0, 12), max_size=4),
)
def test_no_purchase_is_ever_attributed_twice(orders, sends):
    said = [outcome("ordered", days, margin_minor=margin) for days, margin in orders]
    sent = {f"d{i}": after(days) for i, days in enumerate(sends)}
    decisions = [decision(identity) for identity in sent]
    got = attribute(decisions, said, sent, GROUPS, CONTACT, after(60))
    unique = {one.outcome_id: one.margin_minor for one in said}
    assert sum(one.margin_minor for one in got) <= sum(unique.values())
    assert np.all([one.contact_minor == 2 for one in got])


LEAVING = {"unsubscribed": 200, "complained": 1000}


def rewarded(said: list[Outcome], decisions: list[Decision] | None = None, **more: object):
    made = decisions or [decision()]
    sent = {one.decision_id: SENT + timedelta(days=n) for n, one in enumerate(made)}
    return attribute(made, said, sent, GROUPS, CONTACT, after(30), leaving_minor=LEAVING, **more)


def test_a_refund_takes_the_reward_back():
    """300 margin and 50 discount, all given back: what is left is the contact, 2."""
    said = [
        outcome("ordered", 2, margin_minor=300, revenue_minor=1000),
        outcome("redeemed", 2, decision_id="d1", discount_minor=50),
        outcome("refunded", 2, margin_minor=-300, revenue_minor=-1000),
        replace(outcome("refunded", 2, decision_id="d1", discount_minor=-50), outcome_id="another"),
    ]
    (got,) = rewarded(said)
    assert (got.margin_minor, got.discount_minor, got.reward_minor) == (0, 0, -2)
    assert (got.bought, got.redeemed) == (False, True)
    (whole,) = rewarded(said[:2])
    assert whole.reward_minor == 300 - 50 - 2


def test_a_refund_in_part_leaves_the_rest():
    said = [
        outcome("ordered", 2, margin_minor=300, revenue_minor=1000),
        outcome("refunded", 2, margin_minor=-75, revenue_minor=-250),
    ]
    (got,) = rewarded(said)
    assert (got.bought, got.reward_minor) == (True, 300 - 75 - 2)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ([outcome("unsubscribed", 1)], 200),
        ([outcome("complained", 1)], 1000),
        ([outcome("complained", 1), outcome("unsubscribed", 1)], 1000),
        ([outcome("unsubscribed", -1)], 0),
        ([outcome("unsubscribed", 7)], 0),
        ([outcome("unsubscribed", 1, shopper_id="s2")], 0),
        ([outcome("unsubscribed", 1, decision_id="d1")], 200),
    ],
)
def test_leaving_costs_the_message_after_which_it_happened(said: list[Outcome], left: int):
    (got,) = rewarded(said)
    assert (got.left_minor, got.reward_minor) == (left, -2 - left)


def test_leaving_costs_the_latest_of_several_messages():
    first, second = rewarded([outcome("unsubscribed", 2)], [decision("d1"), decision("d2")])
    assert (first.left_minor, second.left_minor) == (0, 200)


def test_leaving_costs_nothing_where_no_price_is_set():
    (got,) = attribute(
        [decision()], [outcome("complained", 1)], {"d1": SENT}, GROUPS, CONTACT, after(8)
    )
    assert got.left_minor == 0


def test_a_reward_may_grow_until_its_window_closes():
    said = [outcome("ordered", 2, margin_minor=300), outcome("ordered", 6, margin_minor=100)]
    early = attribute(
        [decision()], said[:1], {"d1": SENT}, GROUPS, CONTACT, after(3), provisional=True
    )
    assert [(one.reward_minor, one.matured_at > after(3)) for one in early] == [(298, True)]
    assert attribute([decision()], said[:1], {"d1": SENT}, GROUPS, CONTACT, after(3)) == ()
    (late,) = attribute([decision()], said, {"d1": SENT}, GROUPS, CONTACT, after(7))
    assert (late.reward_minor, late.matured_at) == (398, after(7))
