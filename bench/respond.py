"""Measure the response models on Complete Journey: ``python bench/respond.py``.

Prints the redemption figures of STACK's protocol for three seeds, the baseline's calibration on
the last four weeks, and what simulated shoppers calibrated on it would earn.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

import numpy as np
import polars as pl

from promoloop.backends.source_completejourney import CompleteJourneySource
from promoloop.offers import AmountOff, Offer, PercentOff
from promoloop.profiles import fold_profiles
from promoloop.respond import (
    Action,
    CampaignHistory,
    MarginAssumptions,
    ShopperTraits,
    evaluate_baseline,
    evaluate_redemption,
    fit_baseline,
    offer_terms,
)
from promoloop.simulate import ShopperWorld

TRAIN = [*(str(number) for number in range(1, 14)), "27"]
NOW = datetime(2018, 1, 1, tzinfo=UTC)
UNTIL = datetime(2018, 4, 1, tzinfo=UTC)
GROUPS = (
    "COFFEE",
    "FROZEN PIZZA",
    "FRZN MEAT/MEAT DINNERS",
    "ICE CREAM/MILK/SHERBTS",
    "YOGURT",
    "COOKIES/CONES",
    "LAUNDRY DETERGENTS",
    "COLD CEREAL",
    "SOFT DRINKS",
    "CHEESES",
    "DOG FOODS",
    "LUNCHMEAT",
)
CONTACT = {"email": 1, "onsite": 0}


def redemption(lines: pl.DataFrame, history: CampaignHistory) -> None:
    """Campaign 18, trained on campaigns 1-13 and 27."""
    for seed in range(3):
        begun = time.perf_counter()
        report = evaluate_redemption(lines.lazy(), history, TRAIN, "18", seed=seed)
        print("redemption, seed", seed, report, f"{time.perf_counter() - begun:.1f} s")


def world(lines: pl.DataFrame, products: pl.DataFrame) -> None:
    """Baseline, then the true money of simulated shoppers under plain offers (simulated)."""
    profiles = fold_profiles(lines.lazy(), products, NOW)
    ids = profiles["shopper_id"].to_list()
    begun = time.perf_counter()
    print("baseline", evaluate_baseline(lines.lazy(), products, GROUPS, NOW, ids))
    base = fit_baseline(lines.lazy(), products, GROUPS, MarginAssumptions(), NOW, ids)
    print(f"baseline, both fits: {time.perf_counter() - begun:.1f} s")
    rewards = [PercentOff(20, 250) if place % 2 else AmountOff(100) for place in range(12)]
    terms = [
        offer_terms(Offer(f"o{place}", {}, group, reward, NOW, UNTIL, "USD"), base)
        for place, (group, reward) in enumerate(zip(GROUPS, rewards, strict=True))
    ]
    traits = ShopperTraits.from_profiles(profiles, ids, np.zeros(len(ids)))
    actions = [
        Action(term.offer_id, channel, hour, variant)
        for term in terms
        for channel in CONTACT
        for hour in (8, 18)
        for variant in "ab"
    ]
    for seed in range(3):
        made = ShopperWorld.from_profiles(base, traits, terms, np.random.default_rng(seed))
        value = made.expected_value(actions, CONTACT, np.zeros(len(ids)))
        best = np.maximum(value.max(axis=1), 0.0)
        bought = made.probability_with(actions, np.zeros(len(ids)))
        used = (bought * made.temper.redeems[:, None]).mean()
        print(
            f"simulated world {seed}: a random action brings {value.mean():.2f}, the best blanket "
            f"{value.mean(axis=0).max():.2f}, the best of each shopper {best.mean():.2f} minor "
            f"units a shopper and week; {used:.1%} of offers are redeemed"
        )


def main() -> None:
    """Everything, one figure a line."""
    source = CompleteJourneySource()
    lines = pl.concat([batch.lines for batch in source.events()])
    redemption(lines, source.campaign_history())
    world(lines, pl.DataFrame(source.products()))


if __name__ == "__main__":
    main()
