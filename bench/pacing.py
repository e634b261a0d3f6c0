"""Simulated days at moving prices against the best plan in hindsight; the last line is JSON.

    python bench/pacing.py --seeds 0..4 --json

A day is planned for 12,000 shoppers: prices come from a plan over yesterday's shoppers. Then come
as many as planned, twice as many, half as many, or a promotion's spike: five times the usual for
an hour and a half. Values drift by a tenth over the day. Every promise is reserved in a ledger. The
share is of the dual bound on the best plan that knows the whole day, so it errs against us.
"Fixed" keeps the morning's prices and stops when the ledger refuses.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from harness import cpu_seconds, finish, machine, parser_for
from promoloop.decide import (
    PacingController,
    Reservation,
    Shard,
    Terms,
    TrafficForecast,
    allocate,
    decide_now,
)
from promoloop.testing import MemoryLedger

PLANNED, ACTIONS, SLOTS = 12_000, 6, 96
DAYS = ("planned", "twice", "half", "spike")
END = datetime(2026, 1, 2, tzinfo=UTC)


def traffic(day: str) -> tuple[np.ndarray, np.ndarray]:
    """Shoppers expected per quarter of an hour: as forecast, and as they will come."""
    hours = np.arange(SLOTS) / 4
    noon, evening = np.exp(-0.5 * ((hours - 13) / 3) ** 2), np.exp(-0.5 * ((hours - 20) / 2) ** 2)
    usual = 0.3 + noon + 1.4 * evening
    usual *= PLANNED / usual.sum()
    factor = {"twice": 2.0, "half": 0.5}.get(day, 1.0)
    real = usual * factor
    if day == "spike":
        real[60:66] *= 5.0
    return usual, real


def shoppers(rng: np.random.Generator, elapsed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values and whole-unit costs of shoppers who come at these times of the day."""
    n = len(elapsed)
    drift = 1.0 + 0.1 * np.sin(2 * np.pi * elapsed)[:, None]
    value = rng.gamma(2, 50, (n, ACTIONS)) * drift - 40
    cost = np.ceil(rng.gamma(2, 30, (n, ACTIONS)))
    return value, cost


def arrivals(rng: np.random.Generator, expected: np.ndarray) -> np.ndarray:
    """Times of day, in [0, 1), in order."""
    counts = rng.poisson(expected)
    slots = np.repeat(np.arange(SLOTS), counts)
    return np.sort((slots + rng.random(len(slots))) / SLOTS)


def day(kind: str, seed: int) -> dict[str, object]:
    """One day by moving prices and one at fixed prices."""
    rng = np.random.default_rng(seed)
    usual, real = traffic(kind)
    past_value, past_cost = shoppers(rng, arrivals(rng, usual))
    free = allocate(past_value, past_cost, 1e12)
    caps = np.full(ACTIONS, int(0.06 * PLANNED))
    terms = Terms(float(int(0.2 * free.spend)), caps=caps)
    plan = allocate(past_value, past_cost, terms)
    times = arrivals(rng, real)
    value, cost = shoppers(rng, times)
    best = allocate(value, cost, terms)
    start = Terms(terms.budget, caps=caps, start=plan.prices)
    forecast = TrafficForecast(float(usual.sum()), tuple(usual / usual.sum()))
    controller = PacingController(start, Shard(past_value, (past_cost,)), forecast)
    paced, seconds = cpu_seconds(lambda: run_paced(controller, times, value, cost, terms))
    fixed = float(run_fixed(plan, value, cost, terms))
    return {
        "day": kind,
        "seed": seed,
        "shoppers": len(times),
        "share": paced[0] / best.bound,
        "share_fixed": fixed / best.bound,
        "violations": paced[1],
        "budget_used": round(paced[2] / terms.budget, 4),
        "microseconds_each": round(1e6 * seconds / len(times)),
    }


def run_paced(
    controller: PacingController,
    times: np.ndarray,
    value: np.ndarray,
    cost: np.ndarray,
    terms: Terms,
) -> tuple[float, int, float]:
    """Value taken, limits broken, money promised, counted anew from the choices."""
    ledger = MemoryLedger()
    stock = {str(column): int(cap) for column, cap in enumerate(terms.caps)}
    ledger.open("day", int(terms.budget), stock)
    choice = np.full(len(times), -1)
    for row, moment in enumerate(times.tolist()):

        def promised(column: int, row: int = row) -> Reservation:
            return Reservation(f"d{row}", str(column), int(cost[row, column]), END)

        shopper = (value[row], cost[row])
        choice[row] = decide_now(controller, ledger, "day", shopper, promised, moment).column
    rows = np.flatnonzero(choice >= 0)
    spend = float(cost[rows, choice[rows]].sum())
    counts = np.bincount(choice[rows], minlength=ACTIONS)
    broken = int(spend > terms.budget) + int((counts > terms.caps).sum())
    return float(value[rows, choice[rows]].sum()), broken, spend


def run_fixed(plan: object, value: np.ndarray, cost: np.ndarray, terms: Terms) -> float:
    """What the morning's prices earn all day, within the same limits."""
    priced = value - plan.budget_price * cost - plan.cap_prices
    left, room, worth = terms.budget, np.array(terms.caps), 0.0
    for row, column in enumerate(priced.argmax(axis=1).tolist()):
        if priced[row, column] > 0 and cost[row, column] <= left and room[column] > 0:
            left -= cost[row, column]
            room[column] -= 1
            worth += value[row, column]
    return worth


def main() -> None:
    """Run every day and seed."""
    parser = parser_for(__doc__, seeds="0..2")
    parser.add_argument("--days", nargs="+", choices=DAYS, default=list(DAYS))
    asked = parser.parse_args()
    rows = []
    for kind in asked.days:
        for seed in asked.seeds:
            rows.append(day(kind, seed))
            if not asked.json:
                print(rows[-1], flush=True)
    lowest = {kind: min(row["share"] for row in rows if row["day"] == kind) for kind in asked.days}
    fixed = {
        kind: min(row["share_fixed"] for row in rows if row["day"] == kind) for kind in asked.days
    }
    finish(
        {
            "share_of_hindsight": min(lowest.values()),
            "share_of_hindsight_twice": lowest.get("twice"),
            "budget_violations": sum(row["violations"] for row in rows),
            "lowest_share": lowest,
            "lowest_share_fixed_price": fixed,
            "rows": rows,
            "seeds": asked.seeds,
            "machine": machine("promoloop"),
        }
    )


if __name__ == "__main__":
    main()
