"""A fact sheet made ready for looking up: what proves what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from promoloop.compose.proof.grammar import Grammar, grammar_of
from promoloop.compose.proof.names import safe_name
from promoloop.compose.proof.numerals import plain
from promoloop.compose.proof.script import reader
from promoloop.compose.proof.sheet import Fact, FactSheet

__all__ = ["Known", "known_of"]


@dataclass(frozen=True, slots=True)
class Known:
    """The facts of one sheet by kind and role; each maps a value to the field that proves it."""

    sheet: FactSheet
    grammar: Grammar
    literals: re.Pattern[str] | None
    literal_proofs: Mapping[str, tuple[str, str]]
    codes: re.Pattern[str] | None
    code_proofs: Mapping[str, str]
    percents: Mapping[str, Mapping[Decimal, str]]
    money: Mapping[str, Mapping[int, str]]
    counts: Mapping[str, Mapping[Decimal, str]]
    bundles: Mapping[tuple[int, int], str]
    tiers: Mapping[tuple[int, int], str]
    each_tiers: Mapping[tuple[int, int], str]
    starts: Mapping[date, str]
    ends: Mapping[date, str]
    days: Mapping[date, str]
    times: Mapping[time, str]
    promises: Mapping[str, str]
    attributes: tuple[tuple[str, str], ...]
    written: tuple[str, ...]

    @property
    def single_day(self) -> date | None:
        """The day, when the offer starts and ends on one."""
        only = set(self.starts) == set(self.ends) and len(self.ends) == 1
        return next(iter(self.ends)) if only else None

    @property
    def all_day(self) -> bool:
        """Whether the last day runs until midnight."""
        return not self.times or time() in self.times

    def ends_by(self, day: date, *, before: bool) -> str:
        """The field that proves that it ends with ``day``, or ``before`` it begins."""
        if day in self.ends:
            return self.ends[day]
        return self.ends.get(day - timedelta(days=1), "") if before and self.all_day else ""

    def attribute(self, word: str) -> str:
        """The attribute that states ``word``, "" when none does or one denies it."""
        inside = re.compile(rf"(?<![a-z]){re.escape(word)}" if word.isascii() else re.escape(word))
        for text, source in self.attributes:
            found = inside.search(text)
            if found:
                return "" if _DENIED.search(text[: found.start()]) else source
        return ""


_DENIED = re.compile(
    r"(?:\bnot|\bnon|\bno|\bwithout|\bnicht|\bkein\w*|\bpas|\bsans|\bno|非|不|无|無)[ -]?$"
)


@lru_cache(maxsize=4096)
def known_of(sheet: FactSheet) -> Known:
    """``sheet`` made ready. Names that carry a claim prove nothing (``safe_name``)."""
    grammar = grammar_of(sheet.locale)
    by_kind: dict[str, list[Fact]] = {}
    for fact in sheet.facts:
        by_kind.setdefault(fact.kind, []).append(fact)
    read = reader(sheet.locale)
    literal = _literals(by_kind, grammar, read)
    codes = {str(fact.value): fact.source for fact in by_kind.get("code", ())}
    dates = by_kind.get("date", [])
    tiers = by_kind.get("tier", [])
    return Known(
        sheet=sheet,
        grammar=grammar,
        literals=_whole(literal),
        literal_proofs=literal,
        codes=_exact(codes),
        code_proofs=codes,
        percents=_by_role(by_kind.get("percent", []), Decimal),
        money=_by_role(by_kind.get("money", []), int),
        counts=_by_role(by_kind.get("count", []), Decimal),
        bundles={_pair(fact): fact.source for fact in by_kind.get("bundle", ())},
        tiers={_pair(fact): fact.source for fact in tiers if fact.role != "each"},
        each_tiers={_pair(fact): fact.source for fact in tiers if fact.role == "each"},
        starts=_days(dates, "starts"),
        ends=_days(dates, "ends"),
        days=_days(dates, ""),
        times={f.value: f.source for f in by_kind.get("time", ()) if isinstance(f.value, time)},
        promises={str(fact.value): fact.source for fact in by_kind.get("promise", ())},
        attributes=tuple(
            (read(plain(str(fact.value), grammar.decimal).lower()), fact.source)
            for fact in by_kind.get("attribute", ())
        ),
        written=_longest_first(
            str(fact.value)
            for kind in ("name", "phrase", "attribute", "code")
            for fact in by_kind.get(kind, ())
            if kind != "name" or safe_name(str(fact.value))
        ),
    )


def _longest_first(texts: Iterable[str]) -> tuple[str, ...]:
    """So that a short one, a size M, does not take a letter out of a longer one."""
    return tuple(sorted(texts, key=len, reverse=True))


def _literals(
    by_kind: Mapping[str, list[Fact]], grammar: Grammar, read: Any
) -> dict[str, tuple[str, str]]:
    """Texts that prove themselves where they stand whole: names, phrases, attributes."""
    found: dict[str, tuple[str, str]] = {}
    for kind in ("attribute", "name", "phrase"):
        for fact in by_kind.get(kind, ()):
            text = str(fact.value)
            if kind != "name" or safe_name(text):
                found[read(plain(text, grammar.decimal).lower())] = (kind, fact.source)
    return found


def _whole(texts: Mapping[str, object]) -> re.Pattern[str] | None:
    if not texts:
        return None
    longest = sorted(texts, key=len, reverse=True)
    return re.compile("|".join(map(_bounded, longest)))


def _bounded(text: str) -> str:
    """``text`` as a whole word; Chinese has no spaces, so 咖啡 stands in 咖啡8折."""
    left = "(?<![a-z0-9])" if text[:1].isascii() else ""
    right = "(?![a-z0-9])" if text[-1:].isascii() else ""
    return f"{left}{re.escape(text)}{right}"


def _exact(codes: Iterable[str]) -> re.Pattern[str] | None:
    longest = "|".join(map(re.escape, sorted(codes, key=len, reverse=True)))
    if not longest:
        return None
    return re.compile(rf"(?<![A-Za-z0-9_-])(?:{longest})(?![A-Za-z0-9_]|-\w)")


def _by_role(facts: Iterable[Fact], kind: Any) -> dict[str, dict[Any, str]]:
    found: dict[str, dict[Any, str]] = {}
    for fact in facts:
        found.setdefault(fact.role, {}).setdefault(kind(fact.value), fact.source)
    return found


def _days(facts: Iterable[Fact], role: str) -> dict[date, str]:
    return {
        fact.value: fact.source
        for fact in facts
        if fact.role == role and isinstance(fact.value, date)
    }


def _pair(fact: Fact) -> tuple[int, int]:
    if not isinstance(fact.value, tuple):
        raise TypeError(f"{fact.value!r} is no pair")
    return fact.value
