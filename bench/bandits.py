"""Regret and speed of contextual bandits, ours and the peers', in simulated promotions.

    python bench/bandits.py --seeds 0..4 --json

Needs the peers: `make bench-setup`, then .venv-bench/bin/python. Decisions come in batches of
100; what came of them is learnt 0, 1,000 or 10,000 decisions later. Ours is one setting per
world, chosen on seeds from 100 on. Peers are tried with several settings on the evaluation seeds
themselves, and at every mark the best counts. With delays, and in the even world, only the best
of each library runs, Vowpal Wabbit's for 20,000 decisions. About 20 CPU minutes.
The worlds are in bandit_worlds.py and docs/math/bandits.md.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bandit_worlds import ACTIONS, WORLDS
from harness import finish, machine, parser_for
from promoloop.decide import ActionSet, Crosses, InverseGap, LogisticReward, PooledBandit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BATCH = 100
MARKS = (5_000, 20_000, 100_000)
OURS = "promoloop"
PEERS = ("vw", "mabwiser", "contextualbandits")
PACKAGES = ("vowpalwabbit", "mabwiser", "contextualbandits")
#: Rounds in the crossed world, and of Vowpal Wabbit with delays and in the even world.
SHORT = 20_000
#: Least propensity of every one of the 20 actions: 0.4 % of the choices are even.
FLOOR = 0.0002
#: Our one setting per world, chosen on seeds from 100 on.
EXPLORE = {
    "promotion": InverseGap(FLOOR, gamma=3000.0, optimism=1.5),
    "even": InverseGap(FLOOR, gamma=3000.0, optimism=1.5),
    "crossed": InverseGap(FLOOR, gamma=3000.0, optimism=1.0),
}


class Ours:
    """The policy under test: pooled logistic regressions, inverse gaps of optimistic scores."""

    def __init__(self, world: str, seed: int, features: int) -> None:
        crosses = Crosses.every(features) if world == "crossed" else Crosses(features)
        self.actions = ActionSet(tuple(f"a{column}" for column in range(ACTIONS)))
        self.rng = np.random.default_rng([seed, 4])
        self.bandit = PooledBandit(crosses, LogisticReward(0.05), EXPLORE[world])

    def choose(self, contexts: Floats) -> tuple[Ints, Floats]:
        """Index and propensity."""
        choices = self.bandit.choose(contexts, self.actions, self.rng)
        return choices.index, choices.propensity

    def learn(self, contexts: Floats, index: Ints, rewards: Floats, propensity: Floats) -> None:
        """A batch at a time."""
        self.bandit.learn(contexts, self.actions.taken(index), rewards, propensity)


@dataclass(frozen=True)
class Job:
    """One policy, by library and name, in one world, for several seeds."""

    world: str
    library: str
    name: str
    delay: int
    rounds: int


@dataclass(frozen=True)
class Result:
    """Mean regret of a job over seeds at its marks, standard errors, and CPU seconds per run."""

    job: Job
    marks: tuple[int, ...]
    regret: tuple[float, ...]
    standard_error: tuple[float, ...]
    cpu_s: float

    @classmethod
    def of(cls, job: Job, marks: tuple[int, ...], regret: Floats, seconds: float) -> Result:
        """From regret (seeds, marks)."""
        error = regret.std(axis=0) / np.sqrt(max(len(regret) - 1, 1))
        mean = regret.mean(axis=0).round(1)
        return cls(job, marks, tuple(mean.tolist()), tuple(error.round(1).tolist()), seconds)

    @classmethod
    def read(cls, row: dict[str, Any]) -> Result:
        """What ``row`` wrote."""
        job = Job(row["world"], row["library"], row["name"], row["delay"], row["marks"][-1])
        lines = (tuple(row[name]) for name in ("marks", "regret", "standard_error"))
        return cls(job, *lines, row["cpu_s"])

    def at(self, mark: int) -> float:
        """Mean regret over seeds."""
        return self.regret[self.marks.index(mark)]

    def row(self) -> dict[str, object]:
        """All of it, as JSON types."""
        return {
            "world": self.job.world,
            "library": self.job.library,
            "name": self.job.name,
            "delay": self.job.delay,
            "marks": list(self.marks),
            "regret": list(self.regret),
            "standard_error": list(self.standard_error),
            "cpu_s": round(self.cpu_s, 1),
        }


def policy_for(job: Job, seed: int, features: int) -> Any:
    """The policy of a run, unlearned."""
    if job.library == OURS:
        return Ours(job.world, seed, features)
    return _named(job).make(seed)


def _named(job: Job) -> Any:
    from bandit_peers import peers

    found = [p for p in peers() if (p.library, p.name) == (job.library, job.name)]
    return found[0]


def run(job: Job, seed: int) -> tuple[tuple[int, ...], list[float], float]:
    """Marks, cumulated regret at each, and CPU seconds."""
    start = time.process_time()
    world = WORLDS[job.world](seed)
    policy = policy_for(job, seed, world.features)
    waiting: list[tuple[Floats, Ints, Floats, Floats]] = []
    regret, marks, sums = 0.0, [], []
    for done in range(BATCH, job.rounds + 1, BATCH):
        contexts, odds, dice = world.next(BATCH)
        index, propensity = policy.choose(contexts)
        chance = odds[np.arange(BATCH), index]
        regret += float((odds.max(axis=1) - chance).sum())
        waiting.append((contexts, index, (dice < chance).astype(float), propensity))
        if len(waiting) * BATCH > job.delay:
            policy.learn(*waiting.pop(0))
        if done in MARKS or done == job.rounds:
            marks.append(done)
            sums.append(regret)
    return tuple(marks), sums, time.process_time() - start


class Bench:
    """Runs jobs over seeds, and remembers; in ``kept`` too, so that a stopped run goes on."""

    def __init__(self, seeds: Sequence[int], jobs: int, quiet: bool, kept: Path | None) -> None:
        self.seeds, self.quiet, self.kept = seeds, quiet, kept
        self.workers = ProcessPoolExecutor(jobs)
        self.results: list[Result] = []
        lines = kept.read_text().splitlines() if kept and kept.exists() else []
        self.earlier = {found.job: found for found in map(Result.read, map(json.loads, lines))}

    def measure(self, jobs: Sequence[Job]) -> None:
        """Run every job for every seed, save those that an earlier run has done."""
        new = [job for job in jobs if job not in self.earlier]
        runs = {job: self.workers.map(partial(run, job), self.seeds) for job in new}
        for job in jobs:
            result = self._run(job, runs[job]) if job in runs else self.earlier[job]
            self.results.append(result)
            if not self.quiet:
                print(result.row(), flush=True)

    def _run(self, job: Job, runs: Iterable[tuple[tuple[int, ...], list[float], float]]) -> Result:
        marks, sums, seconds = zip(*runs, strict=True)
        result = Result.of(job, marks[0], np.array(sums), float(np.mean(seconds)))
        if self.kept:
            with self.kept.open("a") as file:
                file.write(json.dumps(result.row()) + "\n")
        return result

    def of(self, world: str, library: str, delay: int = 0) -> list[Result]:
        """Results of a library in a world."""
        wanted = (world, library, delay)
        return [r for r in self.results if (r.job.world, r.job.library, r.job.delay) == wanted]

    def best(self, world: str, library: str, mark: int, delay: int = 0) -> list[Result]:
        """Settings that were run so far, the one with the least regret at that mark first."""
        found = [r for r in self.of(world, library, delay) if mark in r.marks]
        return sorted(found, key=lambda r: r.at(mark))

    def ratios(self, world: str, delay: int = 0) -> dict[str, float]:
        """Our regret over that of each library's best setting, at every mark."""
        (ours,) = self.of(world, OURS, delay)
        found = {}
        for library in PEERS:
            for mark in ours.marks:
                for other in self.best(world, library, mark, delay)[:1]:
                    found[f"{library}_{_short(mark)}"] = round(ours.at(mark) / other.at(mark), 4)
        return found


def _short(mark: int) -> str:
    return f"{mark // 1000}k" if mark % 1000 == 0 else str(mark)


def measured(bench: Bench, rounds: int, delays: Sequence[int]) -> None:
    """Every setting in two worlds, then the best of each library elsewhere."""
    from bandit_peers import peers

    short = min(rounds, SHORT)
    plain = [p for p in peers() if not p.products]
    bench.measure([Job("promotion", OURS, "", delay, rounds) for delay in (0, *delays)])
    bench.measure([Job("even", OURS, "", 0, rounds), Job("crossed", OURS, "", 0, short)])
    bench.measure([Job("promotion", p.library, p.name, 0, rounds) for p in plain])
    bench.measure([Job("crossed", p.library, p.name, 0, short) for p in peers()])
    best = [bench.best("promotion", library, rounds)[0].job for library in PEERS]
    reach = [replace(job, rounds=short if job.library == "vw" else rounds) for job in best]
    bench.measure([replace(job, world="even") for job in reach])
    bench.measure([replace(job, delay=delay) for delay in delays for job in reach])


def figures(bench: Bench, rounds: int, delays: Sequence[int]) -> dict[str, object]:
    """The keys of the last line."""
    found: dict[str, object] = {}
    for name, ratio in bench.ratios("promotion").items():
        found[f"regret_ratio_{name}"] = ratio
    for delay in delays:
        for name, ratio in bench.ratios("promotion", delay).items():
            found[f"regret_ratio_{name}_delay_{_short(delay)}"] = ratio
    for world in ("crossed", "even"):
        for name, ratio in bench.ratios(world).items():
            found[f"regret_ratio_{name}_{world}"] = ratio
    found["regrets"] = [result.row() for result in bench.results]
    found["rounds"] = rounds
    found["floor"] = FLOOR
    return found


def speed_figures(seed: int) -> dict[str, object]:
    """Ours over Vowpal Wabbit's, per CPU second."""
    from bandit_peers import VW_SETTINGS, Vowpal
    from bandit_speed import speeds

    fastest = Vowpal(VW_SETTINGS["squarecb 1000"], False, seed)
    rates = speeds(Ours("promotion", seed, 30), fastest, seed, (50_000, 4_000))
    ratios = {
        f"{what}_speed_ratio_{way}": round(rates[f"ours_{what}_{way}"] / rates[f"vw_{what}"], 2)
        for what in ("decide", "update")
        for way in ("batched", "batches_of_100", "row")
    }
    return {**ratios, "rows_per_cpu_second": rates}


def main() -> None:
    """Measure and print."""
    parser = parser_for(__doc__, "0..4")
    parser.add_argument("--rounds", type=int, default=MARKS[-1], help="decisions per run")
    parser.add_argument("--delays", type=int, nargs="*", default=[1000, 10000])
    parser.add_argument("--jobs", type=int, default=1, help="processes side by side")
    parser.add_argument("--kept", type=Path, help="file of runs, to stop and to go on")
    asked = parser.parse_args()
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        sys.exit(
            f"{', '.join(missing)} not installed."
            f" Run make bench-setup, then .venv-bench/bin/python {sys.argv[0]}."
        )
    bench = Bench(asked.seeds, asked.jobs, asked.json, asked.kept)
    measured(bench, asked.rounds, asked.delays)
    bench.workers.shutdown()
    finish(
        {
            **figures(bench, asked.rounds, asked.delays),
            **speed_figures(asked.seeds[0]),
            "seeds": list(asked.seeds),
            "machine": machine(*PACKAGES),
        }
    )


if __name__ == "__main__":
    main()
