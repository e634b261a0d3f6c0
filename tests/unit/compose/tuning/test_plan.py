"""What writing will take, by hand calculation."""

from __future__ import annotations

from decimal import Decimal

import pytest

from promoloop.compose import CallCost, plan_writing
from promoloop.core import InvalidError


def test_calls_seconds_and_money_are_multiplied_out() -> None:
    # 500 cells of 16 texts in calls of 8: 1,000 calls, 4 at a time, 2 s each.
    call = CallCost(
        seconds=2.0, texts=8, at_once=4, prompt_tokens=300, completion_tokens=100,
        prompt_price=Decimal("0.15"), completion_price=Decimal("0.60"),
    )  # fmt: skip
    plan = plan_writing(500, 16, call)
    assert (plan.calls, plan.seconds, plan.tokens) == (1000, 500.0, 400_000)
    assert plan.cost == Decimal("0.105")  # 0.3 M * 0.15 + 0.1 M * 0.60


def test_a_rest_takes_a_whole_call() -> None:
    assert plan_writing(3, 9, CallCost(seconds=1.0, texts=8)).calls == 6


def test_nothing_to_write_takes_nothing() -> None:
    plan = plan_writing(0, 16, CallCost(seconds=1.0))
    assert (plan.calls, plan.seconds, plan.cost) == (0, 0.0, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"seconds": -1.0}, {"seconds": float("nan")}, {"texts": 0}, {"at_once": 0},
        {"prompt_tokens": -1}, {"prompt_price": Decimal("nan")},
        {"completion_price": Decimal(-1)},
    ],
)  # fmt: skip
def test_a_wrong_cost_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidError):
        CallCost(**{"seconds": 1.0, **wrong})


def test_negative_counts_are_refused() -> None:
    with pytest.raises(InvalidError):
        plan_writing(-1, 8, CallCost(seconds=1.0))
