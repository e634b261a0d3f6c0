"""Texts of a kind from its table: the sentences whose facts are known, and no other.

``data/kinds-<language>.toml`` has a table per kind, in it one per channel, and for each part a
list of sentences. A sentence is a list of wordings with slots; the first of them, counted from
``turn``, whose slots are all known is taken, and a sentence without any falls away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from promoloop.compose.kinds.written import Known, Sourced
from promoloop.compose.slots import fill
from promoloop.core import (
    InvalidError,
    language_of,
    locale_kin,
    require_locale,
    tongue_table,
    tongues_in,
)

__all__ = ["Drawn", "drawn", "gap_of", "limits_of", "sentences_of", "sourced", "spoken", "words_of"]

_SLOT = re.compile(r"\{\{(\w+)\}\}")
_SENTENCE = re.compile(r"[^。！？\n]+[。！？]?|\n+")
_LATIN_SENTENCE = re.compile(r"\S.*?(?:[.!?](?=\s|$)|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Parts with their slots filled, and what backs each sentence."""

    parts: Mapping[str, str]
    sources: tuple[Sourced, ...]


def words_of(locale: str) -> Mapping[str, Any]:
    """The table for ``locale``; an error where its language has none."""
    return _table(require_locale(locale))


def spoken(locale: str) -> bool:
    """Whether there are texts of the other kinds for ``locale``."""
    return any(tag in tongues_in("promoloop.compose", "kinds") for tag in locale_kin(locale))


@cache
def _table(locale: str) -> Mapping[str, Any]:
    return tongue_table("promoloop.compose", "kinds", locale)


def limits_of(locale: str, kind: str, channel: str) -> Mapping[str, int]:
    """The most characters of each part; parts without an entry are free."""
    limits: Mapping[str, int] = words_of(locale)["limits"].get(f"{kind}-{channel}", {})
    return limits


def gap_of(locale: str) -> str:
    """What stands between two sentences."""
    return str(words_of(locale)["gap"])


def drawn(kind: str, locale: str, channel: str, known: Mapping[str, Known], turn: int = 0) -> Drawn:
    """The template of ``kind`` for ``channel`` with all that is known put in.

    Raises ``InvalidError`` for a channel the kind does not have.
    """
    channels = words_of(locale)[kind]
    if channel not in channels:
        raise InvalidError(
            f"{kind}, field channel",
            f"there is none for {channel!r}",
            f"Use one of {', '.join(channels)}.",
        )
    limits, parts, sources = limits_of(locale, kind, channel), {}, []
    for part, sentences in channels[channel].items():
        taken = _that_fits(sentences, known, turn, limits.get(part), gap_of(locale))
        parts[part] = _joined([text for text, _ in taken], gap_of(locale))
        sources += [Sourced(part, text, fields) for text, fields in taken if text.strip()]
    return Drawn({part: text for part, text in parts.items() if text}, tuple(sources))


def sentences_of(
    sentences: Sequence[Sequence[str]], known: Mapping[str, Known], turn: int
) -> list[tuple[str, tuple[str, ...]]]:
    """The filled sentences of one part, each with the fields it draws on."""
    taken = []
    for wordings in sentences:
        wording = next(_usable(wordings, known, turn), "")
        if wording:
            taken.append((_filled(wording, known), _fields(wording, known)))
    return taken


def sourced(parts: Mapping[str, str], known: Mapping[str, Known], locale: str) -> Drawn:
    """Slotted parts of a draft, filled, each sentence with the fields of its own slots."""
    sources = [
        Sourced(part, _filled(sentence, known), _fields(sentence, known))
        for part, text in parts.items()
        for sentence in _split(text, locale)
    ]
    return Drawn({part: _filled(text, known) for part, text in parts.items()}, tuple(sources))


def _split(text: str, locale: str) -> list[str]:
    pattern = _SENTENCE if language_of(locale) == "zh" else _LATIN_SENTENCE
    return [one.strip() for one in pattern.findall(text) if one.strip()]


def _that_fits(
    sentences: Sequence[Sequence[str]],
    known: Mapping[str, Known],
    turn: int,
    limit: int | None,
    gap: str,
) -> list[tuple[str, tuple[str, ...]]]:
    """The first wording that is short enough, else the shortest."""
    steps = max(len(wordings) for wordings in sentences) if limit else 1
    tries = [sentences_of(sentences, known, turn + step) for step in range(steps)]
    lengths = [len(_joined([text for text, _ in one], gap)) for one in tries]
    for one, length in zip(tries, lengths, strict=True):
        if limit is None or 0 < length <= limit:
            return one
    return tries[lengths.index(min(lengths))]


def _usable(wordings: Sequence[str], known: Mapping[str, Known], turn: int) -> Iterator[str]:
    for step in range(len(wordings)):
        wording = wordings[(turn + step) % len(wordings)]
        if all(slot in known for slot in _SLOT.findall(wording)):
            yield wording


def _filled(wording: str, known: Mapping[str, Known]) -> str:
    texts = {slot: one.text for slot, one in known.items()}
    return fill({"text": wording}, texts)["text"]


def _fields(wording: str, known: Mapping[str, Known]) -> tuple[str, ...]:
    found = [field for slot in _SLOT.findall(wording) for field in known[slot].fields]
    return tuple(dict.fromkeys(found))


def _joined(texts: Sequence[str], gap: str) -> str:
    """Sentences in a row; a wording that is only line breaks parts two paragraphs."""
    joined = gap.join(texts)
    return re.sub(r" *(\n+) *", r"\1", joined).strip()
