"""A pool of proposals of the tuned model, for readers to judge and gates to learn from.

Writes one JSON line per proposal: ``{group_id, language, moment, length, text, log_likelihood,
unseen, held_out}``. Nothing is filtered but what does not have the form of its cell and what the
pool holds already.

    python bench/pool.py --groups train --out out/pools/own.jsonl
    python bench/pool.py --groups train --unseen --out out/pools/unseen.jsonl
    python bench/pool.py --groups held-out --k 16 --out out/pools/held-out.jsonl

``--unseen`` treats every group as a product that nobody wrote forms for: a sixth of the groups at a
time is taken away, and each of them gets the forms of the group it is most like.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from promoloop.backends.llm_embedded import EmbeddedModel
from promoloop.backends.text_encoder import SentenceEncoder
from promoloop.compose import Cell, FormIndex, ProductGroup, product_groups, proposed, shape_of

_MODELS = Path.home() / ".cache" / "promoloop" / "models"
_FOLDS = 6


def main() -> None:
    """Write the pool and say on the last line what it took."""
    given = _parser().parse_args()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    kept = 0
    started = time.perf_counter()
    with (
        EmbeddedModel(
            _MODELS, given.threads, given.adapter, given.scale, given.temperature
        ) as model,
        given.out.open("w", encoding="utf-8") as file,
    ):
        loaded = time.perf_counter() - started
        for row in _rows(model, given):
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
    parser.add_argument("--groups", choices=("held-out", "train", "all"), default="held-out")
    parser.add_argument("--unseen", action="store_true", help="no group has forms of its own")
    parser.add_argument("--languages", nargs="+", default=["en", "zh"])
    parser.add_argument("--lengths", nargs="+", default=["line", "short"])
    parser.add_argument("--k", type=int, default=8, help="proposals per cell, in calls of eight")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--temperature", type=float, default=0.8)
    parser.add_argument("--out", type=Path, required=True)
    return parser


def _rows(model: EmbeddedModel, given: argparse.Namespace) -> Iterator[dict[str, object]]:
    encoder, seen = SentenceEncoder(), set[tuple[str, str]]()
    for groups, without in _folds(given):
        index = FormIndex(encoder, without)
        for group in groups:
            for cell in _cells(group, given):
                for text, likely in _proposals(model, index, cell, group, given):
                    if (cell.group_id, text) in seen or not shape_of(cell).fullmatch(text):
                        continue
                    seen.add((cell.group_id, text))
                    yield {
                        "group_id": cell.group_id,
                        "language": cell.language,
                        "moment": cell.moment,
                        "length": cell.length,
                        "text": text,
                        "log_likelihood": round(likely, 4),
                        "unseen": not index.knows(group),
                        "kinship": round(index.kinship(group), 4),
                        "held_out": group.held_out,
                    }


def _folds(given: argparse.Namespace) -> list[tuple[Sequence[ProductGroup], frozenset[str]]]:
    wanted = {"all": (True, False), "held-out": (True,), "train": (False,)}[str(given.groups)]
    groups = [one for one in product_groups() if one.held_out in wanted]
    if not given.unseen:
        return [(groups, frozenset())]
    parts = [groups[at::_FOLDS] for at in range(_FOLDS)]
    return [(part, frozenset(one.group_id for one in part)) for part in parts]


def _cells(group: ProductGroup, given: argparse.Namespace) -> list[Cell]:
    return [
        Cell(group.group_id, language, "any", length)
        for language in given.languages
        for length in given.lengths
    ]


def _proposals(
    model: EmbeddedModel,
    index: FormIndex,
    cell: Cell,
    group: ProductGroup,
    given: argparse.Namespace,
) -> Iterator[tuple[str, float]]:
    forms = index.forms(group, cell.language, cell.length)
    for turn in range(-(-given.k // 8) if forms else 0):
        for one in proposed(model, cell, group, forms, turn, given.seed):
            yield one.text.strip(), one.log_likelihood


if __name__ == "__main__":
    sys.exit(main())
