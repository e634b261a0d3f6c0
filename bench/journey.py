"""Long-term value of journey policies on the simulated fatigue world; the last line is JSON.

    python bench/journey.py --seeds 0..4 --json
    python bench/journey.py --seeds 0..4 --no-demo     # without the demo's share of the oracle

Every learner gets the same log of exploring journeys and is then followed for two years on other
shoppers, against sending nothing to the same shoppers with the same chance. All of it is
simulated. Settings were chosen on seeds from 100 on. Run it with the environment that
`make bench-setup` builds; without PyTorch deep Q-learning is marked absent.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from harness import cpu_seconds, finish, machine, parser_for, seeds_in
from promoloop.backends.journeys_torch import DeepQ
from promoloop.core import UnavailableError
from promoloop.decide import FittedQ, JourneyPolicy, JourneyRule, MyopicBandit, TabularQ
from promoloop.simulate import (
    JourneyConstants,
    JourneyWorld,
    KnowingMyopic,
    LongTermValue,
    log_journeys,
    long_term_value,
    value_of_plan,
)

ACTIONS = 3  # reminder, small offer, deep offer
DISCOUNT = 0.97  # a week
WEEKS = 104
LOGGED_WEEKS = 26
LEARNERS = ("tabular Q", "fitted Q", "deep Q")
WORLDS = {
    "no memory": JourneyConstants().without_memory(),
    "fatigue x 0": JourneyConstants().with_fatigue(0.0),
    "fatigue x 0.5": JourneyConstants().with_fatigue(0.5),
    "fatigue x 2": JourneyConstants().with_fatigue(2.0),
}


def rules() -> dict[str, JourneyPolicy]:
    """What a marketer would write down."""
    return {
        "nothing": JourneyRule(-1, ACTIONS),
        "reminder every week": JourneyRule(0, ACTIONS),
        "reminder every 2 weeks": JourneyRule(0, ACTIONS, every=2),
        "reminder every 4 weeks": JourneyRule(0, ACTIONS, every=4),
        "reminder below pressure 0.3": JourneyRule(0, ACTIONS, most_pressure=0.3),
        "small offer every week": JourneyRule(1, ACTIONS),
        "small offer every 4 weeks": JourneyRule(1, ACTIONS, every=4),
        "deep offer every 4 weeks": JourneyRule(2, ACTIONS, every=4),
    }


def learners(discount: float) -> dict[str, Callable[[], JourneyPolicy]]:
    """The peers, none of which explores when it is measured."""
    return {
        "myopic bandit": lambda: MyopicBandit(ACTIONS, explore=0.0),
        "myopic table": lambda: TabularQ(ACTIONS, discount=0.0, explore=0.0),
        "tabular Q": lambda: TabularQ(ACTIONS, discount=discount, explore=0.0),
        "fitted Q": lambda: FittedQ(ACTIONS, discount=discount, explore=0.0),
        "deep Q": lambda: DeepQ(ACTIONS, discount=discount, explore=0.0),
    }


def measured(
    seed: int, constants: JourneyConstants, sizes: Sequence[int], wanted: Sequence[str]
) -> tuple[dict[str, LongTermValue], dict[str, float]]:
    """True values and CPU seconds of learning, by policy."""
    logged, followed = sizes
    shop = JourneyWorld.drawn(logged, np.random.default_rng([seed, 1]), constants)
    # Half of the weeks nothing, else one of the three.
    exploring = JourneyRule(-1, ACTIONS, explore=2 / 3)
    log = log_journeys(shop, exploring, LOGGED_WEEKS, np.random.default_rng([seed, 2]))
    world = JourneyWorld.drawn(followed, np.random.default_rng([seed, 3]), constants)
    values = {
        name: long_term_value(world, rule, WEEKS, DISCOUNT, seed) for name, rule in rules().items()
    }
    values["myopic, knowing the truth"] = value_of_plan(
        world, KnowingMyopic(world), WEEKS, DISCOUNT, seed
    )
    seconds: dict[str, float] = {}
    for name in wanted:
        try:
            policy = learners(DISCOUNT)[name]()
        except UnavailableError as missing:
            print(f"{name} is absent: {missing}", file=sys.stderr)
            continue
        _, seconds[name] = cpu_seconds(lambda policy=policy: policy.learn(log))
        values[name] = long_term_value(world, policy, WEEKS, DISCOUNT, seed)
    return values, seconds


def ratio(best: Sequence[float], myopic: Sequence[float]) -> tuple[float | None, float | None]:
    """Ratio of means over seeds and its standard error, by leaving out one seed at a time.

    Nothing when the myopic mean is not above zero: a ratio to a loss says nothing.
    """
    a, b = np.array(best), np.array(myopic)
    n = a.size
    if b.mean() <= 0.0:
        return None, None
    value = round(float(a.mean() / b.mean()), 3)
    if n < 2:
        return value, None
    left_out = (a.sum() - a) / (b.sum() - b)
    error = float(np.sqrt((n - 1) / n * np.square(left_out - left_out.mean()).sum()))
    return value, round(error, 3)


def summary(runs: Sequence[Mapping[str, LongTermValue]]) -> dict[str, dict[str, float | None]]:
    """Per policy the mean over seeds, in minor units per shopper."""
    names = list(runs[0])
    return {
        name: {
            "increment": round(float(np.mean([run[name].increment for run in runs])), 1),
            "standard_error": _error([run[name].increment for run in runs]),
            "value": round(float(np.mean([run[name].value for run in runs])), 1),
            "contacts": round(float(np.mean([run[name].contacts for run in runs])), 1),
            "subscribed": round(float(np.mean([run[name].subscribed for run in runs])), 3),
        }
        for name in names
    }


def _error(values: Sequence[float]) -> float | None:
    if len(values) < 2:
        return None
    return round(float(np.std(values, ddof=1) / len(values) ** 0.5), 1)


def compared(runs: Sequence[Mapping[str, LongTermValue]]) -> dict[str, object]:
    """The best learnt journey policy against the myopic bandit."""
    there = [name for name in LEARNERS if name in runs[0]]
    gains = {name: [run[name].increment for run in runs] for name in (*there, "myopic bandit")}
    best = max(there, key=lambda name: float(np.mean(gains[name])))
    value, error = ratio(gains[best], gains["myopic bandit"])
    whole = np.mean([run[best].value for run in runs])
    whole /= np.mean([run["myopic bandit"].value for run in runs])
    more = [a - b for a, b in zip(gains[best], gains["myopic bandit"], strict=True)]
    rule = max(rules(), key=lambda name: float(np.mean([run[name].increment for run in runs])))
    other = {"rule": rule, "knowing": "myopic, knowing the truth"}
    against = {
        f"best_vs_{short}": ratio(gains[best], [run[name].increment for run in runs])[0]
        for short, name in other.items()
    }
    return {
        "best": best,
        "best_vs_myopic": value,
        "best_vs_myopic_se": error,
        "each_vs_myopic": {name: ratio(gains[name], gains["myopic bandit"])[0] for name in there},
        "more_than_myopic": round(float(np.mean(more)), 1),
        "more_than_myopic_se": _error(more),
        "best_rule": rule,
        **against,
        "whole_margin_vs_myopic": round(float(whole), 4),
    }


def shown(title: str, runs: Sequence[Mapping[str, LongTermValue]]) -> None:
    """A table for people."""
    print(f"\n{title}: simulated, per shopper, over {WEEKS} weeks at {DISCOUNT} a week")
    for name, row in summary(runs).items():
        print(f"  {name:28} {row}")


def sensitivity(seeds: Sequence[int], sizes: Sequence[int], quiet: bool) -> dict[str, object]:
    """How the ratio moves when fatigue is halved, doubled or gone."""
    found: dict[str, object] = {}
    for title, constants in WORLDS.items():
        wanted = ("myopic bandit", "tabular Q", "fitted Q")
        runs = [measured(seed, constants, sizes, wanted)[0] for seed in seeds]
        found[title] = compared(runs) | {
            name: round(float(np.mean([run[name].increment for run in runs])), 1)
            for name in (*wanted, "myopic, knowing the truth")
        }
        if not quiet:
            shown(title, runs)
            print(found[title], flush=True)
    return found


def main() -> None:
    """Measure every seed, print tables unless told not to, then the JSON object."""
    parser = parser_for(__doc__, "0..4")
    parser.add_argument("--shoppers", type=int, default=25_000, help="in the log")
    parser.add_argument("--followed", type=int, default=10_000, help="to measure on")
    parser.add_argument("--sensitivity-seeds", type=seeds_in, default=[], help="0..1, say")
    parser.add_argument(
        "--demo-seeds", type=seeds_in, default=seeds_in("7,1,2"), help="of the demo's twelve weeks"
    )
    parser.add_argument("--no-demo", action="store_true", help="leave the demo out")
    asked = parser.parse_args()
    sizes = (asked.shoppers, asked.followed)
    runs, seconds = [], {}
    for seed in asked.seeds:
        values, seconds = measured(seed, JourneyConstants(), sizes, tuple(learners(DISCOUNT)))
        runs.append(values)
        if not asked.json:
            shown(f"seed {seed}", [values])
    if not asked.json:
        shown("all seeds", runs)
    figures: dict[str, object] = {**compared(runs), "policies": summary(runs)}
    figures["absent"] = [name for name in LEARNERS if name not in runs[0]]
    figures["learn_cpu_s"] = {name: round(spent, 1) for name, spent in seconds.items()}
    if asked.sensitivity_seeds:
        figures["sensitivity"] = sensitivity(asked.sensitivity_seeds, sizes, asked.json)
    if not asked.no_demo:
        from loop import shares_of_oracle

        shares = shares_of_oracle(asked.demo_seeds)
        figures["share_of_oracle"] = round(float(np.mean(shares)), 3)
        figures["shares_of_oracle"] = dict(zip(map(str, asked.demo_seeds), shares, strict=True))
    setting = {"logged_shoppers": asked.shoppers, "logged_weeks": LOGGED_WEEKS}
    finish(
        figures
        | {"simulated": True, "seeds": asked.seeds, "sizes": setting}
        | {"machine": machine("lightgbm", "gymnasium")}
    )


if __name__ == "__main__":
    main()
