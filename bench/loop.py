"""The demo's loop over several seeds: does the policy beat business as usual, and how surely?

    python bench/loop.py --seeds 1..3 --json

Real history (Complete Journey), simulated answers, reviewed templates instead of the model, which
does not change what shoppers are worth. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from promoloop.bootstrap import run_demo


def seeds_in(text: str) -> range:
    """``1..3`` as a range that includes both ends; ``4`` as one seed."""
    first, _, last = text.partition("..")
    return range(int(first), int(last or first) + 1)


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
        "over_budget": figures["decide"]["over_budget"],
        "wrong_facts": figures["compose"]["wrong_facts"],
        "duplicates": figures["deliver"]["duplicates"],
    }


def main() -> None:
    """Run every seed, print a line each, then the JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=seeds_in, default=seeds_in("1..3"))
    parser.add_argument("--json", action="store_true", help="kept for uniformity; always prints")
    runs = []
    for seed in parser.parse_args().seeds:
        runs.append(one(seed))
        print(runs[-1], flush=True)
    above = sum(run["lift_vs_bau"]["low"] > 0 for run in runs)
    print(json.dumps({"runs": runs, "lift_surely_above_zero": above, "seeds": len(runs)}))


if __name__ == "__main__":
    main()
