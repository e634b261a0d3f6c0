"""Do intervals of uplift and of dose curves hold what they say? Simulated worlds, truth known.

    python bench/uplift_coverage.py --json           # seeds 0..19

Per learner: the share of true effects of single shoppers inside their 95 % intervals, and of true
averages, in a world whose effects are linear in the contexts and in one where they jump; two
treatments against a control, 2,000 shoppers. For the dose curve: the share of true P(buy) inside,
over shoppers and depths, in a saturating world (3,000 shoppers). No peers; the last line is one
JSON object.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from harness import finish, machine, parser_for
from promoloop.respond import (
    DoseResponse,
    DRLearner,
    Learner,
    LinearBase,
    SLearner,
    SparseBase,
    TLearner,
    TreeBase,
    UpliftModel,
    XLearner,
    sigmoid,
)

Floats = NDArray[np.float64]

N, BAGS = 2_000, 12
DEPTHS = np.array([0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5])
_TREES = TreeBase(rounds=60, leaves=6, least_rows=30)
LEARNERS: Mapping[str, tuple[Learner, ...] | None] = {
    "S on lines": (SLearner(),),
    "T on lines": (TLearner(),),
    "X on lines": (XLearner(),),
    "DR on lines": (DRLearner(),),
    "DR sparse": (DRLearner(LinearBase(), SparseBase()),),
    "S on trees": (SLearner(_TREES),),
    "T on trees": (TLearner(_TREES),),
    "X on trees": (XLearner(_TREES, _TREES),),
    "DR on trees": (DRLearner(_TREES, _TREES),),
    "default blend": None,
}


def sloped(x: Floats) -> Floats:
    """Effects linear in the contexts."""
    return np.column_stack([0.3 + 0.3 * x[:, 0], 0.2 * x[:, 1]])


def jumping(x: Floats) -> Floats:
    """Effects that jump at zero."""
    return np.column_stack([0.3 + 0.4 * np.sign(x[:, 0]), 0.3 * np.sign(x[:, 1])])


def world(
    seed: int, law: Callable[[Floats], Floats]
) -> tuple[Floats, NDArray[np.int64], Floats, Floats]:
    """Contexts, arms, outcomes and odds."""
    rng = np.random.default_rng(seed)
    x, arm = rng.normal(size=(N, 4)), rng.integers(0, 3, N)
    gain = np.column_stack([np.zeros(N), law(x)])[np.arange(N), arm]
    return x, arm, 1.0 + 0.5 * x[:, 2] + gain + rng.normal(size=N), np.full((N, 2), 1 / 3)


def uplift_hits(seed: int, law: Callable[[Floats], Floats], name: str) -> tuple[float, float]:
    """Share of single effects, and of averages, inside."""
    given = world(seed, law)
    model = UpliftModel(LEARNERS[name], BAGS, seed).fit(*given)
    fresh = np.random.default_rng(seed + 10_000).normal(size=(200, 4))
    low, high = model.effect(fresh).interval()
    one = float(((low <= law(fresh)) & (law(fresh) <= high)).mean())
    low, high = model.average(fresh).interval()
    mean = law(fresh).mean(axis=0)
    return one, float(((low[0] <= mean) & (mean <= high[0])).mean())


def dose_hits(seed: int) -> float:
    """Share of true probabilities inside the dose curve's intervals."""
    rng = np.random.default_rng(seed)
    x, depth = rng.normal(size=(3_000, 2)), rng.choice(DEPTHS, 3_000)

    def truth(who: Floats, at: Floats) -> Floats:
        lift = 1.8 * (1 - np.exp(-7 * at))
        return sigmoid(-1.5 + 0.5 * who[:, :1] + np.exp(0.4 * who[:, 1:]) * lift)

    bought = (rng.random(3_000) < truth(x, depth[:, None])[:, 0]).astype(float)
    model = DoseResponse().fit(x, depth, bought, np.exp(8 + 0.5 * rng.normal(size=3_000)))
    fresh = rng.normal(size=(100, 2))
    found = model.curve(fresh, DEPTHS)
    true = truth(fresh, DEPTHS)
    return float(((found.low <= true) & (true <= found.high)).mean())


def main() -> None:
    """Run every world and print the shares."""
    given = parser_for(__doc__, "0..19").parse_args()
    table: dict[str, dict[str, float]] = {}
    for name in LEARNERS:
        for world_name, law in (("linear", sloped), ("jumps", jumping)):
            hits = np.array([uplift_hits(seed, law, name) for seed in given.seeds]).mean(axis=0)
            row = table.setdefault(name, {})
            row[f"{world_name}, single"] = round(float(hits[0]), 3)
            row[f"{world_name}, average"] = round(float(hits[1]), 3)
        if not given.json:
            print(name, table[name], flush=True)
    dose = float(np.mean([dose_hits(seed) for seed in given.seeds]))
    finish(
        {
            "bench": "uplift_coverage",
            "level": 0.95,
            "coverage": table,
            "dose_coverage": round(dose, 3),
            "bags": BAGS,
            "seeds": list(given.seeds),
            "machine": machine("lightgbm", "scikit-learn"),
        }
    )


if __name__ == "__main__":
    main()
