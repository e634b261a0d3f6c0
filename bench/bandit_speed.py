"""How many decisions and outcomes a CPU second takes, for bench/bandits.py."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from bandit_worlds import promotion_world

__all__ = ["speeds"]

BATCH = 1000
TRAINED = 20_000
#: The fastest of so many counts, as other work on the machine only ever slows one down.
REPEATS = 9


def speeds(ours: Any, vowpal: Any, seed: int, sizes: tuple[int, int]) -> dict[str, float]:
    """Per CPU second, in the promotion world after some learning; ``sizes`` for batches and rows.

    Vowpal Wabbit's text is built beforehand and is not in its time; ours is validated in ours.
    """
    world = promotion_world(seed)
    _train(ours, world, TRAINED)
    _train(vowpal, world, TRAINED // 10)
    many, few = sizes
    x, odds, dice = world.next(many)
    index, propensity = ours.choose(x)
    rewards = (dice < odds[np.arange(many), index]).astype(float)
    outcomes = (x, index, rewards, propensity)
    keys = ours.actions.taken(index)
    bandit, one = ours.bandit, [keys[row : row + 1] for row in range(few)]
    return {
        "ours_decide_batched": _rate(many, lambda part: ours.choose(x[part]), _parts(many, BATCH)),
        "ours_decide_batches_of_100": _rate(
            many, lambda part: ours.choose(x[part]), _parts(many, 100)
        ),
        "ours_update_batched": _rate(
            many,
            lambda part: bandit.learn(x[part], keys[part], rewards[part], propensity[part]),
            _parts(many, BATCH),
        ),
        "ours_update_batches_of_100": _rate(
            many,
            lambda part: bandit.learn(x[part], keys[part], rewards[part], propensity[part]),
            _parts(many, 100),
        ),
        "ours_decide_row": _rate(few, lambda part: ours.choose(x[part]), _parts(few, 1)),
        "ours_update_row": _rate(
            few,
            lambda row: bandit.learn(
                x[row : row + 1], one[row], rewards[row : row + 1], propensity[row : row + 1]
            ),
            range(few),
        ),
        **_vowpal(vowpal, outcomes, few),
    }


def _vowpal(vowpal: Any, outcomes: tuple, few: int) -> dict[str, float]:
    x, index, rewards, propensity = (part[:few] for part in outcomes)
    asked = [vowpal.lines(row) for row in x]
    told = [
        vowpal.labelled(*row)
        for row in zip(x, index.tolist(), rewards.tolist(), propensity.tolist(), strict=True)
    ]
    predict, learn = vowpal.workspace.predict, vowpal.workspace.learn
    return {
        "vw_decide": _rate(few, predict, asked),
        "vw_update": _rate(few, learn, told),
    }


def _train(policy: Any, world: Any, rounds: int) -> None:
    for _ in range(0, rounds, 100):
        x, odds, dice = world.next(100)
        index, propensity = policy.choose(x)
        policy.learn(x, index, (dice < odds[np.arange(100), index]).astype(float), propensity)


def _parts(size: int, step: int) -> list[slice]:
    return [slice(start, start + step) for start in range(0, size, step)]


def _rate(size: int, step: Callable[[Any], object], parts: Iterable[Any]) -> float:
    """Rows per CPU second, the best of some repeats: others use this machine too."""
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        for part in parts:
            step(part)
        seconds.append(time.process_time() - start)
    return round(size / min(seconds))
