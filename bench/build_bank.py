"""Put the approved bank together: proposals that a strict reader would send.

Reads the judged proposals that ship with the package (``data/labelled``), keeps those that two
strict readers passed, one after the other, proves each once more, drops what is nearly the same as
another line of its language, and writes one file per language with model, adapter, prompt, gate
score and verdict.

    .venv/bin/python bench/build_bank.py --out src/promoloop/compose/data/bank
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from harness import finish
from promoloop.backends.text_encoder import SentenceEncoder
from promoloop.compose import (
    Cell,
    Labelled,
    NearIndex,
    facts_for_copy,
    labelled_proposals,
    trained_gate,
    verify,
)
from promoloop.compose.proposing import prompt_hash
from promoloop.compose.quality.proposals import POOLS
from promoloop.offers import Offer, PercentOff

_MODEL = "gemma-3-270m-q4_k_m+hooks"
_LOCALES = {"en": "en-US", "zh": "zh-CN"}
_SECOND = Path(__file__).parent.parent / "docs" / "copy" / "second-reading-of-the-bank.jsonl"


def main() -> None:
    """Write the bank and count it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labelled", nargs="+", default=[*POOLS, "forms-held-out"])
    parser.add_argument("--model", default=_MODEL, help="weights and adapter")
    parser.add_argument("--second", type=Path, default=_SECOND, help="marks of a second reader")
    parser.add_argument("--out", type=Path, default=Path("out/bank"))
    given = parser.parse_args()
    again = _again(given.second)
    approved = [
        one
        for one in labelled_proposals(*given.labelled)
        if one.sendable and again.get((one.proposal.language, one.proposal.text), False)
    ]
    scores = trained_gate(SentenceEncoder()).score([one.proposal for one in approved])
    near = {language: NearIndex() for language in _LOCALES}
    rows: dict[str, list[Mapping[str, object]]] = {language: [] for language in _LOCALES}
    refused = 0
    for one, score in zip(approved, scores, strict=True):
        language = one.proposal.language
        row = _row(one, float(score), given.model)
        if not row or near[language].is_near(one.proposal.text):
            refused += 1
            continue
        near[language].add(one.proposal.text)
        rows[language].append(row)
    given.out.mkdir(parents=True, exist_ok=True)
    for language, found in rows.items():
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found)
        (given.out / f"{language}.jsonl").write_text(text, encoding="utf-8")
    counts = {language: len(found) for language, found in rows.items()}
    groups = {(row["group_id"], row["language"]) for found in rows.values() for row in found}
    finish({"approved": len(approved), "refused": refused, **counts, "cells": len(groups)})


def _again(marks: Path) -> dict[tuple[str, str], bool]:
    """What the second reader would send, by language and text."""
    rows = [json.loads(line) for line in marks.read_text(encoding="utf-8").splitlines()]
    return {(row["language"], row["text"]): bool(row["sendable"]) for row in rows}


def _row(one: Labelled, score: float, model: str) -> dict[str, object]:
    """The row of an approved line; empty when it is not proven."""
    proposal = one.proposal
    locale, name = _LOCALES[proposal.language], proposal.group.names[proposal.language]
    first, last = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    offer = Offer("o", {locale: name}, name, PercentOff(20), first, last, "USD")
    moment = "active" if proposal.moment == "any" else proposal.moment
    verdict = verify(proposal.text, facts_for_copy(offer, locale, "UTC"), "hook", moment)
    if not verdict.passed:
        return {}
    cell = Cell(proposal.group.group_id, proposal.language, proposal.moment, proposal.length)
    return {
        "group_id": proposal.group.group_id,
        "language": proposal.language,
        "moment": proposal.moment,
        "length": proposal.length,
        "text": proposal.text,
        "model": model,
        "prompt_hash": prompt_hash(cell, proposal.group),
        "score": round(score, 4),
        "verdict": asdict(verdict),
    }


if __name__ == "__main__":
    main()
