"""The lines that were written and read by people: what a good line looks like."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

from promoloop.compose.catalogue import ExampleLine, example_lines, product_groups
from promoloop.compose.quality.words import content_words, neighbours
from promoloop.compose.records import ProductGroup

__all__ = ["Corpus", "LineIndex", "Source", "WordCounts", "shipped_corpus"]

LANGUAGES = ("en", "zh")
"""The languages the gate reads."""


class WordCounts:
    """In the lines of which groups each word stands."""

    def __init__(self, lines: Iterable[ExampleLine], groups: Mapping[str, ProductGroup]) -> None:
        self._groups: dict[str, set[str]] = defaultdict(set)
        self._pairs: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._families = {key: group.family for key, group in groups.items()}
        for line in lines:
            for word in content_words(line.text, line.language):
                self._groups[word].add(line.group_id)
            for pair in neighbours(line.text, line.language):
                self._pairs[pair].add(line.group_id)

    def others(self, word: str, group_id: str) -> int:
        """How many groups other than ``group_id`` use ``word``."""
        return len(self._groups.get(word, _NONE) - {group_id})

    def relatives(self, word: str, group_id: str, family: str) -> int:
        """How many other groups of ``family`` use ``word``."""
        others = self._groups.get(word, _NONE) - {group_id}
        return sum(self._families[other] == family for other in others)

    def follows(self, pair: tuple[str, str], group_id: str) -> bool:
        """Whether some other group's line has these two words beside each other."""
        return bool(self._pairs.get(pair, _NONE) - {group_id})


class Source(NamedTuple):
    """A written line that a text is near to: common share, its words, and its group, "" if none."""

    share: float
    words: frozenset[str]
    group_id: str


class LineIndex:
    """Which line of another group a text takes most of its words from."""

    def __init__(self, lines: Iterable[ExampleLine]) -> None:
        self._bags: list[tuple[str, frozenset[str]]] = []
        self._at: dict[str, list[int]] = defaultdict(list)
        for line in lines:
            bag = frozenset(content_words(line.text, line.language))
            for word in bag:
                self._at[word].append(len(self._bags))
            self._bags.append((line.group_id, bag))

    def nearest(self, words: Iterable[str], group_id: str) -> Source:
        """The line of another group with the highest share of common words (Jaccard)."""
        asked = frozenset(words)
        common = Counter(at for word in asked for at in self._at.get(word, ()))
        found = Source(0.0, _NONE, "")
        for at, count in common.items():
            group, bag = self._bags[at]
            share = count / (len(asked) + len(bag) - count)
            if group != group_id and share > found.share:
                found = Source(share, bag, group)
        return found


_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Corpus:
    """Groups and their lines. What is asked about a group leaves its own lines out.

    So a known group is judged as one that a shop adds tomorrow, and the gate sees in use what it
    saw in training.
    """

    groups: Mapping[str, ProductGroup]
    lines: tuple[ExampleLine, ...]

    @cached_property
    def counts(self) -> Mapping[str, WordCounts]:
        """Per language, which groups use which words."""
        return {language: WordCounts(self.of(language), self.groups) for language in LANGUAGES}

    @cached_property
    def sources(self) -> Mapping[str, LineIndex]:
        """Per language, the lines by their words."""
        return {language: LineIndex(self.of(language)) for language in LANGUAGES}

    @cached_property
    def family_sizes(self) -> Counter[str]:
        """How many groups with lines each family has."""
        with_lines = {line.group_id for line in self.lines}
        return Counter(self.groups[key].family for key in with_lines)

    def of(self, language: str) -> tuple[ExampleLine, ...]:
        """The lines in one language."""
        return tuple(line for line in self.lines if line.language == language)

    def without(self, group_ids: Iterable[str]) -> Corpus:
        """The corpus as if these groups had no lines; their names stay known."""
        gone = set(group_ids)
        return Corpus(self.groups, tuple(one for one in self.lines if one.group_id not in gone))


@cache
def shipped_corpus() -> Corpus:
    """The supervised set that ships with the package, held-out groups without their lines."""
    groups = {group.group_id: group for group in product_groups()}
    lines = tuple(one for one in example_lines() if not groups[one.group_id].held_out)
    return Corpus(groups, lines)
