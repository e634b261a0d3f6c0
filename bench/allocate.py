"""Allocate simulated audiences under a budget and caps; the last line is one JSON object.

    python bench/allocate.py --seeds 0 1 2 --sizes 2500x100x12 10000x8x8 --json

A size is shoppers x actions x caps. Run with OPENBLAS_NUM_THREADS=1; seconds are CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from promoloop.decide import Allocation, allocate


def world(seed: int, n: int, k: int, m: int) -> dict[str, object]:
    """Values and costs per offer, varied a little per action; a quarter of the free spend."""
    rng = np.random.default_rng(seed)
    offer = np.arange(k) % m
    value = rng.gamma(2, 50, (n, m))[:, offer] * rng.uniform(0.8, 1.2, (n, k)) - 60
    cost = rng.gamma(2, 30, (n, m))[:, offer] + 1
    eligible = (rng.random((n, m)) < 0.4)[:, offer]
    free = allocate(value, cost, 1e15, eligible=eligible)
    return {
        "value": value,
        "cost": cost,
        "budget": 0.25 * free.spend,
        "caps": np.full(m, n // 25),
        "cap_of": offer,
        "eligible": eligible,
    }


def violated(plan: Allocation, problem: dict[str, object]) -> bool:
    """Whether any limit is broken, counted anew from the choice."""
    taken = np.flatnonzero(plan.choice >= 0)
    columns = plan.choice[taken]
    counts = np.bincount(problem["cap_of"][columns], minlength=len(problem["caps"]))
    spend = problem["cost"][taken, columns].sum()
    allowed = problem["eligible"][taken, columns].all()
    return bool(spend > problem["budget"] or (counts > problem["caps"]).any() or not allowed)


def measure(size: str, seed: int) -> dict[str, object]:
    """One allocation: gap, seconds, violations."""
    n, k, m = (int(part) for part in size.split("x"))
    problem = world(seed, n, k, m)
    start = time.process_time()
    plan = allocate(**problem)
    seconds = time.process_time() - start
    return {
        "size": size,
        "seed": seed,
        "gap": plan.gap,
        "cpu_s": round(seconds, 3),
        "violated": violated(plan, problem),
    }


def main() -> None:
    """Measure every size and seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="+", default=["2500x100x12", "10000x8x8", "100000x8x8"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--json", action="store_true", help="print only the last line")
    asked = parser.parse_args()
    rows = [measure(size, seed) for size in asked.sizes for seed in asked.seeds]
    if not asked.json:
        for row in rows:
            print(row)
    print(
        json.dumps(
            {
                "max_gap": max(row["gap"] for row in rows),
                "violations": sum(row["violated"] for row in rows),
                "max_cpu_s": {
                    size: max(row["cpu_s"] for row in rows if row["size"] == size)
                    for size in asked.sizes
                },
                "seeds": asked.seeds,
            }
        )
    )


if __name__ == "__main__":
    main()
