"""The demo's loop over several seeds: does the policy beat business as usual, and how surely?

    python bench/loop.py --seeds 1..3 --json
    python bench/loop.py --seeds 101..103 --decompose

Real history (Complete Journey), simulated answers, reviewed templates instead of the model, which
does not change what shoppers are worth. The last line is one JSON object. ``--decompose`` adds
where the share of the oracle is lost; see ``decomposition.py``.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from decomposition import RUNGS, decomposed
from harness import finish, machine, parser_for
from promoloop.bootstrap import run_demo

__all__ = ["shares_of_oracle"]


def shares_of_oracle(seeds: Sequence[int]) -> list[float]:
    """The demo's twelve weeks' share of the oracle, seed by seed (simulated)."""
    return [float(one(seed)["share_of_oracle"]) for seed in seeds]


def one(seed: int) -> dict[str, Any]:
    """The figures of one run."""
    with tempfile.TemporaryDirectory() as folder:
        _, summary = run_demo(Path(folder), seed=seed, writes=False)
    figures: dict[str, Any] = json.loads(json.dumps(summary))
    learn, judged = figures["learn"], figures["evaluate"]
    return {
        "seed": seed,
        "lift_vs_bau": learn["lift_vs_bau"],
        "share_of_oracle": learn["share_of_oracle"],
        "promoted": learn["promoted"],
        "off_policy_dr": judged["off_policy"]["DR"],
        "true_value": judged["true_value"],
        "certified_gap": figures["decide"]["certified_gap"],
        "min_propensity": figures["decide"]["min_propensity"],
        "over_budget": figures["decide"]["over_budget"],
        "wrong_facts": figures["compose"]["wrong_facts"],
        "duplicates": figures["deliver"]["duplicates"],
        "seconds": figures["seconds"]["total"],
    }


def rungs(seeds: list[int]) -> list[dict[str, float]]:
    """Per seed, every rung of the decomposition as a share of the oracle."""
    found = []
    for seed, values in zip(seeds, decomposed(seeds), strict=True):
        shares = {name: round(values[name] / values["oracle"], 4) for name in RUNGS}
        found.append({"seed": seed, "oracle_minor": round(values["oracle"], 3), **shares})
    return found


def main() -> None:
    """Run every seed, print a line each, then the JSON object."""
    parser = parser_for(__doc__, seeds="1..3")
    parser.add_argument("--decompose", action="store_true", help="where the share is lost, too")
    parser.add_argument("--only-decompose", action="store_true", help="without the loop itself")
    asked = parser.parse_args()
    lost = rungs(asked.seeds) if asked.decompose or asked.only_decompose else []
    runs: list[dict[str, Any]] = []
    for seed in [] if asked.only_decompose else asked.seeds:
        runs.append(one(seed))
        if not asked.json:
            print(runs[-1], flush=True)
    shares = [run["share_of_oracle"] for run in runs]
    finish(
        {
            "runs": runs,
            "lift_surely_above_zero": sum(run["lift_vs_bau"]["low"] > 0 for run in runs),
            "share_of_oracle": round(float(np.mean(shares)), 4) if shares else None,
            "decomposition": lost,
            "simulated": ["runs", "share_of_oracle", "decomposition"],
            "seeds": asked.seeds,
            "machine": machine("numpy", "polars", "lightgbm"),
        }
    )


if __name__ == "__main__":
    main()
