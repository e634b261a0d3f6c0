"""A pool of raw proposals of the tuned model, for readers to label and gates to learn from.

Writes one JSON line per proposal: ``{group_id, language, moment, length, text, log_likelihood,
base_log_likelihood, held_out}``. Nothing is filtered but what does not have the form of its cell
(script, length, no digits) and what the pool holds already or a person wrote.

    python bench/pool.py --groups all --k 4 --out out/pools/round1.jsonl
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from promoloop.backends.llm_embedded import EmbeddedModel
from promoloop.backends.text_encoder import SentenceEncoder
from promoloop.compose import (
    Cell,
    Library,
    ProductGroup,
    cell_prompt,
    example_lines,
    nearest_groups,
    product_groups,
    validation_groups,
)
from promoloop.core import stable_hash

_MODELS = Path.home() / ".cache" / "promoloop" / "models"


def main() -> None:
    """Write the pool and say on the last line what it took."""
    given = _parser().parse_args()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    kept = asked = 0
    started = time.perf_counter()
    with (
        EmbeddedModel(
            _MODELS, given.threads, given.adapter, given.scale, given.temperature
        ) as model,
        given.out.open("w", encoding="utf-8") as file,
    ):
        loaded = time.perf_counter() - started
        for row in _rows(model, given):
            asked += 1
            if row["text"]:
                kept += 1
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                file.flush()
        name = model.name
    seconds = time.perf_counter() - started - loaded
    print(
        json.dumps(
            {
                "model": name,
                "load_seconds": round(loaded, 2),
                "asked": asked,
                "kept": kept,
                "seconds": round(seconds, 1),
                "kept_per_s": round(kept / seconds, 2),
                "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--adapter", type=Path, help="another adapter than the shipped one")
    parser.add_argument("--scale", type=float, default=1.0, help="of the adapter; 0 is the base")
    parser.add_argument(
        "--groups", choices=("held-out", "train", "validation", "all"), default="held-out"
    )
    parser.add_argument("--languages", nargs="+", default=["en", "zh"])
    parser.add_argument("--moments", nargs="+", default=["any"])
    parser.add_argument("--lengths", nargs="+", default=["line"])
    parser.add_argument("--neighbours", type=int, default=3, help="0 is the plain prompt")
    parser.add_argument("--k", type=int, default=4, help="proposals per cell")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--temperature", type=float, default=0.8)
    parser.add_argument("--base", action="store_true", help="score by the base model too (slower)")
    parser.add_argument("--out", type=Path, required=True)
    return parser


def _rows(model: EmbeddedModel, given: argparse.Namespace) -> Iterator[dict[str, object]]:
    groups = product_groups()
    tested = validation_groups(groups) if given.groups == "validation" else frozenset()
    shown = [one for one in groups if one.group_id not in tested]
    library = Library(shown, example_lines())
    likeness = _likeness(groups, shown)
    known = {one.text for one in example_lines()}
    for at, group in enumerate(groups):
        if not _wanted(group, given.groups, tested):
            continue
        near = nearest_groups(group, shown, likeness[at], given.neighbours)
        for cell in _cells(group, given):
            yield from _proposals(model, cell, group, near, library, known, given)


def _cells(group: ProductGroup, given: argparse.Namespace) -> list[Cell]:
    return [
        Cell(group.group_id, language, moment, length)
        for language in given.languages
        for length in given.lengths
        for moment in given.moments
    ]


def _proposals(
    model: EmbeddedModel,
    cell: Cell,
    group: ProductGroup,
    near: Sequence[ProductGroup],
    library: Library,
    known: set[str],
    given: argparse.Namespace,
) -> Iterator[dict[str, object]]:
    asked = cell_prompt(cell, group.names[cell.language], near, library, given.seed)
    key = (str(given.seed), cell.group_id, cell.language, cell.moment, cell.length)
    seed = stable_hash(*key) % (1 << 31)
    found = model.complete(asked.prompt, n=given.k, max_tokens=40, seed=seed, grammar=asked.grammar)
    texts = [one.text.strip() for one in found]
    base = (
        model.score(asked.prompt, [one.text for one in found], base=True)
        if given.base
        else [float("nan")] * len(found)
    )
    for one, text, fluency in zip(found, texts, base, strict=True):
        good = bool(asked.shape.fullmatch(text)) and text not in known
        known.add(text)
        yield {
            "group_id": cell.group_id,
            "language": cell.language,
            "moment": cell.moment,
            "length": cell.length,
            "text": text if good else "",
            "log_likelihood": round(one.log_likelihood, 4),
            **({"base_log_likelihood": round(fluency, 4)} if given.base else {}),
            "held_out": group.held_out,
        }


def _wanted(group: ProductGroup, which: str, tested: frozenset[str]) -> bool:
    return {
        "all": True,
        "held-out": group.held_out,
        "train": not group.held_out,
        "validation": group.group_id in tested,
    }[which]


def _likeness(
    groups: Sequence[ProductGroup], shown: Sequence[ProductGroup]
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Likeness of names, both languages averaged, shape (n_groups, n_shown)."""
    encoder = SentenceEncoder()
    sides = [
        encoder.encode([one.names[language] for one in groups])
        @ encoder.encode([one.names[language] for one in shown]).T
        for language in ("en", "zh")
    ]
    return np.asarray(np.mean(sides, axis=0), dtype=np.float64)


if __name__ == "__main__":
    sys.exit(main())
