"""A new product's place among the known ones: which lines to turn to it, by a text encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from promoloop.compose.catalogue import ExampleLine
from promoloop.compose.ports import TextEncoder
from promoloop.compose.records import ProductGroup
from promoloop.compose.tuning.frames import BLANK
from promoloop.compose.tuning.neighbours import nearest_groups
from promoloop.compose.tuning.prompt import Cell, CellPrompt, Library, cell_prompt
from promoloop.core import stable_hash

__all__ = ["Shelf"]

_NEAR = 6  # groups that lend frames
_WORLD = 3  # groups that lend words
_WORDS = 10
_BOUND = 0.07  # by how much a word is more like the neighbour than like the product
_OWN = 0.5
_LOOSER = {"en": 0.15, "zh": 0.0}  # with looser frames a small model loses the thread
_HINTS = {"en": 3, "zh": 2}


class Shelf:
    """Prompts for any product, known or not.

    Parameters
    ----------
    library : Library
        The lines that may be lent.
    encoder : TextEncoder
        Says what is like what.
    """

    def __init__(self, library: Library, encoder: TextEncoder) -> None:
        self.library = library
        self._encoder = encoder
        self._vectors: dict[str, NDArray[np.float32]] = {}
        self._names = np.stack([self._of(one.names) for one in library.groups])
        self._called = {one.group_id: one.names for one in library.groups}

    def near(self, group: ProductGroup, n: int = _NEAR) -> list[ProductGroup]:
        """The nearest groups that are not held out, nearest first."""
        own = self._of(group.names)
        languages = max(1, sum(language in group.names for language in ("en", "zh")))
        likeness = np.einsum("gld,ld->g", self._names, own).astype(np.float64) / languages
        return nearest_groups(group, self.library.groups, likeness, n)

    def prompts(
        self, cell: Cell, group: ProductGroup, n: int = 8, turn: int = 0
    ) -> list[CellPrompt]:
        """``n`` prompts for ``cell``: frames of the lines that fit ``group`` best, then the next.

        ``turn`` goes on where the last one ended; the same ``turn`` gives the same prompts.
        """
        near = self.near(group)
        models = self._models(cell, group, near)
        words = self._words(cell, group, near[:_WORLD])
        bound = self._bound(cell, group, near)
        key = (group.group_id, cell.language, cell.moment, cell.length, str(turn))
        rng = np.random.default_rng(stable_hash(*key))
        found = []
        for at in range(turn * n, turn * n + n):
            frame = BLANK
            if models:
                line = models[at % len(models)]
                frame = self._frame(line, bound, group.names[cell.language], rng)
            few = rng.permutation(len(words))[: int(rng.integers(0, _HINTS[cell.language]))]
            hints = [words[int(one)] for one in few]
            found.append(cell_prompt(cell, group.names[cell.language], hints, frame))
        return found

    def _models(
        self, cell: Cell, group: ProductGroup, near: Sequence[ProductGroup]
    ) -> list[ExampleLine]:
        """Lines of the cell's moment and length, those most like the product first."""
        lines = [
            line
            for one in near
            for line in self.library.of(one.group_id, cell.language)
            if line.length == cell.length and line.moment == cell.spoken
        ]
        if len(lines) < 4:
            key = (cell.language, cell.spoken, cell.length)
            more = [x for x in self.library.lines if (x.language, x.moment, x.length) == key]
            lines += [one for one in more if one not in lines]
        if not lines:
            return []
        # What stands around the names: it should speak of the product, and not only of its own.
        around = self._encode([self.library.frames.renamed(line, "") for line in lines])
        mine = around @ self._encode([group.names[cell.language]])[0]
        own = self._encode([self._called[line.group_id][cell.language] for line in lines])
        fit = mine - _OWN * np.einsum("nd,nd->n", around, own)
        return [lines[int(at)] for at in np.argsort(-fit, kind="stable")]

    def _frame(
        self,
        line: ExampleLine,
        bound: Mapping[str, frozenset[str]],
        name: str,
        rng: np.random.Generator,
    ) -> str:
        """Mostly the line without what binds it to its product; sometimes with more blanks."""
        taken = bound.get(line.group_id, frozenset())
        light = self.library.frames.light(line, taken, name, beside=rng.random() < 0.5)
        if BLANK not in light or rng.random() < _LOOSER[line.language]:
            return self.library.frames.frame(line, rng)
        return light

    def _words(self, cell: Cell, group: ProductGroup, near: Sequence[ProductGroup]) -> list[str]:
        """Words of the neighbours' lines, those most like the product first."""
        name = group.names[cell.language]
        words = [one for one in self.library.words(near, cell.language) if one not in name]
        if cell.language == "zh":
            words = [one for one in words if len(one) == 2]  # longer runs are seldom words
        if not words:
            return []
        likeness = self._encode(words) @ self._encode([name])[0]
        return [words[int(at)] for at in np.argsort(-likeness, kind="stable")[:_WORDS]]

    def _bound(
        self, cell: Cell, group: ProductGroup, near: Sequence[ProductGroup]
    ) -> dict[str, frozenset[str]]:
        """By group, the words that are more like its own name than like the product's."""
        found: dict[str, frozenset[str]] = {}
        mine = self._encode([group.names[cell.language]])[0]
        for one in near:
            words = self.library.words([one], cell.language)
            if words:
                vectors = self._encode(words)
                theirs = self._encode([one.names[cell.language]])[0]
                gap = vectors @ theirs - vectors @ mine
                found[one.group_id] = frozenset(
                    word for word, more in zip(words, gap, strict=True) if more > _BOUND
                )
        return found

    def _of(self, names: Mapping[str, str]) -> NDArray[np.float32]:
        """Vectors of the names, shape (2, n_dimensions); a language without one is zero."""
        found = [self._encode([names[one]])[0] if one in names else None for one in ("en", "zh")]
        zero = np.zeros_like(next(one for one in found if one is not None))
        return np.stack([zero if one is None else one for one in found])

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        new = [one for one in dict.fromkeys(texts) if one not in self._vectors]
        if new:
            self._vectors.update(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([self._vectors[one] for one in texts])
