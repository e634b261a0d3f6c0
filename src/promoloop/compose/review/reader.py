"""The first reader: a pure function that marks what a person should look at, and why.

It refuses nothing, as correctness is ``verify``'s business and sense the gate's. It looks for
what those two let pass and a careful shop would still want to see: a text near the length limit,
one by a model not seen before, words about prices, a sensitive kind of product.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from promoloop.compose.proof import too_long
from promoloop.compose.quality.near import NearIndex
from promoloop.compose.records import Copy, Mark
from promoloop.compose.slots import fill
from promoloop.compose.tables import table
from promoloop.core import language_of, tongue_table
from promoloop.offers import OfferFacts

__all__ = ["Past", "first_reading", "words_of"]

_SLOT = re.compile(r"\{\{\w+\}\}")
_WORD = re.compile(r"[^\W\d_]+")
_HANZI = re.compile(r"[\u4e00-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")


@dataclass(slots=True)
class Past:
    """What the first reader knows of before: texts that run, and who has written any.

    ``writers`` are pairs (model with adapter, prompt hash).
    """

    running: list[Copy] = field(default_factory=list)
    writers: set[tuple[str, str]] = field(default_factory=set)

    def beside(self, copy: Copy) -> list[Copy]:
        """The running texts of the same offer, locale, channel and moment."""
        return [one for one in self.running if _cell(one) == _cell(copy)]


def first_reading(
    copy: Copy, facts: OfferFacts, past: Past, market: str = "", score: float = math.nan
) -> tuple[Mark, ...]:
    """What a person should look at in ``copy``; nothing for most texts.

    Parameters
    ----------
    copy : Copy
        Proven before: see ``Copy.verdict``.
    facts : OfferFacts
        What its slots are filled from.
    past : Past
        What runs beside it.
    market : str
        The shop's; words about prices are those of this market and of the text's own.
    score : float
        Of the quality gate, in [0, 1]; nan where none judged, 1 where people have read the words.
    """
    limits, words = table("review")["limits"], words_of(copy)
    marks = []
    if score < limits["score"]:
        marks.append(Mark("low_score", f"{score:.2f}"))
    full = _full_parts(copy, facts, float(limits["full"]))
    marks += [Mark("near_limit", part) for part in full]
    if near := _near(copy, past.beside(copy), float(limits["near"])):
        marks.append(Mark("near_duplicate", near))
    unread = copy.source == "model" and score != 1.0
    if unread and (copy.model, copy.prompt_hash) not in past.writers:
        marks.append(Mark("new_writer", copy.model))
    claims = len({claim.text for claim in copy.verdict.claims})
    if claims > limits["claims"]:
        marks.append(Mark("many_claims", str(claims)))
    if said := _price_words(words, {market, copy.locale.rpartition("-")[2], "*"}):
        marks.append(Mark("price_words", said))
    if facts.name == _nameless(copy.locale):
        marks.append(Mark("name_replaced", facts.name))
    marks += [Mark("sensitive", kind) for kind in _sensitive(f"{facts.name}\n{words}")]
    if other := _other_language(words, copy.locale):
        marks.append(Mark("language", other))
    return tuple(marks)


def words_of(copy: Copy) -> str:
    """What was written, the offer's own clauses aside; parts on lines of their own."""
    return "\n".join(_SLOT.sub(" ", text) for text in copy.parts.values())


def _cell(copy: Copy) -> tuple[str, str, str, str]:
    return copy.offer_id, copy.locale, copy.channel, copy.moment


def _full_parts(copy: Copy, facts: OfferFacts, full: float) -> list[str]:
    """Parts that would be too long if they were longer by what ``full`` leaves free."""
    found = []
    for part, text in fill(copy.parts, facts.clauses).items():
        more = text[: math.ceil(len(text) * (1.0 / full - 1.0))]
        if too_long(text + more, copy.locale, copy.channel, part):
            found.append(part)
    return found


def _near(copy: Copy, running: Sequence[Copy], threshold: float) -> str:
    """The id of a running text that is nearly the same, "" when there is none."""
    mine = words_of(copy)
    for other in running:
        index = NearIndex(threshold)
        index.add(words_of(other))
        if other.copy_id != copy.copy_id and index.is_near(mine):
            return other.copy_id
    return ""


@cache
def _patterns(kind: str) -> tuple[tuple[frozenset[str], str, re.Pattern[str], str], ...]:
    """The rows of a list: markets, English name, pattern, and harmless readings."""
    return tuple(
        (
            frozenset(row.get("markets", ())),
            row.get("kind", {}).get("en", ""),
            re.compile(row["pattern"]),
            "|".join(row.get("except", ())),
        )
        for row in table("review")[kind]
    )


def _price_words(words: str, markets: set[str]) -> str:
    text = words.lower()
    for where, _, pattern, _ in _patterns("price"):
        found = pattern.search(text) if where & markets else None
        if found:
            return found[0]
    return ""


def _sensitive(words: str) -> list[str]:
    text = words.lower()
    return [
        kind
        for _, kind, pattern, harmless in _patterns("sensitive")
        if pattern.search(re.sub(harmless, " ", text) if harmless else text)
    ]


def _nameless(locale: str) -> str:
    return str(tongue_table("promoloop.compose", "templates", locale)["nameless"])


def _other_language(words: str, locale: str) -> str:
    """The language a text seems to be in, "" when that is the one of ``locale``."""
    own = language_of(locale)
    script = "ja" if _KANA.search(words) else "zh" if _HANZI.search(words) else ""
    if script or own in ("ja", "zh"):
        fits = script == own or (own == "ja" and script == "zh")
        return "" if fits else script or "Latin script"
    small = table("review")["small_words"]
    seen = _WORD.findall(words.lower())
    hits = {language: sum(word in known for word in seen) for language, known in small.items()}
    best = max(hits, key=lambda language: hits[language])
    return best if hits[best] >= 3 and hits[best] > 2 * hits.get(own, hits[best]) else ""
