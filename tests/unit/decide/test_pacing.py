from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import numpy as np
import pytest

from promoloop.backends.sql import open_state
from promoloop.core import InvalidError
from promoloop.decide import (
    Pace,
    PacingController,
    Reservation,
    Shard,
    Terms,
    TrafficForecast,
    allocate,
    decide_now,
)
from promoloop.testing import MemoryLedger

END = datetime(2026, 1, 2, tzinfo=UTC)
FORECAST = TrafficForecast(2_000.0, (0.1, 0.2, 0.3, 0.4))
CAPS = (150, 150, 150, 150)


def shoppers(rng, n):
    """Values and whole-unit costs."""
    return rng.gamma(2, 50, (n, 4)) - 40, np.ceil(rng.gamma(2, 30, (n, 4)))


def times(rng, n):
    """Moments of the day, in order, spread as FORECAST says."""
    slots = rng.choice(4, size=n, p=FORECAST.shares)
    return np.sort((slots + rng.random(n)) / 4)


def controller_for(rng, budget):
    past = shoppers(rng, 2_000)
    terms = Terms(budget, caps=CAPS, start=allocate(*past, Terms(budget, caps=CAPS)).prices)
    pace = Pace(recent=2_000, every=150)
    return PacingController(terms, Shard(past[0], (past[1],)), FORECAST, pace), terms


def reservation(row, column, cost):
    return Reservation(f"d{row}", str(column), int(cost[row, column]), END)


def run(controller, ledger, rows, day):
    """Columns promised to these rows of a day of moments, values and costs."""
    moments, value, cost = day
    chosen = {}
    for row in rows:

        def promised(column, row=row):
            return reservation(row, column, cost)

        shopper = (value[row], cost[row])
        chosen[row] = decide_now(controller, ledger, "day", shopper, promised, moments[row]).column
    return chosen


def stocked(ledger, budget):
    ledger.open("day", int(budget), {str(column): cap for column, cap in enumerate(CAPS)})
    return ledger


@pytest.mark.parametrize(("arrivals", "least"), [(2_000, 0.97), (4_000, 0.98), (1_000, 0.96)])
def test_the_day_stays_near_the_best_plan_in_hindsight_whatever_the_traffic(arrivals, least):
    rng = np.random.default_rng(5)
    controller, terms = controller_for(rng, 15_000.0)
    value, cost = shoppers(rng, arrivals)
    ledger = stocked(MemoryLedger(), terms.budget)
    chosen = run(controller, ledger, range(arrivals), (times(rng, arrivals), value, cost))
    rows = np.array([row for row, column in chosen.items() if column >= 0])
    columns = np.array([chosen[row] for row in rows])
    assert cost[rows, columns].sum() <= terms.budget
    assert (np.bincount(columns, minlength=4) <= CAPS).all()
    assert value[rows, columns].sum() >= least * allocate(value, cost, terms).bound


def test_prices_rise_when_more_shoppers_come_than_forecast():
    rng = np.random.default_rng(6)
    controller, _ = controller_for(rng, 15_000.0)
    morning = controller.prices["campaign"]
    value, cost = shoppers(rng, 400)
    for row in range(400):  # twice the traffic of the first stretch
        controller.arrived(0.25 * row / 400, value[row], cost[row])
    assert controller.to_come == pytest.approx(2 * 1_800, rel=0.1)
    assert controller.prices["campaign"] > morning


def test_a_refusal_gives_the_next_best_action_and_then_nothing():
    rng = np.random.default_rng(7)
    controller, _ = controller_for(rng, 1e9)
    ledger = MemoryLedger()
    ledger.open("day", 100, {"0": 0, "1": 1})
    value, cost = np.array([[500.0, 400.0, 300.0, 0.0]]), np.array([[10.0, 20.0, 200.0, 1.0]])

    def ask(key):
        def promised(column):
            return Reservation(key, str(column), int(cost[0, column]), END)

        return decide_now(controller, ledger, "day", (value[0], cost[0]), promised, 0.1)

    first, second = ask("a"), ask("b")
    assert (first.column, first.refused) == (1, (0,))
    assert (second.column, second.refused) == (-1, (0, 1, 2))
    assert ledger.state("day").reserved_minor == 20


@pytest.mark.parametrize("kind", ["memory", "sql"])
def test_threads_at_once_cannot_overspend(kind, tmp_path):
    rng = np.random.default_rng(8)
    budget, n = 1_500.0, 240
    controller, _ = controller_for(rng, 1e9)  # prices that hold nobody back
    value, cost = shoppers(rng, n)
    day = (np.zeros(n), value, cost)
    state = open_state(f"sqlite:///{tmp_path}/state.db") if kind == "sql" else None
    ledger = stocked(state.ledger if state else MemoryLedger(), budget)
    with ThreadPoolExecutor(8) as pool:
        parts = pool.map(lambda k: run(controller, ledger, range(k, n, 8), day), range(8))
        chosen = {row: column for part in parts for row, column in part.items()}
    spend = sum(cost[row, column] for row, column in chosen.items() if column >= 0)
    there = ledger.state("day")
    if state:
        state.close()
    assert there.reserved_minor == spend <= budget
    assert spend > 0.9 * budget  # refusals fell through to what still fitted


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: TrafficForecast(0.0, (1.0,)),
        lambda: TrafficForecast(10.0, (0.5, 0.4)),
        lambda: TrafficForecast(10.0, (1.5, -0.5)),
        lambda: TrafficForecast(float("nan"), (1.0,)),
        lambda: FORECAST.by(1.5),
        lambda: PacingController(
            Terms(1.0), Shard(np.zeros((0, 2)), (np.zeros((0, 2)),)), FORECAST
        ),
        lambda: PacingController(Terms(-1.0), Shard(np.ones((1, 2)), (np.ones((1, 2)),)), FORECAST),
    ],
)
def test_unsound_days_are_named(wrong):
    with pytest.raises(InvalidError):
        wrong()


@pytest.mark.parametrize(
    ("value", "cost"),
    [([1.0], [1.0]), ([1.0, np.nan, 0.0, 0.0], [1.0] * 4), ([1.0] * 4, [np.inf] * 4)],
)
def test_an_unsound_shopper_is_named_and_changes_nothing(value, cost):
    controller, _ = controller_for(np.random.default_rng(9), 1e5)
    before = controller.to_come
    with pytest.raises(InvalidError):
        controller.rank(value, cost)
    with pytest.raises(InvalidError):
        controller.arrived(0.5, value, cost)
    assert controller.to_come == before
