"""Simulated worlds whose truth is known, and how often our figures hold it.

Nothing here is compared with a peer: the law of large numbers is the peer. Per world (seed) there
are many logs and experiments, all drawn anew, so that the simulation error of every share is
small; it is given beside it (``..._se``). Everything is simulated. Keys of the last line:

``dr_coverage``
    Share of logs whose 95 % doubly robust interval holds the policy's true value; likewise
    ``ips_coverage``, ``snips_coverage``, ``switch_coverage``.
``dr_coverage_repeated``
    The same where every shopper has four rows, told so; ``..._untold``: taken for independent.
``dr_coverage_200_rows``, ``ips_coverage_200_rows``
    The same of the shortest log that is not refused, and of the bootstrap (``..._bootstrap``); of
    other lengths, down to 50 rows, which are refused unless one insists.
``switch_bounded_coverage``, ``switch_bounded_width``
    Switch-DR told how wrong a good model can be, on logs with a floor of 0.5 %; its width over
    DR's.
``bernstein_coverage``, ``bernstein_width``
    The interval that holds at any length, on purchases yes or no; its width over the normal one's.
``peeking_false_positives``
    Share of A/A experiments that a confidence sequence, looked at on each of 40 days, ever calls
    different; ``naive_peeking`` the same of a plain interval.
``width_ratio``
    The sequence's half width on the last day over that of an interval looked at once.
``guardrail_false_pauses``
    Share of campaigns whose unsubscribe rate is exactly at the limit that a daily check of 84 days
    ever pauses; ``guardrail_messages_to_find`` how many messages a rate of twice the limit takes.
``cuped_error``
    Largest distance, over four correlations rho, of the mean variance reduction from rho squared.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness import cpu_seconds, finish, machine, parser_for
from promoloop.evaluate import (
    LEAST_ROWS,
    Bernstein,
    Bootstrap,
    Estimate,
    Rules,
    Switch,
    check_guardrail,
    compare_means,
    dr,
    ips,
    share_of,
    snips,
    switch_dr,
)
from promoloop.offers import Guardrail

Floats = NDArray[np.float64]

LOGS = 100  # per world
ROWS = 2_000  # per log
LENGTHS = (50, 100, LEAST_ROWS, 400, 800)
SHORT_LOGS = 10  # per world and length
CAMPAIGNS = 3  # per world
LIMIT = 0.005  # of the unsubscribe rate
DAILY = 500  # messages
KINDS = 25  # of shoppers
EXPERIMENTS = 10  # A/A experiments per world
LOOKS = 40
UNITS = 4_000  # of an A/A experiment, both arms
CUPED_PAIRS = 5  # experiments per world and correlation
RHOS = (0.3, 0.5, 0.7, 0.9)


@dataclass(frozen=True)
class World:
    """A promotion world: kinds of shoppers, actions, what each brings, who chooses how.

    ``buys`` and ``basket`` (kinds, actions) are the chance and the size of a purchase, ``model``
    what a mediocre outcome model says of their product; ``logged`` and ``target`` are policies.
    """

    share: Floats
    buys: Floats
    basket: Floats
    model: Floats
    logged: Floats
    target: Floats

    @property
    def truth(self) -> float:
        """What the target policy earns per decision."""
        return float(self.share @ (self.target * self.buys * self.basket).sum(axis=1))


@dataclass(frozen=True)
class Log:
    """One log: what the estimators are given."""

    rewards: Floats
    propensity: Floats
    target: Floats
    q_logged: Floats
    q_target: Floats
    shoppers: NDArray[np.int64]


def world_of(rng: np.random.Generator, floor: float | None = None, error: float = 0.4) -> World:
    """3 to 8 actions; a logging policy with a floor of 2 to 5 %; a target greedier than it.

    ``error`` is the model's, in logarithms.
    """
    k = int(rng.integers(3, 9))
    buys = 1 / (1 + np.exp(-rng.normal(-1.5, 0.8, (KINDS, k))))
    basket = rng.gamma(4.0, 250.0, (KINDS, 1)) * rng.uniform(0.7, 1.3, (KINDS, k))
    value = buys * basket
    drawn = rng.uniform(0.02, 0.05)
    seen = value * np.exp(rng.normal(0, 0.5, value.shape))
    return World(
        share=rng.dirichlet(np.full(KINDS, 3.0)),
        buys=buys,
        basket=basket,
        model=value * np.exp(rng.normal(0, error, value.shape)),
        logged=_softly(seen, 1.0, drawn if floor is None else floor),
        target=_softly(value * np.exp(rng.normal(0, 0.3, value.shape)), 4.0, 0.0),
    )


def _softly(value: Floats, greed: float, floor: float) -> Floats:
    scaled = greed * value / value.mean()
    odds = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    mixed: Floats = floor + (1 - floor * odds.shape[1]) * odds
    return mixed


def log_of(world: World, rng: np.random.Generator, rows: int, per_shopper: int = 1) -> Log:
    """Draw a log. A shopper's rows share a kind and a lasting liking of mean 1."""
    shoppers = np.repeat(np.arange(rows // per_shopper), per_shopper)
    many = rows // per_shopper
    kind = rng.choice(len(world.share), many, p=world.share)[shoppers]
    liking = rng.gamma(4.0, 0.25, many)[shoppers] if per_shopper > 1 else 1.0
    edges = world.logged.cumsum(axis=1)[kind]
    action = np.minimum((rng.random(rows)[:, None] > edges).sum(axis=1), edges.shape[1] - 1)
    at = (kind, action)
    bought = rng.random(rows) < world.buys[at]
    return Log(
        rewards=bought * rng.gamma(4.0, 0.25, rows) * world.basket[at] * liking,
        propensity=world.logged[at],
        target=world.target[at],
        q_logged=world.model[at],
        q_target=(world.target * world.model).sum(axis=1)[kind],
        shoppers=shoppers,
    )


def estimates_of(log: Log, rules: Rules) -> dict[str, Estimate]:
    """Every estimator on one log."""
    plain = (log.rewards, log.propensity, log.target)
    return {
        "ips": ips(*plain, rules=rules),
        "snips": snips(*plain, rules=rules),
        "dr": dr(*plain, log.q_logged, log.q_target, rules=rules),
        "switch": switch_dr(*plain, log.q_logged, log.q_target, rules=rules),
    }


Tally = defaultdict[str, list[float]]


def holds(found: Estimate, truth: float) -> float:
    """1 when the interval holds the truth."""
    return float(found.low <= truth <= found.high)


def off_policy(seed: int, tally: Tally) -> None:
    """Every estimator on many logs of one world."""
    rng = np.random.default_rng([seed, 1])
    world, rules = world_of(rng), Rules()
    for _ in range(LOGS):
        for name, found in estimates_of(log_of(world, rng, ROWS), rules).items():
            tally[f"{name}_coverage"].append(holds(found, world.truth))
            tally[f"{name}_width"].append((found.high - found.low) / world.truth)
        log = log_of(world, rng, ROWS, per_shopper=4)
        for name, shoppers in (("repeated", log.shoppers), ("repeated_untold", None)):
            found = dr(*model_of(log), shoppers=shoppers)
            tally[f"dr_coverage_{name}"].append(holds(found, world.truth))


def short_logs(seed: int, tally: Tally) -> None:
    """Short logs, also those that are refused unless one insists; the bootstrap at the limit."""
    rng = np.random.default_rng([seed, 2])
    world, insist = world_of(rng), {"rows": 2, "effective_share": 0.0}
    for _ in range(SHORT_LOGS):
        for rows in LENGTHS:
            log = log_of(world, rng, rows)
            ways = {"": Rules(**insist)}
            if rows == LEAST_ROWS:
                ways["_bootstrap"] = Rules(Bootstrap(rng))
            for name, rules in ways.items():
                found = estimates_of(log, rules)
                for which in ("ips", "dr"):
                    held = holds(found[which], world.truth)
                    tally[f"{which}_coverage_{rows}_rows{name}"].append(held)


def bounded(seed: int, tally: Tally) -> None:
    """What knowing more gives: how wrong the model can be, or that rewards are 0 or 1."""
    rng = np.random.default_rng([seed, 5])
    world = world_of(rng, floor=0.005, error=0.05)
    switch = Switch(residual=float(np.abs(world.model - world.buys * world.basket).max()))
    for _ in range(SHORT_LOGS):
        log = log_of(world, rng, ROWS)
        plain, found = dr(*model_of(log)), switch_dr(*model_of(log), switch=switch)
        tally["switch_bounded_coverage"].append(holds(found, world.truth))
        tally["switch_bounded_dr_coverage"].append(holds(plain, world.truth))
        tally["switch_bounded_gain"].append((found.high - found.low) / (plain.high - plain.low))
        bought = (log.rewards > 0).astype(float)
        real = float(world.share @ (world.target * world.buys).sum(axis=1))
        bounds = Bernstein(0.0, 1.0, float((world.target / world.logged).max()))
        given = (bought, log.propensity, log.target)
        wide, normal = ips(*given, rules=Rules(bounds)), ips(*given)
        tally["bernstein_coverage"].append(holds(wide, real))
        tally["bernstein_gain"].append((wide.high - wide.low) / (normal.high - normal.low))


def guarded(seed: int, tally: Tally) -> None:
    """Campaigns checked daily: one at the limit, one at twice the limit."""
    rng, rail = np.random.default_rng([seed, 6]), Guardrail("unsubscribe_rate", "above", LIMIT)
    for _ in range(CAMPAIGNS):
        for times in (1, 2):
            left = rng.binomial(DAILY, times * LIMIT, 84).cumsum()
            looks = (
                check_guardrail(rail, share_of(int(n), DAILY * day, expected=LIMIT)).breached
                for day, n in enumerate(left, 1)
            )
            first = next((day for day, breached in enumerate(looks, 1) if breached), None)
            if times == 1:
                tally["guardrail_false_pauses"].append(float(first is not None))
            else:
                tally["guardrail_messages"].append(DAILY * (first or 85))


def model_of(log: Log) -> tuple[Floats, ...]:
    """What ``dr`` is given of a log."""
    return log.rewards, log.propensity, log.target, log.q_logged, log.q_target


def peeking(seed: int, tally: Tally) -> None:
    """A/A experiments on skewed margins, looked at daily."""
    rng = np.random.default_rng([seed, 3])
    buys, size = rng.uniform(0.05, 0.4), rng.uniform(1.0, 4.0)
    days = np.linspace(0, UNITS // 2, LOOKS + 1, dtype=int)[1:]
    for _ in range(EXPERIMENTS):
        margin = (rng.random((2, UNITS // 2)) < buys) * rng.gamma(size, 100.0, (2, UNITS // 2))
        for name, always in (("peeking_false_positives", True), ("naive_peeking", False)):
            looks = [
                compare_means(
                    margin[0, :day], margin[1, :day], always_valid=always, planned_n=UNITS
                )
                for day in days
            ]
            tally[name].append(float(any(not holds(look, 0.0) for look in looks)))
            tally["looked_once" if not always else "looked_daily"].append(1 - holds(looks[-1], 0.0))
            tally[f"{name}_width"].append(looks[-1].high - looks[-1].low)


def reduction(seed: int, tally: Tally) -> None:
    """Variance that a covariate of known correlation takes away, and coverage of the truth."""
    rng = np.random.default_rng([seed, 4])
    half, lift = UNITS // 2, 0.1
    for rho in RHOS:
        for _ in range(CUPED_PAIRS):
            x, noise = _standard_gamma(rng, UNITS), _standard_gamma(rng, UNITS)
            y = rho * x + math.sqrt(1 - rho**2) * noise
            y[:half] += lift
            arms = (y[:half], y[half:])
            plain = compare_means(*arms, always_valid=False)
            found = compare_means(*arms, x[:half], x[half:], always_valid=False)
            ratio = (found.high - found.low) / (plain.high - plain.low)
            tally[f"cuped_{rho}"].append(1 - ratio**2)
            tally["cuped_coverage"].append(holds(found, lift))


def _standard_gamma(rng: np.random.Generator, size: int) -> Floats:
    """Skewed, of mean 0 and variance 1."""
    return (rng.gamma(4.0, 1.0, size) - 4.0) / 2.0


def figures_of(tally: Mapping[str, list[float]]) -> dict[str, object]:
    """Means, and the simulation's own error of every share."""
    found: dict[str, object] = {}
    for name in sorted(tally):
        if any(part in name for part in ("coverage", "peeking", "looked", "false_pauses")):
            share = float(np.mean(tally[name]))
            if not name.endswith("_width"):
                found[name] = round(share, 4)
                found[f"{name}_se"] = round(math.sqrt(share * (1 - share) / len(tally[name])), 4)
    widths = {
        name: float(np.mean(tally[f"{name}_width"])) for name in ("ips", "snips", "dr", "switch")
    }
    once, daily = tally["naive_peeking_width"], tally["peeking_false_positives_width"]
    cuped = {rho: float(np.mean(tally[f"cuped_{rho}"])) for rho in RHOS}
    return {
        **found,
        "width_ratio": round(float(np.sum(daily) / np.sum(once)), 4),
        "cuped_error": round(max(abs(cuped[rho] - rho**2) for rho in RHOS), 5),
        "cuped_error_se": round(
            max(
                float(np.std(tally[f"cuped_{rho}"])) / len(tally[f"cuped_{rho}"]) ** 0.5
                for rho in RHOS
            ),
            5,
        ),
        "switch_bounded_width": round(float(np.mean(tally["switch_bounded_gain"])), 4),
        "bernstein_width": round(float(np.mean(tally["bernstein_gain"])), 4),
        "guardrail_messages_to_find": float(np.median(tally["guardrail_messages"])),
        "relative_width": {name: round(width, 4) for name, width in widths.items()},
        "variance_reduction": {str(rho): round(cuped[rho], 4) for rho in RHOS},
        "logs": len(tally["dr_coverage"]),
        "experiments": len(tally["naive_peeking"]),
    }


def measured(seeds: list[int]) -> dict[str, object]:
    """All figures over the worlds of ``seeds``."""
    tally: Tally = defaultdict(list)
    for seed in seeds:
        for part in (off_policy, short_logs, bounded, guarded, peeking, reduction):
            part(seed, tally)
    return figures_of(tally)


def main(description: str | None = __doc__) -> None:
    """Measure every seed, print a line per figure, then the JSON object."""
    parser = parser_for(description, "0..199")
    asked = parser.parse_args()
    figures, seconds = cpu_seconds(lambda: measured(asked.seeds))
    if not asked.json:
        for name, value in figures.items():
            print(f"{name:40} {value}")
    finish(
        {
            **figures,
            "seeds": asked.seeds,
            "cpu_s": round(seconds, 1),
            "machine": machine("scipy"),
        }
    )


if __name__ == "__main__":
    main()
