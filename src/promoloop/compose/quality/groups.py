"""Which known group an unseen product belongs to, so that it can borrow that group's copy.

Words decide first: a name or another word of a group, or a word of a family
(``data/families.toml``), whole or at the end of the name, where both English and Chinese put what
a thing is. Meaning decides next, where a text encoder is at hand: first the family, by Fisher's
linear discriminant over the words of all families, then the group within it. Words anywhere in
the name come last, as a coffee table is no coffee. What is like nothing we know is ``general``.
Measured in ``docs/math/quality.md``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from promoloop.compose.ports import TextEncoder
from promoloop.compose.quality.corpus import LANGUAGES, shipped_corpus
from promoloop.compose.records import ProductGroup
from promoloop.compose.tables import table
from promoloop.core import InvalidError

__all__ = ["GENERAL", "GroupIndex", "GroupMatch", "nearest_group"]

GENERAL = "general"
"""The group and family of what is like nothing we know."""

_LIKENESS = 0.47  # of a name to a family's centre; chosen on names that belong nowhere
_SHRINK = 0.5
_LONGEST = 200
_SIDE = re.compile(
    r"[,;:|(\[（，、｜【/].*|\s+[-–—]\s+.*|\b(?:for|with|without|in|from|by|of)\b.*|\b\d.*"
)
_EDGE = re.compile(r"[^\w']+")


@dataclass(frozen=True, slots=True)
class GroupMatch:
    """The group that stands in for a product, and how it was found.

    ``how`` is ``"name"``, ``"ending"``, ``"meaning"``, ``"word"`` or ``"none"``. ``likeness`` is
    the encoder's to the family, in [-1, 1], and 1 where words decided. ``group_id`` is ``general``
    where only the family is known, and both are with ``"none"``.
    """

    group_id: str
    family: str
    how: str
    likeness: float


def nearest_group(name: str, encoder: TextEncoder | None = None) -> GroupMatch:
    """The shipped group that is nearest to the product ``name``, in English or Chinese.

    Without an ``encoder`` words alone decide. See ``GroupIndex`` for groups of your own.

    Examples
    --------
    >>> nearest_group("Organic basmati rice, 5 kg bag").group_id
    'rice'
    >>> nearest_group("东北大米 10斤装").group_id
    'rice'
    >>> nearest_group("\U0001f381\U0001f381").how
    'none'
    """
    return _shipped_index(encoder).nearest(name)


_indexes: WeakKeyDictionary[TextEncoder, GroupIndex] = WeakKeyDictionary()


def _shipped_index(encoder: TextEncoder | None) -> GroupIndex:
    """Kept as long as its encoder lives, as encoding all words takes a second."""
    if encoder is None:
        return _wordy_index()
    if encoder not in _indexes:
        _indexes[encoder] = GroupIndex(tuple(shipped_corpus().groups.values()), encoder)
    return _indexes[encoder]


@cache
def _wordy_index() -> GroupIndex:
    return GroupIndex(tuple(shipped_corpus().groups.values()))


@dataclass(frozen=True)
class _Word:
    """A word that means a group, or a family where ``group`` is ``GENERAL``."""

    text: str
    group: str
    family: str

    def ends(self, name: str) -> bool:
        """Whether ``name`` ends in it; English needs a whole word."""
        return name.endswith(f" {self.text}" if self.text.isascii() else self.text)

    def within(self, name: str) -> bool:
        """Whether ``name`` has it anywhere."""
        return (f" {self.text} " if self.text.isascii() else self.text) in f" {name} "


class GroupIndex:
    """Known groups, ready to be searched.

    Parameters
    ----------
    groups : sequence of ProductGroup
        Where to look.
    encoder : TextEncoder, optional
        Decides where words do not; all words are encoded once, when first needed.
    threshold : float
        The least likeness to a family that counts, in [-1, 1].

    Raises
    ------
    InvalidError
        When there are no groups to choose from.

    References
    ----------
    Fisher (1936), "The use of multiple measurements in taxonomic problems"; Ledoit and Wolf
    (2004), "A well-conditioned estimator for large-dimensional covariance matrices", for shrinkage.
    """

    def __init__(
        self,
        groups: Sequence[ProductGroup],
        encoder: TextEncoder | None = None,
        threshold: float = _LIKENESS,
    ) -> None:
        if not groups:
            raise InvalidError("the nearest group", "no groups are known", "Give at least one.")
        self._encoder = encoder
        self._threshold = threshold
        self._words = _words_of(groups)

    def nearest(self, name: str) -> GroupMatch:
        """The nearest group; of a very long title the first 200 characters count."""
        asked = _plain(name[:_LONGEST])
        found = self._by_words(asked) or self._by_meaning(asked) or self._inside(asked)
        return found or GroupMatch(GENERAL, GENERAL, "none", 0.0)

    def _by_words(self, asked: str) -> GroupMatch | None:
        name = _singular(asked)
        for word in self._words:
            if name == word.text:
                return self._match(asked, word, "name")
        for word in self._words:
            if word.ends(name):
                return self._match(asked, word, "ending")
        return None

    def _inside(self, asked: str) -> GroupMatch | None:
        name = _singular(asked)
        for word in self._words:
            if word.within(name):
                return self._match(asked, word, "word")
        return None

    def _match(self, asked: str, word: _Word, how: str) -> GroupMatch:
        """Where the word means a family only, the encoder picks a group of it."""
        group = word.group
        if group == GENERAL and self._encoder is not None:
            group = self._within(self._encoder.encode([asked])[0].astype(np.float64), word.family)
        return GroupMatch(group, word.family, how, 1.0)

    def _by_meaning(self, asked: str) -> GroupMatch | None:
        if self._encoder is None or not asked:
            return None
        vector = self._encoder.encode([asked])[0].astype(np.float64)
        family = str(self._families.classes[np.argmax(self._families.scores(vector))])
        likeness = self._families.likeness(vector, family)
        if likeness < self._threshold:
            return None
        return GroupMatch(self._within(vector, family), family, "meaning", likeness)

    def _within(self, vector: NDArray[np.float64], family: str) -> str:
        """The group of ``family`` with the nearest word."""
        likeness = self._vectors @ vector
        own = [
            (float(likeness[at]), word.group)
            for at, word in enumerate(self._words)
            if word.family == family and word.group != GENERAL
        ]
        return max(own)[1] if own else GENERAL

    @cached_property
    def _vectors(self) -> NDArray[np.float64]:
        assert self._encoder is not None
        return self._encoder.encode([word.text for word in self._words]).astype(np.float64)

    @cached_property
    def _families(self) -> _Discriminant:
        return _Discriminant(self._vectors, np.array([word.family for word in self._words]))


class _Discriminant:
    """Fisher's discriminant over unit vectors; ``classes`` are the families, in order."""

    def __init__(self, vectors: NDArray[np.float64], families: NDArray[np.str_]) -> None:
        self.classes = np.unique(families)
        means = np.stack([vectors[families == one].mean(axis=0) for one in self.classes])
        left = vectors - means[np.searchsorted(self.classes, families)]
        spread = left.T @ left / len(left)
        even = np.trace(spread) / len(spread) * np.eye(len(spread))
        self._weights = np.linalg.solve((1 - _SHRINK) * spread + _SHRINK * even, means.T)
        self._constants = 0.5 * (means * self._weights.T).sum(axis=1)
        self._centres = means / np.linalg.norm(means, axis=1, keepdims=True)

    def scores(self, vector: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log odds of each family, up to what they share, (n_families,)."""
        found: NDArray[np.float64] = vector @ self._weights - self._constants
        return found

    def likeness(self, vector: NDArray[np.float64], family: str) -> float:
        """To the centre of ``family``."""
        return float(self._centres[int(np.searchsorted(self.classes, family))] @ vector)


def _words_of(groups: Sequence[ProductGroup]) -> tuple[_Word, ...]:
    """Every word of every group and family, longest first, groups before families."""
    ranked = [
        (rank, _Word(_singular(text.lower()), group.group_id, group.family))
        for group in groups
        for rank, texts in enumerate((tuple(group.names.values()), group.match))
        for text in texts
    ]
    known = {group.family for group in groups}
    ranked += [
        (2, _Word(_singular(text.strip()), GENERAL, family))
        for family, words in table("families").items()
        for language in LANGUAGES
        for text in words[language].split(",")
        if family in known
    ]
    ranked.sort(key=lambda one: (-len(one[1].text), one[0], one[1].group, one[1].family))
    return tuple(word for _, word in ranked)


def _plain(text: str) -> str:
    """Compatibility form, lower case, without marks and what stands beside the name."""
    folded = unicodedata.normalize("NFKC", text).lower()
    bare = " ".join(_EDGE.sub(" ", _SIDE.sub("", folded)).split())
    return bare or " ".join(_EDGE.sub(" ", folded).split())


def _singular(text: str) -> str:
    """Every English word without the ending of the plural."""
    shorter = re.sub(r"(?<=[a-z]{2})ies\b", "y", text)
    shorter = re.sub(r"(?<=[a-z](?:sh|ch|ss))es\b", "", shorter)
    return re.sub(r"(?<=[a-z]{2}[^\Wsiu])s\b", "", shorter)
