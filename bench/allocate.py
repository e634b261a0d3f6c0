"""Allocate simulated audiences under a budget and caps; the last line is one JSON object.

    python bench/allocate.py --seeds 0..2 --json

A size is shoppers x actions x caps. The world: a quarter of what would be spent if money were no
object, and for each offer a cap of so many shoppers that most caps are full. Values and costs are
float32, as a scoring job would hand them over; sums are taken, and the plan is counted anew, in
float64.
Seconds are CPU seconds of the whole process within ``allocate``; making the world is not in them,
but its memory is in the peak. HiGHS's interior point solves the linear relaxation of 100000x8 in
the same run, by default to a vertex (crossover), as whoever wants a plan must; the time to the
fractional inner point alone is given too. Its environment is made by ``make bench-setup``. The
size of ten million runs in a process of its own, so that its peak is its own.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from importlib.util import find_spec

import numpy as np

from harness import cpu_seconds, finish, machine, parser_for
from promoloop.decide import Allocation, allocate

SIZES = ("2500x100x12", "10000x8x8", "100000x8x8", "1000000x8x8", "1000000x32x32", "10000000x8x8")
PEER_SIZE = "100000x8x8"
LARGEST = "10000000x8x8"
CHUNK = 250_000
CAP = {8: 0.04, 32: 0.015, 100: 0.04}  # of the shoppers, by actions: full for most offers


def world(seed: int, n: int, k: int, m: int) -> dict[str, object]:
    """Values and costs per offer, varied a little per action; a quarter of the free spend."""
    rng = np.random.default_rng(seed)
    offer = np.arange(k) % m
    value, cost = np.empty((n, k), np.float32), np.empty((n, k), np.float32)
    eligible, free = np.empty((n, k), np.bool_), 0.0
    for start in range(0, n, CHUNK):
        rows = slice(start, min(n, start + CHUNK))
        size = rows.stop - start
        value[rows] = rng.gamma(2, 50, (size, m))[:, offer] * rng.uniform(0.8, 1.2, (size, k)) - 60
        cost[rows] = rng.gamma(2, 30, (size, m))[:, offer] + 1
        eligible[rows] = (rng.random((size, m)) < 0.4)[:, offer]
        free += free_spend(value[rows], cost[rows], eligible[rows])
    return {
        "value": value,
        "cost": cost,
        "budget": 0.25 * free,
        "caps": np.full(m, int(n * CAP.get(k, 0.32 / k))),
        "cap_of": offer,
        "eligible": eligible,
    }


def free_spend(value: np.ndarray, cost: np.ndarray, eligible: np.ndarray) -> float:
    """What everybody's best action would cost."""
    allowed = np.where(eligible & (value > 0), value, -np.inf)
    best = allowed.argmax(axis=1)
    rows = np.flatnonzero(np.isfinite(allowed.max(axis=1)))
    return float(cost[rows, best[rows]].sum(dtype=np.float64))


def violated(plan: Allocation, problem: dict[str, object]) -> bool:
    """Whether any limit is broken, or any figure wrong, counted anew from the choice."""
    taken = np.flatnonzero(plan.choice >= 0)
    columns = plan.choice[taken]
    counts = np.bincount(problem["cap_of"][columns], minlength=len(problem["caps"]))
    spend = problem["cost"][taken, columns].sum(dtype=np.float64)
    worth = problem["value"][taken, columns].sum(dtype=np.float64)
    allowed = problem["eligible"][taken, columns].all()
    kept = spend <= problem["budget"] and (counts <= problem["caps"]).all() and allowed
    return not (kept and abs(worth - plan.value) <= 1e-6 * worth)


def measure(size: str, seed: int) -> dict[str, object]:
    """One allocation: gap, seconds, violations, and for the peer's size its bound and seconds."""
    n, k, m = (int(part) for part in size.split("x"))
    problem = world(seed, n, k, m)
    plan, seconds = cpu_seconds(lambda: allocate(**problem))
    counts = np.bincount(plan.choice[plan.choice >= 0] % m, minlength=m)
    row = {
        "size": size,
        "seed": seed,
        "gap": plan.gap,
        "cpu_s": round(seconds, 3),
        "violated": violated(plan, problem),
        "budget_used": round(plan.spend / problem["budget"], 6),
        "caps_full": int((counts == problem["caps"]).sum()),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    return row | (peer(problem, plan) if size == PEER_SIZE else {})


def peer(problem: dict[str, object], plan: Allocation) -> dict[str, object]:
    """The same problem's linear relaxation by HiGHS's interior point, to a vertex and not."""
    if find_spec("highspy") is None:
        sys.exit("highspy is missing: run `make bench-setup` and use its python.")
    import highspy
    from scipy.sparse import coo_array

    rows, columns = np.nonzero(problem["eligible"] & (problem["value"] > 0))
    value, cost = problem["value"][rows, columns], problem["cost"][rows, columns]
    cells, n, m = np.arange(rows.size), len(problem["value"]), len(problem["caps"])
    line = np.concatenate([rows, n + problem["cap_of"][columns], np.full(rows.size, n + m)])
    use = np.concatenate([np.ones(2 * rows.size), cost])
    matrix = coo_array((use, (line, np.tile(cells, 3)))).tocsc()
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = rows.size, n + m + 1
    model.col_cost_ = -value.astype(np.float64)
    model.col_lower_, model.col_upper_ = np.zeros(rows.size), np.ones(rows.size)
    model.row_lower_ = np.full(n + m + 1, -highspy.kHighsInf)
    model.row_upper_ = np.concatenate([np.ones(n), problem["caps"], [problem["budget"]]])
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
    model.a_matrix_.value_ = matrix.data
    seconds = {}
    for crossover in ("off", "on"):  # without it the answer is a fractional, interior point
        solver = highspy.Highs()
        for option, setting in {
            "output_flag": False,
            "solver": "ipm",
            "run_crossover": crossover,
            "threads": 1,
        }.items():
            solver.setOptionValue(option, setting)
        solver.passModel(model)
        _, seconds[crossover] = cpu_seconds(solver.run)
    optimum = -solver.getInfo().objective_function_value
    return {
        "highs_cpu_s": round(seconds["on"], 2),
        "highs_cpu_s_without_crossover": round(seconds["off"], 2),
        "value_of_relaxation": optimum,
        "short_of_relaxation": 1 - plan.value / optimum,
    }


def apart(size: str, seed: int) -> dict[str, object]:
    """``measure`` in a process of its own."""
    command = [sys.executable, __file__, "--only", size, "--seeds", str(seed), "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])["rows"][0]


def largest(rows: list[dict[str, object]], key: str, size: str) -> object:
    """The largest figure over the seeds of one size; None where it was not run."""
    return max((row[key] for row in rows if row["size"] == size), default=None)


def main() -> None:
    """Measure every size and seed."""
    parser = parser_for(__doc__, seeds="0..2")
    parser.add_argument("--sizes", nargs="+", default=list(SIZES))
    parser.add_argument("--only", metavar="SIZE", help="one size, in this process")
    asked = parser.parse_args()
    sizes = [asked.only] if asked.only else asked.sizes
    rows = []
    for size in sizes:
        for seed in asked.seeds:
            rows.append((measure if asked.only or size != LARGEST else apart)(size, seed))
            if not asked.json:
                print(rows[-1], flush=True)
    compared = [row for row in rows if "highs_cpu_s" in row]
    ratios = [row["highs_cpu_s"] / row["cpu_s"] for row in compared]
    inner = [row["highs_cpu_s_without_crossover"] / row["cpu_s"] for row in compared]
    peers = ("highspy",) if compared else ()
    finish(
        {
            "max_gap": max(row["gap"] for row in rows),
            "violations": sum(row["violated"] for row in rows),
            "cpu_s_1e6x8": largest(rows, "cpu_s", "1000000x8x8"),
            "cpu_s_1e7x8": largest(rows, "cpu_s", LARGEST),
            "peak_memory_mb_1e7x8": largest(rows, "peak_memory_mb", LARGEST),
            "speed_ratio_highs_ipm_1e5": round(min(ratios), 1) if ratios else None,
            "speed_ratio_highs_ipm_1e5_without_crossover": round(min(inner), 1) if inner else None,
            "rows": rows,
            "seeds": asked.seeds,
            "machine": machine("promoloop", "scipy", *peers),
        }
    )


if __name__ == "__main__":
    main()
