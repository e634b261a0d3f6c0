"""Several processes decide one campaign at once; one is killed in the middle; all on one file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from promoloop.bootstrap.shop import Shop, init_shop
from promoloop.core import RefusedError
from promoloop.flows.deciding import decide as flow
from promoloop.flows.house import House
from promoloop.offers import CouponCode
from promoloop.settings import load_settings
from promoloop.simulate import simulated_shop
from promoloop.testing.stocked import coffee_and_pizza, stock, summer

pytestmark = pytest.mark.slow

START = datetime(2026, 6, 1, tzinfo=UTC)
WEEK = timedelta(days=7)
SHOPPERS = 600
POOL = CouponCode(tuple(f"CODE{number:04d}" for number in range(300)))
COFFEE, PIZZA = coffee_and_pizza(START)
COFFEE = replace(COFFEE, conditions=(POOL,))
CAMPAIGN = replace(
    summer(START, budget_minor=60_000),
    arms={"policy": 0.3, "random": 0.5, "bau": 0.1, "holdout": 0.1},
    floor=0.005,
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A shop of 600 simulated shoppers, ready to decide; the money pays for 239 promises."""
    path = init_shop(tmp_path)
    people = simulated_shop(SHOPPERS, ("COFFEE", "PIZZA"), START, "USD", np.random.default_rng(7))
    with Shop(load_settings(path)) as shop:
        stock(shop.house, people, CAMPAIGN, (COFFEE, PIZZA), START)
    return path


def start(config: Path, how: str, seed: int) -> subprocess.Popen[bytes]:
    """This file as a process of its own."""
    return subprocess.Popen([sys.executable, __file__, str(config), how, str(seed)])


def run(config: Path, seed: int) -> int:
    """Decide in small portions when told to; 3 when another run was first."""
    with Shop(load_settings(config)) as shop:
        (config.parent / f"ready-{seed}").touch()
        while not (config.parent / "go").exists():
            time.sleep(0.001)
        try:
            shop.decide("c1", START + timedelta(minutes=seed), seed)
        except RefusedError:
            return 3
    return 0


def die(config: Path, seed: int) -> int:
    """Decide, and be killed after the second portion."""
    portions = iter(range(1000))

    def killed(step: str, done: int, _total: int) -> None:
        if step == "decide" and done and next(portions) == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    with Shop(load_settings(config)) as shop:
        shop.decide("c1", START, seed, killed)
    return 0


def require_whole(house: House) -> None:
    """All are decided once, and money, messages and codes are those of the decisions."""
    decisions = {one.decision_id: one for one in house.decisions.of_campaign("c1")}
    assert len({one.shopper_id for one in decisions.values()}) == len(decisions) > SHOPPERS - 20
    promised = {key: one for key, one in decisions.items() if one.offer_id}
    messages = house.outbox.lease("w", START + timedelta(days=6), 2 * SHOPPERS)
    assert {one.decision_id for one in messages} == promised.keys()
    assert all(one.channel == promised[one.decision_id].channel for one in messages)
    state = house.ledger.state("c1")
    assert state.reserved_minor == sum(one.liability_minor for one in promised.values())
    assert state.reserved_minor + state.spent_minor <= state.budget_minor
    said = [m.slots["code"] for m in messages if promised[m.decision_id].offer_id == "coffee-25"]
    codes = [code for code in POOL.codes if any(code in one for one in said)]
    assert len(codes) == len(said) > 0


def test_processes_that_decide_at_once_give_nothing_twice(config: Path) -> None:
    runs = [start(config, "run", seed) for seed in (1, 2, 3)]
    until = time.monotonic() + 60
    while len(list(config.parent.glob("ready-*"))) < 3 and time.monotonic() < until:
        time.sleep(0.01)
    (config.parent / "go").touch()
    ended = sorted(one.wait(120) for one in runs)
    assert set(ended) <= {0, 3}
    assert ended[-1] == 3  # they did get in each other's way
    with Shop(load_settings(config)) as shop:
        shop.decide("c1", START + timedelta(hours=1))
        require_whole(shop.house)


def test_a_run_that_was_killed_is_finished_by_the_next(config: Path) -> None:
    assert start(config, "die", 1).wait(120) == -signal.SIGKILL
    with Shop(load_settings(config)) as shop:
        assert 0 < len(shop.house.decisions.of_campaign("c1")) <= 40
        report = shop.decide("c1", START + timedelta(hours=1))
        assert report.already_decided > 0
        require_whole(shop.house)


if __name__ == "__main__":
    flow.PORTION = 20
    sys.exit({"run": run, "die": die}[sys.argv[2]](Path(sys.argv[1]), int(sys.argv[3])))
