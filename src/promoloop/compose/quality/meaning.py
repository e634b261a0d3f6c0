"""Does a line mean its product? By the text encoder: likeness to names, families and lines.

As in the lexical figures, the lines of the proposal's own group are left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from promoloop.compose.ports import TextEncoder
from promoloop.compose.quality.corpus import Corpus
from promoloop.compose.quality.matching import Matcher
from promoloop.compose.quality.proposals import Proposal
from promoloop.compose.quality.words import content_words
from promoloop.compose.records import ProductGroup

__all__ = ["MEANING", "MeaningSpace"]

Floats = NDArray[np.float64]

MEANING = (
    "name_like", "name_like_other", "name_rank", "name_lead",
    "family_like", "family_lead", "near_family", "near_any", "near_lead", "near_best",
    "moment_like", "matched", "source_like", "clause_most", "clause_least",
)  # fmt: skip
"""What ``MeaningSpace.features`` says of each proposal, in this order."""

_NEAR = 3
_CLAUSE = re.compile(r"[,.?!，。？！]|\b(?:and|for|while|before|until|when)\b")
_SHORTEST = {"en": 3, "zh": 1}


class MeaningSpace:
    """Names and lines of a corpus as vectors; they are encoded when first asked for.

    ``matcher`` adds what was learnt about which coordinates tell whether a line fits a name.
    """

    def __init__(self, corpus: Corpus, encoder: TextEncoder, matcher: Matcher | None) -> None:
        self._corpus = corpus
        self._encoder = encoder
        self._matcher = matcher
        self._plain: dict[str, Floats] = {}

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors of ``texts``, (n, d)."""
        return self._encoder.encode(texts).astype(np.float64)

    def name_vector(self, group: ProductGroup) -> Floats:
        """The group's names and other words, averaged to one unit vector, (d,)."""
        return unit(self.encode(_words(group)).mean(axis=0))

    def features(self, proposals: Sequence[Proposal]) -> Floats:
        """(n_proposals, n_features), columns as in ``MEANING``."""
        if not proposals:
            return np.empty((0, len(MEANING)))
        texts = self.encode([one.text for one in proposals])
        return np.stack([self._row(one, text) for one, text in zip(proposals, texts, strict=True)])

    def _row(self, proposal: Proposal, text: Floats) -> Floats:
        group = proposal.group
        name = self._names.get(group.group_id)
        name = self.name_vector(group) if name is None else name
        plain = self._of_name(group.names[proposal.language])
        others = np.stack([v for key, v in self._names.items() if key != group.group_id]) @ text
        matched = 0.0
        if self._matcher is not None:
            matched = self._matcher.score(text, name, proposal.language, group.group_id)
        return np.array(
            [
                float(text @ name),
                float(text @ plain),
                float(np.mean(others > text @ name)),
                float(text @ name - others.max()),
                *self._by_lines(proposal, text),
                self._by_moment(proposal, text),
                matched,
                self._source_like(proposal, name),
                *self._by_clauses(proposal, name),
            ]
        )

    def _by_clauses(self, proposal: Proposal, name: Floats) -> tuple[float, float]:
        """The clauses most and least like the name."""
        parts = [part.strip() for part in _CLAUSE.split(proposal.text)]
        parts = [part for part in parts if len(part) > _SHORTEST[proposal.language]]
        likeness = self.encode(parts or [proposal.text]) @ name
        return float(likeness.max()), float(likeness.min())

    def _source_like(self, proposal: Proposal, name: Floats) -> float:
        """Of the name to that of the group whose line the text leans on."""
        words = content_words(proposal.text, proposal.language)
        source = self._corpus.sources[proposal.language].nearest(words, proposal.group.group_id)
        return float(name @ self._names[source.group_id]) if source.group_id else 0.0

    def _by_lines(self, proposal: Proposal, text: Floats) -> list[float]:
        """Likeness to the family, and its lead over the nearest other family."""
        lines = self._lines[proposal.language]
        others = lines.groups != proposal.group.group_id
        family = others & (lines.families == proposal.group.family)
        likeness = lines.vectors @ text
        near_any = _top(likeness[others])
        if not family.any():
            return [0.0, 0.0, 0.0, near_any, -near_any, 0.0]
        centres = {
            one: float(unit(lines.vectors[others & (lines.families == one)].mean(axis=0)) @ text)
            for one in np.unique(lines.families[others])
        }
        own = centres.pop(proposal.group.family)
        near = _top(likeness[family])
        return [
            own,
            own - max(centres.values(), default=0.0),
            near,
            near_any,
            near - _top(likeness[others & ~family]),
            float(likeness[family].max()),
        ]

    def _by_moment(self, proposal: Proposal, text: Floats) -> float:
        """Likeness to lines of its moment, above that to lines of any moment."""
        lines = self._lines[proposal.language]
        others = lines.groups != proposal.group.group_id
        own = others & (lines.moments == proposal.moment)
        if proposal.moment == "any" or not own.any():
            return 0.0
        usual = others & (lines.moments == "any")
        return float(text @ (lines.vectors[own].mean(axis=0) - lines.vectors[usual].mean(axis=0)))

    def _of_name(self, name: str) -> Floats:
        if name not in self._plain:
            self._plain[name] = self.encode([name])[0]
        return self._plain[name]

    @cached_property
    def _names(self) -> dict[str, Floats]:
        """As ``name_vector``, for all groups of the corpus at once."""
        groups = self._corpus.groups
        words = [(key, word) for key, one in groups.items() for word in _words(one)]
        vectors = self.encode([word for _, word in words])
        owners = np.array([key for key, _ in words])
        return {key: unit(vectors[owners == key].mean(axis=0)) for key in groups}

    @cached_property
    def _lines(self) -> dict[str, _Encoded]:
        return {language: _Encoded(self._corpus, language, self) for language in ("en", "zh")}


class _Encoded:
    """The lines of one language: vectors, and group, family and moment of each."""

    def __init__(self, corpus: Corpus, language: str, space: MeaningSpace) -> None:
        lines = corpus.of(language)
        self.vectors = space.encode([line.text for line in lines])
        self.groups = np.array([line.group_id for line in lines])
        self.families = np.array([corpus.groups[line.group_id].family for line in lines])
        self.moments = np.array([line.moment for line in lines])


def _words(group: ProductGroup) -> list[str]:
    return [*group.names.values(), *group.match]


def unit(vector: Floats) -> Floats:
    """``vector`` at length 1; a zero vector stays."""
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector


def _top(likeness: Floats) -> float:
    """Mean of the few highest."""
    return float(np.sort(likeness)[-_NEAR:].mean()) if likeness.size else 0.0
