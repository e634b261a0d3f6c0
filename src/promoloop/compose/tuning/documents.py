"""Training documents: lists of blocks in the shape of the prompt, every line a target.

One epoch shows each line once. Which groups stand together, and in which order, is drawn anew
each time, so the model cannot learn the lists by heart; only what a line owes to its product
and moment stays the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from promoloop.compose.catalogue import ExampleLine
from promoloop.compose.records import ProductGroup
from promoloop.compose.tuning.prompt import HEAD, header, label, lead

__all__ = ["Document", "Piece", "training_documents"]

_LINES_A_BLOCK = 3
_BLOCKS_A_DOCUMENT = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; the loss counts those that are a ``target``."""

    text: str
    target: bool


@dataclass(frozen=True, slots=True)
class Document:
    """One sequence for the model, piece by piece; no token crosses a border."""

    language: str
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The whole sequence."""
        return "".join(one.text for one in self.pieces)


def training_documents(
    groups: Sequence[ProductGroup], lines: Sequence[ExampleLine], rng: np.random.Generator
) -> list[Document]:
    """One epoch over ``lines`` of ``groups``, in random order; other lines are ignored."""
    known = {one.group_id: one for one in groups}
    found: list[Document] = []
    for language in HEAD:
        mine = [one for one in lines if one.language == language and one.group_id in known]
        blocks = _blocks(mine, rng)
        found += [_document(language, one, known) for one in _together(blocks, known, rng)]
    order = rng.permutation(len(found))
    return [found[int(at)] for at in order]


def _blocks(lines: Sequence[ExampleLine], rng: np.random.Generator) -> list[list[ExampleLine]]:
    """Each group's lines, shuffled, in blocks of up to three."""
    by_group: dict[str, list[ExampleLine]] = defaultdict(list)
    for line in lines:
        by_group[line.group_id].append(line)
    blocks: list[list[ExampleLine]] = []
    for own in by_group.values():
        shuffled = [own[int(at)] for at in rng.permutation(len(own))]
        blocks += [shuffled[at : at + _LINES_A_BLOCK] for at in range(0, len(own), _LINES_A_BLOCK)]
    return blocks


def _together(
    blocks: Sequence[list[ExampleLine]], known: dict[str, ProductGroup], rng: np.random.Generator
) -> list[list[list[ExampleLine]]]:
    """Documents of blocks of one family, no group twice in one where it can be helped."""
    by_family: dict[str, list[list[ExampleLine]]] = defaultdict(list)
    for at in rng.permutation(len(blocks)):
        block = blocks[int(at)]
        by_family[known[block[0].group_id].family].append(block)
    documents: list[list[list[ExampleLine]]] = []
    for waiting in by_family.values():
        while waiting:
            documents.append(_taken(waiting))
    return documents


def _taken(waiting: list[list[ExampleLine]]) -> list[list[ExampleLine]]:
    """Take one document's blocks out of ``waiting``."""
    taken: list[list[ExampleLine]] = []
    for block in list(waiting):
        if block[0].group_id not in {one[0].group_id for one in taken}:
            taken.append(block)
            waiting.remove(block)
        if len(taken) == _BLOCKS_A_DOCUMENT:
            break
    return taken


def _document(
    language: str, blocks: Sequence[Sequence[ExampleLine]], known: dict[str, ProductGroup]
) -> Document:
    pieces = [Piece(HEAD[language], target=False)]
    for block in blocks:
        head = header(language, known[block[0].group_id].names[language])
        for line in block:
            head += label(language, line.moment, line.length)
            pieces.append(Piece(head, target=False))
            pieces.append(Piece(f"{lead(language)}{line.text}\n", target=True))
            head = ""
    return Document(language, tuple(pieces))
