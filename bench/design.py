"""Offer design against trying everything: is what the search finds what there is to find?

    python bench/design.py --seeds 0..9 --json

Simulated shoppers whose answers are known (log-normal baskets, a saturating answer to depth, some
who top up to a threshold), another world per seed. Three questions, each against an exhaustive grid
or a known answer, valued on the same curve and draws:

tiers    one offer of one or two tiers or a percentage, one to four weeks: every legal one is tried
mix      two offers of one tier or a percentage side by side, four weeks: every pair is tried
nothing  shoppers who buy anyway and are moved by nothing: no offer must come out

``*_ratio_min`` is the worst seed's value, ours over the grid's. No peer searches offers; the grid
is the comparison.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from harness import cpu_seconds, finish, machine, parser_for
from promoloop.decide import DesignRules, Menu, OfferDesign, design_offers
from promoloop.decide.design import Prospects, breaches
from promoloop.offers import PercentOff, Reward, TieredAmountOff
from promoloop.respond import OfferedResponse

Floats = NDArray[np.float64]

_SHOPPERS, _DRAWS, _SPREAD = 50, 12, 0.5
RULES = DesignRules(
    margin_share=0.35,
    typical_basket_minor=5000,
    budget_minor=400_000,
    shoppers=4000,
    most_weeks=4,
    most_offers=1,
    most_tiers=2,
    contact_minor=1.0,
    step_minor=2500,
    amount_minor=500,
)


@dataclass(frozen=True)
class World:
    """Shoppers (log mean basket, base log odds, answer to depth) and doubt about the answer."""

    answer: float = 4.0
    doubt: float = 0.5
    top_up: float = 0.3

    def response(
        self, contexts: Floats, depths: Floats, thresholds_minor: Floats
    ) -> OfferedResponse:
        centre, base, own = (contexts[:, [column]] for column in range(3))
        limit = np.log(np.maximum(thresholds_minor, 1.0))
        reach = ndtr((centre - limit) / _SPREAD)
        close = ndtr((centre - limit - np.log(0.7)) / _SPREAD) - reach
        asked = (thresholds_minor > 0) & (depths > 0)
        reached = np.where(asked, reach + self.top_up * close, 1.0)
        dose = 1.0 - np.exp(-3.0 * depths * reached)
        mean = np.exp(centre + _SPREAD**2 / 2)
        paid = mean + np.where(asked, self.top_up * close * 0.15 * thresholds_minor, 0.0)
        chance = expit(base + np.maximum(self.answer + own, 0.0) * dose / 3.0)
        none = np.zeros_like(chance)
        whole = np.broadcast_to(paid, chance.shape)
        return OfferedResponse(chance, none, whole.copy(), none, reached)

    def sample(self, rng: np.random.Generator) -> World:
        return replace(self, answer=max(0.0, self.answer + self.doubt * rng.normal()))


def shoppers(seed: int, base: float = -2.5, own: float = 1.0) -> Floats:
    rng = np.random.default_rng(seed)
    return np.column_stack(
        [
            rng.normal(np.log(5000), 0.5, _SHOPPERS),
            rng.normal(base, 0.7, _SHOPPERS),
            rng.normal(0.0, own, _SHOPPERS),
        ]
    )


def singles(rules: DesignRules) -> list[Reward]:
    """Every percentage and every single tier."""
    tiers = [
        TieredAmountOff(((threshold, off),))
        for threshold in rules.thresholds
        for off in range(rules.least_off(threshold), rules.most_off(threshold) + 1, rules.amount)
    ]
    return [*(PercentOff(percent, 10**6) for percent in rules.percentages), *tiers]


def doubles(rules: DesignRules) -> list[Reward]:
    """Every pair of rising tiers."""
    steps = [one.tiers[0] for one in singles(rules) if isinstance(one, TieredAmountOff)]
    return [
        TieredAmountOff((low, high))
        for low, high in combinations(sorted(steps), 2)
        if low[0] < high[0] and low[1] < high[1]
    ]


def best_of(prospects: Prospects, menus: Iterable[Menu]) -> tuple[float, int]:
    worth = [prospects.outlook(menu).cautious(1.0) for menu in menus]
    return max([0.0, *worth]), len(worth)


def compared(seed: int, rules: DesignRules, menus: Sequence[Menu]) -> dict[str, float]:
    """Ours and the grid's best on one world, by the same yardstick."""
    world, people = World(), shoppers(seed)
    ours, cpu = cpu_seconds(lambda: design_offers(world, people, rules, 1.0, seed))
    yardstick = Prospects(world, people, rules, _DRAWS, np.random.default_rng(10_000 + seed))
    (best, count), grid_cpu = cpu_seconds(lambda: best_of(yardstick, menus))
    found = yardstick.outlook(ours.menu)
    return {
        "ratio": found.cautious(1.0) / best,
        "cpu": cpu,
        "grid_cpu": grid_cpu,
        "menus": ours.considered,
        "grid_menus": count,
        "violations": violations(ours, rules),
    }


def violations(design: OfferDesign, rules: DesignRules) -> int:
    over = design.spend_minor > rules.budget_minor * (1 + 1e-9)
    return int(over) + sum(len(breaches(reward, rules)) for reward in design.menu.rewards)


def main() -> None:
    arguments = parser_for(__doc__, "0..9").parse_args()
    weeks = range(1, RULES.most_weeks + 1)
    tiered = [Menu((one,), w) for one in [*singles(RULES), *doubles(RULES)] for w in weeks]
    pair = replace(RULES, most_offers=2, most_tiers=1)
    pairs = [Menu(two, RULES.most_weeks) for two in combinations(singles(pair), 2)]
    figures: dict[str, object] = {}
    for name, rules, menus in (("tiers", RULES, tiered), ("mix", pair, pairs)):
        rows = [compared(seed, rules, menus) for seed in arguments.seeds]
        ratios = [row["ratio"] for row in rows]
        figures |= {
            f"{name}_ratio_min": round(min(ratios), 4),
            f"{name}_ratio_mean": round(float(np.mean(ratios)), 4),
            f"{name}_cpu_s": round(float(np.mean([row["cpu"] for row in rows])), 2),
            f"{name}_grid_cpu_s": round(float(np.mean([row["grid_cpu"] for row in rows])), 2),
            f"{name}_menus": round(float(np.mean([row["menus"] for row in rows]))),
            f"{name}_grid_menus": rows[0]["grid_menus"],
            f"{name}_violations": sum(row["violations"] for row in rows),
        }
        if not arguments.json:
            print(name, [round(ratio, 4) for ratio in ratios])
    cold = World(answer=0.3, doubt=0.1, top_up=0.0)
    none = [
        design_offers(cold, shoppers(seed, 0.0, 0.0), RULES, 1.0, seed) for seed in arguments.seeds
    ]
    figures["nothing_found"] = sum(not one.menu.rewards for one in none)
    figures["nothing_asked"] = len(none)
    finish({**figures, "machine": machine("scipy"), "seeds": arguments.seeds})


if __name__ == "__main__":
    main()
