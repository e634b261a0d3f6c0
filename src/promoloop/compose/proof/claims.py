"""Claims that no text may make in its market, and words that do not suit the moment.

The lists are data with their sources (``data/claims-*.toml``): superlatives, guarantees, health
and quality claims, prices, urgency, and promises. A promise is proven by the sheet's promise on
its topic, a quality by an attribute of the product that states the very word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

from promoloop.compose.proof.numerals import plain
from promoloop.compose.proof.scan import START, Scan
from promoloop.compose.proof.script import reader
from promoloop.compose.proof.sheet import FactSheet
from promoloop.compose.tables import has_table, table
from promoloop.core import language_of

__all__ = [
    "former_prices",
    "health_claim",
    "market_of",
    "scan_claims",
    "scan_moment",
    "scan_promises",
]

_TOKEN = re.compile(r"[a-zà-ÿœß]+|[^\sa-zà-ÿœß]")
_SPELLED = re.compile(r"[a-zà-ÿœß0-9]")
_SHORT_RUN = 7
_ALLERGEN = re.compile(r"allergens?\b(?![ -]free)|过敏原|过敏物")


@dataclass(frozen=True, slots=True)
class _Claim:
    """One row of a claims file; ``allowed`` are the moments that may say its words."""

    kind: str
    provable: bool = False
    topics: tuple[str, ...] = ()
    allowed: frozenset[str] = frozenset()


_HARMLESS = _Claim("")


class Phrases:
    """Many words and phrases, found in one go through the words and characters of a text."""

    def __init__(self, rows: Iterable[tuple[str, _Claim]]) -> None:
        starts: dict[str, dict[str, _Claim]] = {}
        for phrase, claim in rows:
            known = starts.setdefault(_key(phrase), {})
            known[phrase] = claim if claim is _HARMLESS else known.get(phrase, claim)
        self._starts = {key: _together(phrases) for key, phrases in starts.items()}

    def find(self, text: str, starts: frozenset[str]) -> list[tuple[re.Match[str], _Claim]]:
        """Every phrase in ``text`` but the harmless ones; where some overlap, the longest."""
        found = [
            (match, claims[(match.lastindex or 1) - 1])
            for key in starts & self._starts.keys()
            for pattern, claims in (self._starts[key],)
            for match in pattern.finditer(text)
        ]
        return _longest(found) if found else []


def _longest(found: list[tuple[re.Match[str], _Claim]]) -> list[tuple[re.Match[str], _Claim]]:
    kept: list[tuple[re.Match[str], _Claim]] = []
    for match, claim in sorted(found, key=lambda one: one[0].start() - one[0].end()):
        if all(match.end() <= other.start() or other.end() <= match.start() for other, _ in kept):
            kept.append((match, claim))
    return [(match, claim) for match, claim in kept if claim is not _HARMLESS]


def _key(phrase: str) -> str:
    first: str = _TOKEN.findall(phrase)[0]
    return first[:START]


def _together(phrases: Mapping[str, _Claim]) -> tuple[re.Pattern[str], list[_Claim]]:
    longest = sorted(phrases, key=len, reverse=True)
    return re.compile("|".join(map(_pattern, longest))), [phrases[one] for one in longest]


def _pattern(phrase: str) -> str:
    """A phrase as one group: whole words where it is written in letters, ``*`` for any ending."""
    bare = phrase.rstrip("*")
    body = re.escape(bare).replace(r"\ ", r"[ \-]").replace("'", "['’]")
    first = r"(?<![a-zà-ÿ0-9])" if _SPELLED.match(bare[0]) else ""
    last = r"(?![a-zà-ÿ0-9])" if _SPELLED.match(bare[-1]) else ""
    return f"({first}{body}{'[a-zà-ÿ]*' if phrase.endswith('*') else last})"


@dataclass(frozen=True, slots=True)
class _Lists:
    """The lists of one locale: what is refused at once, what a promise may prove, and moments."""

    claims: Phrases
    promises: Phrases
    patterns: tuple[tuple[re.Pattern[str], _Claim], ...]
    moments: Phrases


def market_of(locale: str) -> str:
    """The market a locale's texts are for: its region, "" when it names none.

    >>> market_of("zh-Hant-TW"), market_of("en-GB"), market_of("de")
    ('TW', 'GB', '')
    """
    parts = locale.split("-")
    return next((part for part in parts[1:] if len(part) == 2 and part.isupper()), "")


def scan_claims(scan: Scan) -> None:
    """Refuse superlatives, guarantees, health claims and the like, but for what is proven."""
    lists = _lists(scan.known.sheet.locale, scan.known.sheet.today)
    for match, claim in lists.claims.find(scan.text, scan.starts):
        proof = scan.known.attribute(match[0]) if claim.provable else ""
        if proof:
            scan.accept(match.start(), match.end(), "attribute", proof)
        else:
            scan.refuse(claim.kind, match[0])
    for pattern, claim in lists.patterns:
        for match in pattern.finditer(scan.text):
            scan.refuse(claim.kind, match[0])


def health_claim(text: str, locale: str) -> str:
    """The first words of ``text`` that no product may claim of health, "" where there are none.

    What an attribute may prove (organic, sugar-free) and the naming of allergens are none.

    >>> health_claim("100% steel - cures headaches", "en-US"), health_claim("organic", "en-US")
    ('cures', '')
    """
    read = reader(locale)(plain(text).lower())
    starts = frozenset(token[:START] for token in _TOKEN.findall(read))
    found = _lists(locale, None).claims.find(read, starts)
    said = [one for one, claim in found if claim.kind == "health" and not claim.provable]
    told = [one for one in said if not _ALLERGEN.match(read, one.start())]
    return min(told, key=re.Match.start)[0] if told else ""


def scan_promises(scan: Scan, moment: str) -> None:
    """Take promises out: of free things, returns, prizes; a topic of the sheet proves them."""
    lists = _lists(scan.known.sheet.locale, scan.known.sheet.today)
    for match, claim in list(lists.promises.find(scan.text, scan.starts)):
        proof = next(
            (found for found in (_promised(topic, scan) for topic in claim.topics) if found), ""
        )
        if proof:
            scan.accept(match.start(), match.end(), claim.kind, proof)
        elif moment not in claim.allowed:
            scan.refuse(claim.kind, match[0])


def scan_moment(scan: Scan, moment: str) -> None:
    """Refuse words of another moment, such as "we miss you" to a new shopper.

    Texts without a moment ("") are not looked at.
    """
    if not moment:
        return
    lists = _lists(scan.known.sheet.locale, scan.known.sheet.today)
    for match, claim in lists.moments.find(scan.text, scan.starts):
        if moment not in claim.allowed:
            scan.reasons.append(f"moment: {match[0]!r} does not suit {moment!r}")


def _promised(topic: str, scan: Scan) -> str:
    known = scan.known
    if topic == "former_price":
        roles = former_prices(known.sheet)
        told = (known.money[role][minor] for _, role, minor in scan.amounts if role in roles)
        return next(told, "")
    if topic == "short_run" and known.starts and known.ends:
        run = (max(known.ends) - min(known.starts)).days
        return known.ends[max(known.ends)] if run < _SHORT_RUN else ""
    if topic == "one_free" and any(claim.kind == "count" for claim in scan.claims):
        return next((proof for (_, got), proof in known.bundles.items() if got == 1), "")
    return known.promises.get(topic, "")


def former_prices(sheet: FactSheet) -> tuple[str, ...]:
    """The roles that prove a former price in the market of ``sheet`` (``prices.toml``)."""
    market = market_of(sheet.locale)
    for row in table("prices")["market"]:
        if market in row["regions"] and _holds(row, sheet.today):
            return tuple(row["roles"])
    return ()


def _holds(row: Mapping[str, Any], today: date | None) -> bool:
    since = row.get("since")
    return since is None or today is None or since <= today


@cache
def _lists(locale: str, today: date | None) -> _Lists:
    name = f"claims-{language_of(locale)}"
    said = table(name) if has_table(name) else {"rule": [], "moment": []}
    market = market_of(locale)
    rules = [
        row
        for row in said["rule"]
        if _holds(row, today) and (not row.get("markets") or market in (*row["markets"], ""))
    ]
    return _Lists(
        claims=_phrases(row for row in rules if not _on_topics(row)),
        promises=_phrases(row for row in rules if _on_topics(row)),
        patterns=tuple(
            (re.compile(str(row["pattern"])), _claim(row)) for row in rules if "pattern" in row
        ),
        moments=_phrases(said.get("moment", ())),
    )


def _on_topics(row: Mapping[str, Any]) -> bool:
    return "topics" in row or "by_topic" in row


def _phrases(rows: Iterable[Mapping[str, Any]]) -> Phrases:
    found: list[tuple[str, _Claim]] = []
    for row in rows:
        claim = _claim(row)
        found += [(str(word), claim) for word in row.get("words", ())]
        for topic, words in row.get("by_topic", {}).items():
            found += [(str(word), replace(claim, topics=(topic,))) for word in words]
        found += [(str(word), _HARMLESS) for word in row.get("except", ())]
    return Phrases(found)


def _claim(row: Mapping[str, Any]) -> _Claim:
    return _Claim(
        kind=str(row.get("kind", "moment")),
        provable=bool(row.get("provable", False)),
        topics=tuple(row.get("topics", ())),
        allowed=frozenset(row.get("only", row.get("moments", ()))),
    )
