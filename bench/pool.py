"""A pool of raw proposals of the tuned model, for readers to label and gates to learn from.

Writes one JSON line per proposal: ``{group_id, language, moment, length, text, log_likelihood,
held_out}``. Nothing is filtered but what does not have the form of its cell
(script, length, no digits) and what the pool holds already or a person wrote.

    python bench/pool.py --groups all --k 4 --out out/pools/round1.jsonl
    python bench/pool.py --rescore out/pools/round1.jsonl --out out/pools/round1.scored.jsonl
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
from promoloop.compose import (
    Cell,
    Library,
    ProductGroup,
    Shelf,
    example_lines,
    product_groups,
    row_prompt,
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
        for row in _rescored(model, given) if given.rescore else _rows(model, given):
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
    parser.add_argument(
        "--names", nargs="+", default=[], help="products of no catalogue, as english=中文"
    )
    parser.add_argument("--turn", type=int, default=0, help="another one takes other frames")
    parser.add_argument("--prompts", action="store_true", help="write each prompt too")
    parser.add_argument("--k", type=int, default=4, help="proposals per cell")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--temperature", type=float, default=0.8)
    parser.add_argument("--rescore", type=Path, help="read a pool and add likelihoods instead")
    parser.add_argument("--out", type=Path, required=True)
    return parser


def _rows(model: EmbeddedModel, given: argparse.Namespace) -> Iterator[dict[str, object]]:
    groups = [*product_groups(), *_named(given.names)]
    tested = validation_groups(groups) if given.groups == "validation" else frozenset()
    library = Library([one for one in groups if one.group_id not in tested], example_lines())
    shelf = Shelf(library, SentenceEncoder())
    known = {one.text for one in example_lines()}
    for group in groups:
        if _wanted(group, given, tested):
            for cell in _cells(group, given):
                yield from _proposals(model, cell, group, shelf, known, given)


def _named(names: Sequence[str]) -> list[ProductGroup]:
    """Products of no catalogue, given as ``english=中文``."""
    pairs = [one.partition("=") for one in names]
    return [ProductGroup(en, "", {"en": en, "zh": zh}, (), True) for en, _, zh in pairs]


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
    shelf: Shelf,
    known: set[str],
    given: argparse.Namespace,
) -> Iterator[dict[str, object]]:
    asked = shelf.prompts(cell, group, given.k, given.turn)
    key = (str(given.seed), cell.group_id, cell.language, cell.moment, cell.length)
    found = model.complete_each(
        [one.prompt for one in asked],
        max_tokens=40,
        seed=stable_hash(*key) % (1 << 31),
        grammar=asked[0].grammar,
    )
    for prompt, one in zip(asked, found, strict=True):
        text = one.text.strip()
        good = bool(prompt.shape.fullmatch(text)) and text not in known
        known.add(text)
        yield {
            "group_id": cell.group_id,
            "language": cell.language,
            "moment": cell.moment,
            "length": cell.length,
            "text": text if good else "",
            "log_likelihood": round(one.log_likelihood, 4),
            "held_out": group.held_out,
            **({"prompt": prompt.prompt} if given.prompts else {}),
        }


def _rescored(model: EmbeddedModel, given: argparse.Namespace) -> Iterator[dict[str, object]]:
    """The rows of a pool with what the model says of each text when it is not handed a frame.

    ``free_log_likelihood`` is for the product's own name, ``other_log_likelihood`` for that of
    its nearest neighbour, ``base_log_likelihood`` by the untuned model and for no product: means
    per token. Free above other speaks for a text that fits its product.
    """
    groups = {one.group_id: one for one in product_groups()}
    shelf = Shelf(Library(list(groups.values()), example_lines()), SentenceEncoder())
    for line in given.rescore.read_text("utf-8").splitlines():
        row = json.loads(line)
        group, language = groups[row["group_id"]], row["language"]
        other = shelf.near(group, 1)[0]
        texts = [" " + row["text"]]
        own, theirs = (
            row_prompt(language, one.names[language], row["moment"], row["length"], [], "_")
            for one in (group, other)
        )
        plain = {"en": "A line:", "zh": "短句："}[language]
        yield {
            **row,
            "free_log_likelihood": round(model.score(own, texts)[0], 4),
            "other_log_likelihood": round(model.score(theirs, texts)[0], 4),
            "base_log_likelihood": round(model.score(plain, texts, base=True)[0], 4),
        }


def _wanted(group: ProductGroup, given: argparse.Namespace, tested: frozenset[str]) -> bool:
    if given.names:
        return not group.family
    return {
        "all": True,
        "held-out": group.held_out,
        "train": not group.held_out,
        "validation": group.group_id in tested,
    }[str(given.groups)]


if __name__ == "__main__":
    sys.exit(main())
