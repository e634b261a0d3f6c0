"""Frames: what remains of a line when the words that belong to its product are taken out.

``Dunk a cookie in milk and don't let go.`` becomes ``_ a _ in _ and don't let go.`` A small
model is poor at inventing a sentence about a product and good at filling one in. It is taught to
fill the frames of a group's own lines; asked about a new product, it fills frames of lines that
were written for its neighbours. Words that stand in the lines of many groups belong to no
product and may stay.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from promoloop.compose.catalogue import ExampleLine
from promoloop.compose.records import ProductGroup

__all__ = ["BLANK", "Frames"]

BLANK = "_"
# Shares of the groups in whose lines a word stands: always kept, sometimes kept.
_ALWAYS = {"en": 0.15, "zh": 0.08}
_SOMETIMES = {"en": 0.04, "zh": 0.025}
_LETTERS = 0.4  # single Hanzi are words of every kind: only the commonest stay
_KEPT = 0.65
_PIECES = {"en": re.compile(r"[A-Za-z']+|[^A-Za-z']"), "zh": re.compile(r".")}
_MEASURES = "瓶盒块双副袋杯条张件支包盘本碗份只顶勺壶片口束桶根盆款罐颗盏局朵卷撮滴碟套台把"
_NAME = "\0"  # stands for a name that was taken out
_HANZI = re.compile(r"[一-龥]")


class Frames:
    """Knows from all lines which words are common, and takes the others out of a line."""

    def __init__(self, groups: Sequence[ProductGroup], lines: Iterable[ExampleLine]) -> None:
        self._names = {one.group_id: one for one in groups}
        self._total = max(1, len(groups))
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for line in lines:
            for unit in _units(line.text, line.language):
                found[line.language, unit].add(line.group_id)
        self._share = {key: len(ids) / self._total for key, ids in found.items()}

    def frame(self, line: ExampleLine, rng: np.random.Generator) -> str:
        """The line with blanks. Which of the half-common words stay is drawn anew each time."""
        pieces = _PIECES[line.language].findall(line.text)
        kept = self._kept_zh(pieces, rng) if line.language == "zh" else self._kept_en(pieces, rng)
        self._drop_names(line, pieces, kept)
        return _joined(pieces, kept, line.language)

    def words(self, line: ExampleLine) -> list[str]:
        """The words that the line owes to its product: rare in the lines of other groups."""
        never = np.random.default_rng(0)
        pieces = _PIECES[line.language].findall(line.text)
        if line.language == "en":
            kept = self._kept_en(pieces, never, 1.0)
            return [
                one.lower()
                for one, stays in zip(pieces, kept, strict=True)
                if not stays and len(one) > 2
            ]
        kept = self._kept_zh(pieces, never, 1.0)
        runs = _joined(pieces, [not stays for stays in kept], "zh").split(BLANK)
        return [run for run in runs if 2 <= len(run) <= 4 and _HANZI.fullmatch(run[0])]

    def _kept_en(
        self, pieces: Sequence[str], rng: np.random.Generator, often: float = _KEPT
    ) -> list[bool]:
        draws = rng.random(len(pieces))
        return [
            not piece[0].isalpha() or self._stays("en", piece.lower(), draw, often)
            for piece, draw in zip(pieces, draws, strict=True)
        ]

    def _kept_zh(
        self, pieces: Sequence[str], rng: np.random.Generator, often: float = _KEPT
    ) -> list[bool]:
        kept = [not _HANZI.match(one) for one in pieces]
        draws = rng.random((2, len(pieces)))
        for at, piece in enumerate(pieces):
            if self._share.get(("zh", piece), 0.0) >= _LETTERS and draws[0, at] < often:
                kept[at] = True
            pair = "".join(pieces[at : at + 2])
            if len(pair) == 2 and self._stays("zh", pair, draws[1, at], often):
                kept[at] = kept[at + 1] = True
        return kept

    def _stays(self, language: str, unit: str, draw: float, often: float) -> bool:
        share = self._share.get((language, unit), 0.0)
        if share >= _ALWAYS[language]:
            return True
        return share >= _SOMETIMES[language] and draw < often

    def _drop_names(self, line: ExampleLine, pieces: Sequence[str], kept: list[bool]) -> None:
        """A product's own names never stay."""
        group = self._names.get(line.group_id)
        if group is None:
            return
        names = {group.names.get(line.language, ""), *group.match}
        if line.language == "en":
            words = {_stem(word) for name in names for word in name.lower().split()}
            for at, piece in enumerate(pieces):
                kept[at] = kept[at] and _stem(piece.lower()) not in words
            return
        text = "".join(pieces)
        for name in (one for one in names if one and not one.isascii()):
            for found in re.finditer(re.escape(name), text):
                kept[found.start() : found.end()] = [False] * len(name)


def _units(text: str, language: str) -> set[str]:
    if language == "en":
        return {one.lower() for one in re.findall(r"[A-Za-z']+", text)}
    pairs = {text[at : at + 2] for at in range(len(text) - 1)}
    return set(text) | {one for one in pairs if all(map(_HANZI.match, one))}


def _stem(word: str) -> str:
    return word.removesuffix("es") if word.endswith("es") else word.removesuffix("s")


def _joined(pieces: Sequence[str], kept: Sequence[bool], language: str) -> str:
    """Kept pieces, and one blank for each run of the others."""
    text = "".join(one if stays else BLANK for one, stays in zip(pieces, kept, strict=True))
    run = r"_(?:[ _]*_)?" if language == "en" else r"_+"
    return re.sub(run, BLANK, text)
