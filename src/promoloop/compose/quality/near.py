"""Texts that are nearly the same: found in a pool, and against what somebody got before.

Two texts are near duplicates when their character pieces overlap: Jaccard's share of common pieces
at or above a threshold (Broder, 1997). An index from piece to texts keeps a pool of n texts
from costing n² comparisons.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from promoloop.core import InvalidError

__all__ = ["NearIndex", "near_duplicate_share", "pieces_of", "without_near_duplicates"]

_NEAR = 0.6
_MARKS = re.compile(r"[\W_]+")


class NearIndex:
    """Texts by their pieces, to be asked whether one like a given one is there.

    Parameters
    ----------
    threshold : float, default 0.6
        Jaccard's share in (0, 1] from which on two texts count as nearly the same.

    Examples
    --------
    >>> index = NearIndex()
    >>> index.add("A warm cup for a slow morning.")
    >>> index.nearest("A warm cup for a slow evening.")[1] > 0.6
    True
    >>> index.is_near("Socks that stay up on long walks.")
    False
    """

    def __init__(self, threshold: float = _NEAR) -> None:
        if not 0.0 < threshold <= 1.0:
            raise InvalidError(
                f"a threshold of {threshold}", "it is a share in (0, 1]", "Use 0.6, say."
            )
        self._threshold = threshold
        self._texts: list[str] = []
        self._sizes: list[int] = []
        self._at: dict[str, list[int]] = defaultdict(list)

    def add(self, text: str) -> None:
        """Remember ``text``."""
        pieces = pieces_of(text)
        for piece in pieces:
            self._at[piece].append(len(self._texts))
        self._texts.append(text)
        self._sizes.append(len(pieces))

    def nearest(self, text: str) -> tuple[str, float]:
        """The remembered text most like ``text``, and their share; ``("", 0.0)`` if none."""
        pieces = pieces_of(text)
        common = Counter(at for piece in pieces for at in self._at.get(piece, ()))
        best, share = "", 0.0
        for at, count in common.items():
            found = count / (len(pieces) + self._sizes[at] - count)
            if found > share:
                best, share = self._texts[at], found
        return best, share

    def is_near(self, text: str) -> bool:
        """Whether a remembered text is nearly the same."""
        return self.nearest(text)[1] >= self._threshold


def without_near_duplicates(
    texts: Sequence[str], against: Iterable[str] = (), threshold: float = _NEAR
) -> list[int]:
    """Places of the texts to keep, in order: none near an earlier kept one or one of ``against``.

    Put the better texts first, and what the shopper got lately into ``against``.

    >>> without_near_duplicates(["Warm tea.", "Warm tea!", "Dry socks."], against=["dry socks"])
    [0]
    """
    index = NearIndex(threshold)
    for text in against:
        index.add(text)
    kept = []
    for at, text in enumerate(texts):
        if not index.is_near(text):
            kept.append(at)
            index.add(text)
    return kept


def near_duplicate_share(texts: Sequence[str], threshold: float = _NEAR) -> float:
    """Share of the texts that are near an earlier one; 0 for none."""
    if not texts:
        return 0.0
    return 1.0 - len(without_near_duplicates(texts, (), threshold)) / len(texts)


def pieces_of(text: str) -> frozenset[str]:
    """Pieces of three letters in Latin script, of two in Chinese, marks and case aside."""
    folded = _MARKS.sub(" ", unicodedata.normalize("NFKC", text).lower()).strip()
    latin = folded.isascii()
    framed = f" {folded} " if latin else folded.replace(" ", "")
    n = 3 if latin else 2
    return frozenset(framed[at : at + n] for at in range(max(1, len(framed) - n + 1)))
