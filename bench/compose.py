"""How fast the verifier reads, and how much of what the embedded model proposes is kept.

    python bench/compose.py                      # verifier only
    python bench/compose.py --weights FOLDER     # and the embedded model

Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import UTC, datetime
from pathlib import Path

from promoloop.backends.llm_embedded import EmbeddedModel
from promoloop.compose import facts_for_copy, propose_hooks, verify
from promoloop.offers import Offer, OfferFacts, PercentOff

GROUPS = {
    "en-US": ("coffee", "frozen pizza", "yogurt", "pet food", "ice cream"),
    "zh-CN": ("咖啡", "冷冻披萨", "酸奶", "宠物粮", "冰淇淋"),
}
TEXTS = {
    "en-US": "A warm cup for a slow morning. 20% off coffee, ends Nov 30.",
    "zh-CN": "早上出门前，冲一杯咖啡，慢慢喝。咖啡8折，11月30日截止。",
}


def _facts(locale: str, name: str) -> OfferFacts:
    first, last = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    return facts_for_copy(
        Offer("o", {locale: name}, name, PercentOff(20), first, last, "USD"), locale, "UTC"
    )


def verifier_rate(rounds: int = 2000) -> float:
    """Texts verified in a second, half English, half Chinese."""
    told = {locale: _facts(locale, GROUPS[locale][0]) for locale in TEXTS}
    start = time.perf_counter()
    for _ in range(rounds):
        for locale, text in TEXTS.items():
            if not verify(text, told[locale], "email", "active").passed:
                raise SystemExit(f"refused: {text}")
    return rounds * len(TEXTS) / (time.perf_counter() - start)


def kept_share(weights: Path) -> dict[str, float]:
    """Share of proposals kept, and kept proposals a second."""
    kept = refused = 0
    with EmbeddedModel(weights, threads=1) as model:
        start = time.perf_counter()
        for locale, names in GROUPS.items():
            for name in names:
                hooks = propose_hooks(_facts(locale, name), model, seed=1)
                kept, refused = kept + len(hooks.kept), refused + len(hooks.refused)
        seconds = time.perf_counter() - start
    return {"kept_share": kept / (kept + refused), "kept_per_s": kept / seconds}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path)
    asked = parser.parse_args()
    figures = {"verifier_texts_per_s": verifier_rate()}
    if asked.weights:
        figures |= kept_share(asked.weights)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
