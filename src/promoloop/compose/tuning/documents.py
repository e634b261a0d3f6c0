"""Training documents: rows in the very shape of the prompt, every line a target.

One epoch shows each line once, with blanks, hints and neighbours drawn anew each time, so that
the model learns to fill frames rather than to recite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from promoloop.compose.catalogue import ExampleLine
from promoloop.compose.records import ProductGroup
from promoloop.compose.tuning.frames import BLANK
from promoloop.compose.tuning.prompt import Library, row_prompt

__all__ = ["Document", "Piece", "training_documents"]

_ROWS = 6
_FREE = 0.15  # share of rows with nothing but a blank
_NO_WORDS = 0.1
_OWN_WORD = 0.7


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
    groups: Sequence[ProductGroup],
    lines: Sequence[ExampleLine],
    library: Library,
    rng: np.random.Generator,
) -> list[Document]:
    """One epoch over ``lines`` of ``groups``, in random order; other lines are ignored.

    ``library`` says which words are common enough to stay in a frame.
    """
    known = {one.group_id: one for one in groups}
    found: list[Document] = []
    for language in ("en", "zh"):
        mine = [one for one in lines if one.language == language and one.group_id in known]
        words = _words(mine, library)
        order = [mine[int(at)] for at in rng.permutation(len(mine))]
        for at in range(0, len(order), _ROWS):
            rows = [_row(one, known, words, library, rng) for one in order[at : at + _ROWS]]
            found.append(Document(language, tuple(piece for row in rows for piece in row)))
    return [found[int(at)] for at in rng.permutation(len(found))]


def _words(lines: Sequence[ExampleLine], library: Library) -> dict[str, list[str]]:
    words: dict[str, list[str]] = {}
    for line in lines:
        words.setdefault(line.group_id, []).extend(library.frames.words(line))
    return words


def _row(
    line: ExampleLine,
    known: dict[str, ProductGroup],
    words: dict[str, list[str]],
    library: Library,
    rng: np.random.Generator,
) -> tuple[Piece, Piece]:
    frame = BLANK if rng.random() < _FREE else library.frames.frame(line, rng)
    asked = row_prompt(
        line.language,
        known[line.group_id].names[line.language],
        line.moment,
        line.length,
        _hints(line, words[line.group_id], library, rng),
        frame,
    )
    return Piece(asked, target=False), Piece(f" {line.text}\n", target=True)


def _hints(
    line: ExampleLine, words: Sequence[str], library: Library, rng: np.random.Generator
) -> list[str]:
    """Up to three words of the product's world, some of which stand in the line."""
    if rng.random() < _NO_WORDS:
        return []
    own = library.frames.words(line)
    chosen = [own[int(rng.integers(len(own)))]] if own and rng.random() < _OWN_WORD else []
    for _ in range(int(rng.integers(1, 3))):
        chosen += [words[int(rng.integers(len(words)))]] if words else []
    distinct = list(dict.fromkeys(chosen))
    return [distinct[int(at)] for at in rng.permutation(len(distinct))]
