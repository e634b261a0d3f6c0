"""How each arm chooses, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.flows.books.purses import Purse
from promoloop.flows.deciding.arms import (
    GREED,
    HoldoutPlan,
    RandomPlan,
    UsualPlan,
    plan_policy,
    plan_random,
    plan_usual,
    usual_action,
)
from promoloop.respond import Action

ALL = np.array([0, 1])
FREE = np.array([9, 9])
EACH = np.array([0, 1])


def money(value: list[list[float]], promise: list[list[float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array(value), np.array(promise)


def everything(n: int, k: int) -> np.ndarray:
    return np.ones((n, k), dtype=np.bool_)


ACTIONS = (
    Action("coffee", "email", 9, "b"),
    Action("coffee", "email", 18, "a"),
    Action("coffee", "onsite", 0, "a"),
    Action("tea", "email", 9, "b"),
    Action("tea", "email", 9, "a"),
    Action("juice", "onsite", 18, "a"),
    Action("juice", "onsite", 9, "b"),
)


@pytest.mark.parametrize(("week", "column"), [(1, 4), (2, 0), (3, 6), (4, 4), (6, 6)])
def test_offers_take_turns_by_email_at_the_first_hour(week: int, column: int) -> None:
    assert usual_action(ACTIONS, ["tea", "coffee", "juice"], week) == column


def test_the_policy_gives_the_rest_to_the_allocated_action() -> None:
    # Money for all: each gets the best. Of three options, one that is a gap behind the best gets
    # 1 / (3 + greed * gap), but the floor at least; the first shopper's gaps are 0.1 and 1000.
    plan = plan_policy(
        *money([[1000.0, 999.9], [-5.0, 995.0]], [[1.0, 1.0], [1.0, 1.0]]),
        everything(2, 2),
        ALL,
        100.0,
        FREE,
        EACH,
        0.005,
    )
    assert plan.choice.tolist() == [0, 1]
    chances = plan.probabilities(ALL, everything(2, 2))
    second, nothing = 1 / (3 + GREED * 0.1), 0.005
    assert chances[0] == pytest.approx([1 - second - nothing, second, nothing])
    assert chances[1] == pytest.approx([0.005, 0.99, 0.005])  # both far behind


def test_what_exploring_costs_is_taken_off_the_budget_first() -> None:
    # The floor costs 0.1 * (10 + 10) = 2 of 11, which leaves 9: not enough for a choice of 10.
    both = money([[50.0], [60.0]], [[10.0], [10.0]])
    short = plan_policy(*both, everything(2, 1), ALL, 11.0, FREE[:1], EACH[:1], 0.1)
    assert short.choice.tolist() == [-1, -1]
    enough = plan_policy(*both, everything(2, 1), ALL, 12.0, FREE[:1], EACH[:1], 0.1)
    assert enough.choice.tolist() == [-1, 0]


def test_shoppers_of_other_arms_get_no_choice() -> None:
    both = money([[50.0], [60.0]], [[10.0], [10.0]])
    one = plan_policy(*both, everything(2, 1), np.array([0]), 100.0, FREE[:1], EACH[:1], 0.005)
    assert one.choice.tolist() == [0, -1]


def test_a_choice_that_is_no_longer_affordable_falls_to_nothing() -> None:
    plan = plan_policy(
        *money([[200.0], [300.0]], [[1.0], [1.0]]),
        everything(2, 1),
        ALL,
        100.0,
        FREE[:1],
        EACH[:1],
        0.005,
    )
    chances = plan.probabilities(ALL, np.array([[False], [True]]))
    assert chances[0].tolist() == [0.0, 1.0]
    assert chances[1] == pytest.approx([0.995, 0.005])


@given(
    st.lists(st.lists(st.floats(-50, 50), min_size=3, max_size=3), min_size=2, max_size=2),
    st.lists(st.booleans(), min_size=6, max_size=6),
)
def test_all_that_is_eligible_has_the_floor_and_all_else_has_no_chance(
    value: list[list[float]], flags: list[bool]
) -> None:
    eligible = np.array(flags).reshape(2, 3)
    caps = np.array([9, 9, 9])
    plan = plan_policy(*money(value, [[1.0] * 3] * 2), eligible, ALL, 5.0, caps, np.arange(3), 0.01)
    chances = plan.probabilities(ALL, eligible)
    open_to = np.column_stack([eligible, np.ones(2, dtype=np.bool_)])
    assert chances.sum(axis=1) == pytest.approx([1.0, 1.0])
    assert (chances[open_to] >= 0.01 - 1e-12).all()
    assert (chances[~open_to] == 0.0).all()


def test_an_even_draw_that_is_too_dear_is_thinned_to_the_budget() -> None:
    # Even: 1/3 each over two actions and nothing; spend (6 + 12) / 3 + (6 + 12) / 3 = 12.
    both = money([[1.0, 1.0], [1.0, 1.0]], [[6.0, 12.0], [6.0, 12.0]])
    plan = plan_random(both[1], everything(2, 2), ALL, 3.0)
    assert plan.share == pytest.approx(0.25)
    chances = plan.probabilities(ALL, everything(2, 2))
    assert chances == pytest.approx(np.array([[1 / 12, 1 / 12, 10 / 12]] * 2))
    assert (chances[:, :-1] * both[1]).sum() == pytest.approx(3.0)


def test_a_partners_short_money_gets_a_price_and_goes_to_whom_it_serves_best() -> None:
    """The partner pays 5 for the first action, and for one shopper; the second costs it nothing."""
    partner = Purse("partner/acme", 5.0, np.array([5.0, 0.0]))
    plan = plan_policy(
        *money([[90.0, 10.0], [60.0, 20.0]], [[1.0, 1.0], [1.0, 1.0]]),
        everything(2, 2),
        ALL,
        100.0,
        FREE,
        EACH,
        0.0,
        [partner],
    )
    # 90 + 20 are more than 60 + 10: only one gets it, and one more unit is worth 8 to 16.
    assert plan.choice.tolist() == [0, 1]
    price = plan.allocation.prices["partner/acme"]
    assert 8.0 <= price <= 16.0
    assert plan.allocation.budget_price == 0.0
    assert plan.priced == pytest.approx(
        np.array([[90.0 - 5 * price, 10.0], [60.0 - 5 * price, 20.0]])
    )


def test_what_exploring_costs_a_partner_is_taken_off_its_money_first() -> None:
    # The floor costs the partner 0.1 * (5 + 5) = 1 of 5, which leaves 4: too little for one of 5.
    both = money([[50.0], [60.0]], [[1.0], [1.0]])
    for there, choice in ((5.0, [-1, -1]), (6.0, [-1, 0])):
        partner = Purse("partner/acme", there, np.array([5.0]))
        ours = (everything(2, 1), ALL, 99.0, FREE[:1], EACH[:1], 0.1)
        assert plan_policy(*both, *ours, [partner]).choice.tolist() == choice


def test_an_even_draw_is_thinned_for_a_partner_only_where_it_pays() -> None:
    # Even: 1/3 each; the partner would pay 6 / 3 + 6 / 3 = 4 for the second action and has 1.
    both = money([[1.0, 1.0], [1.0, 1.0]], [[3.0, 3.0], [3.0, 3.0]])
    partner = Purse("partner/acme", 1.0, np.array([0.0, 6.0]))
    plan = plan_random(both[1], everything(2, 2), ALL, 99.0, [partner])
    assert (plan.share, plan.kept) == (1.0, pytest.approx((1.0, 0.25)))
    chances = plan.probabilities(ALL, everything(2, 2))
    assert chances == pytest.approx(np.array([[1 / 3, 1 / 12, 7 / 12]] * 2))
    # Of the campaign's money that takes (1/3 + 1/12) * 3 * 2 = 2.5; with 1.25 all is halved.
    half = plan_random(both[1], everything(2, 2), ALL, 1.25, [partner])
    assert half.share == pytest.approx(0.5)
    assert half.probabilities(ALL, everything(2, 2))[0] == pytest.approx([1 / 6, 1 / 24, 19 / 24])


def test_the_usual_mail_ends_with_the_partners_money() -> None:
    promise, rows = np.full((3, 1), 2.0), np.array([0, 1, 2])
    partner = Purse("partner/acme", 9.0, np.array([4.0]))
    plan = plan_usual(promise, everything(3, 1), rows, 99.0, [0], [partner])
    assert plan.sent.tolist() == [True, True, False]


def test_an_even_draw_within_the_budget_is_left_even() -> None:
    both = money([[1.0, 1.0], [1.0, 1.0]], [[6.0, 12.0], [6.0, 12.0]])
    assert plan_random(both[1], everything(2, 2), ALL, 13.0).share == 1.0
    assert plan_random(both[1], np.zeros((2, 2), dtype=np.bool_), ALL, 0.0).share == 1.0
    assert RandomPlan(1.0).probabilities(ALL, np.array([[True, False]] * 2))[0].tolist() == [
        0.5,
        0.0,
        0.5,
    ]


def test_the_usual_mail_goes_out_in_order_until_the_money_is_used() -> None:
    four = money([[1.0]] * 4, [[5.0]] * 4)
    allowed = np.array([[True], [False], [True], [True]])
    plan = plan_usual(four[1], allowed, np.arange(4), 10.0, [0])
    assert plan.sent.tolist() == [True, False, True, False]
    rest = plan_usual(four[1], allowed, np.array([2, 3]), 10.0, [0])
    assert rest.sent.tolist() == [False, False, True, True]


def test_the_usual_plan_is_certain_and_sends_nothing_that_is_not_eligible() -> None:
    plan = UsualPlan(np.full(3, 1), np.array([True, True, False]))
    eligible = np.array([[True, True], [True, False], [True, True]])
    chances = plan.probabilities(np.arange(3), eligible)
    assert chances.tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 1]]


def test_the_usual_mail_comes_in_the_first_words_that_run_for_a_shopper() -> None:
    allowed = np.array([[True, True], [False, True], [False, False]])
    plan = plan_usual(np.full((3, 2), 5.0), allowed, np.arange(3), 99.0, [0, 1])
    chances = plan.probabilities(np.arange(3), allowed)
    assert chances.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_the_holdout_gets_nothing() -> None:
    assert HoldoutPlan().probabilities(ALL, everything(2, 2)).tolist() == [[0, 0, 1]] * 2
