"""How one language writes numbers, discounts, money and dates: patterns from ``data/lang-*.toml``.

Every language is a table of patterns with places for numbers (``{value}``); this module puts the
numbers in and compiles them, once per locale. Month and weekday names and number symbols of
languages whose table does not say them come from Babel.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from babel import Locale

from promoloop.compose.proof.numerals import CHINESE, DIGITS
from promoloop.compose.tables import has_table, table
from promoloop.core import InvalidError, language_of

__all__ = ["DIGIT_TOKENS", "Grammar", "Rule", "grammar_of", "rule"]

DIGIT_TOKENS = frozenset("0123456789")
_GUARDED = rf"(?<![\d.,]){DIGITS}(?!\d|[.,]\d)"
_PLACES = ("value", "buy", "get", "all", "paid", "over", "off")


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern, the tokens without one of which it cannot match (none: always tried), and more.

    ``data`` holds the other entries of its row in the table.
    """

    pattern: re.Pattern[str]
    needs: frozenset[str] = frozenset()
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grammar:
    """The compiled patterns of one locale; see ``data/lang-en.toml`` for what each means."""

    language: str
    decimal: str
    words: Mapping[str, int]
    rules: Mapping[str, tuple[Rule, ...]]
    cues: Mapping[str, re.Pattern[str]]
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    day_first: bool

    def cue(self, name: str, text: str) -> bool:
        """Whether the cue ``name`` is found in ``text`` (a piece before or after a match)."""
        pattern = self.cues.get(name)
        return pattern is not None and pattern.search(text) is not None

    def follows(self, name: str, text: str) -> bool:
        """Whether ``text`` begins with the cue ``name``."""
        pattern = self.cues.get(name)
        return pattern is not None and pattern.match(text) is not None


@cache
def grammar_of(locale: str) -> Grammar:
    """The grammar of ``locale``.

    Raises
    ------
    InvalidError
        There is no table for its language, so nothing in it could be proven.
    """
    language = language_of(locale)
    if not has_table(f"lang-{language}"):
        raise InvalidError(
            f"proving a text in {locale}",
            f"there is no table data/lang-{language}.toml",
            "Add one, or write in a language that has one.",
        )
    said, babel = table(f"lang-{language}"), Locale.parse(locale, sep="-")
    words = {str(word): int(value) for word, value in said["number"]["words"].items()}
    number = _number(language, words, said["number"].get("weak", []))
    rules = {
        kind: tuple(_compiled(row, number) for row in said.get(kind, ()))
        for kind in ("percent", "bundle", "count", "tier", "bare")
    }
    rules["left"] = (rule(str(said["number"]["left"])),)
    rules["money"] = _money(said["money"], number)
    rules["code"] = (rule(str(said["code"]["word"]), said["code"].get("needs", ())),)
    rules["mention"] = (rule(str(said["code"]["mention"])),)
    day_first = locale != "en-US" and language in {"en", "de", "fr", "es"}
    months = _months(said["date"], babel)
    rules["date"] = _dates(said["date"], months, day_first)
    for name in ("today", "tomorrow", "relative", "weekday", "clock", "bare_month", "running"):
        if name in said["date"]:
            rules[name] = (rule(str(said["date"][name]), said["date"].get(f"needs_{name}", [])),)
    return Grammar(
        language=language,
        decimal=str(babel.number_symbols["latn"]["decimal"]),
        words=words,
        rules=rules,
        cues=_cues(said),
        months=months,
        weekdays=_weekdays(said["date"]),
        day_first=day_first,
    )


def rule(pattern: str, needs: object = (), data: Mapping[str, Any] | None = None) -> Rule:
    """``pattern`` compiled, with the tokens it needs."""
    tokens = [str(token) for token in needs] if isinstance(needs, list | tuple) else []
    return Rule(re.compile(pattern), frozenset(tokens), data or {})


def _number(language: str, words: Mapping[str, int], weak: list[str]) -> str:
    if language in {"zh", "ja"}:
        return rf"{_GUARDED}[百千万]?|[{CHINESE}]+(?:点[{CHINESE}]+)?"
    strong = sorted((word for word in words if word not in weak), key=len, reverse=True)
    one = "|".join(map(re.escape, strong))
    more = "|".join(map(re.escape, [*strong, *(word for word in weak if len(word) > 2)]))
    return rf"{_GUARDED}|(?<![a-zà-ÿ-])(?:{more})(?:[ -](?:and )?(?:{one}))*(?![a-zà-ÿ])"


def _compiled(row: Mapping[str, Any], number: str) -> Rule:
    return rule(_with_numbers(str(row["pattern"]), number), row.get("needs", []), row)


def _with_numbers(pattern: str, number: str) -> str:
    for place in _PLACES:
        pattern = pattern.replace(f"{{{place}}}", f"(?P<{place}>{number})")
    return pattern


_SIGNS = (
    r"(?P<sign>us\$|hk\$|nt\$|a\$|c\$|\$|¥|€|£|人民币|新?台币"
    r"|(?<![a-z])(?:usd|rmb|cny|jpy|eur|gbp|twd)(?![a-z]))"
)
_SIGN_TOKENS = frozenset("$¥€£币") | {"usd", "rmb", "cny", "jpy", "eur", "gbp", "twd"}


def _money(said: Mapping[str, Any], number: str) -> tuple[Rule, ...]:
    """Amounts with a sign before, or with a unit behind; the unit's currency is in ``data``."""
    digits = rf"{DIGITS}(?!\d|[.,]\d)"
    rows = [
        (pattern, currency, scale)
        for key, scale in (("units", 1), ("tenths", 10), ("cents", 100))
        for pattern, currency in said.get(key, ())
    ]
    units = "|".join(f"(?P<u{at}>{pattern})" for at, (pattern, _, _) in enumerate(rows))
    found = {f"u{at}": (currency, scale) for at, (_, currency, scale) in enumerate(rows)}
    signed = rf"{_SIGNS}\s?(?P<value>{digits}[百千万]?)(?:\s?(?:{units}))?"
    spelled = rf"(?P<value>{number})[ -]?(?:{units})"
    needs = frozenset(map(str, said["needs"]))
    return (
        Rule(re.compile(signed), _SIGN_TOKENS, found),
        Rule(re.compile(spelled), needs, found),
    )


def _months(said: Mapping[str, Any], babel: Locale) -> Mapping[str, int]:
    if "months" in said:
        return {str(name): at for at, name in enumerate(said["months"], 1)}
    names: dict[str, int] = {}
    for width in ("abbreviated", "wide"):
        for at, name in babel.months["format"][width].items():
            names[name.lower().rstrip(".")] = at
    return names


def _weekdays(said: Mapping[str, Any]) -> Mapping[str, int]:
    return {str(name): at for at, name in enumerate(said.get("weekdays", ()))}


_ISO = r"(?<!\d)(?P<year>\d{4})(?P<s>[-/.])(?P<month>\d{1,2})(?P=s)(?P<day>\d{1,2})(?!\d)"
_CJK_DATE = (
    rf"(?<![\d.])(?:(?P<year>\d{{4}}|[{CHINESE}]{{4}})\s*年)?\s*(?P<month>\d{{1,2}}|[{CHINESE}]{{1,2}})"
    rf"\s*月\s*(?P<day>\d{{1,2}}|[{CHINESE}]{{1,3}})\s*[日号]"
)
_END = r"(?![\d.,]*\d|\s*%)"
_SLASHED = r"(?<![\d/.])(?P<month>\d{1,2})/(?P<day>\d{1,2})(?:/(?P<year>\d{4}))?(?![\d/]|\.\d)"
_POINTED = (
    r"(?<![\d/.])(?P<month>1[0-2]|0?[1-9])\.(?P<day>3[01]|[12]\d|0?[1-9])"
    r"(?=\s*(?:截止|前|结束|止|起|至|到|-|~|日|まで|から))"
)
_DOTTED = (
    r"(?<![\d/.])(?P<day>3[01]|[12]\d|0?[1-9])\.(?P<month>1[0-2]|0?[1-9])(?:\.(?P<year>\d{4})?)?"
    r"(?![\d/]|\s*(?:[€$£%]|eur))"  # 24,10 € has become 24.10 by now
)


def _dates(said: Mapping[str, Any], months: Mapping[str, int], day_first: bool) -> tuple[Rule, ...]:
    iso = rule(_ISO, tuple(DIGIT_TOKENS))
    if said.get("cjk"):
        return iso, rule(_CJK_DATE, ("月",)), rule(_SLASHED, ("/",)), rule(_POINTED, (".",))
    names = str(said.get("month") or "|".join(map(re.escape, sorted(months, key=len)[::-1])))
    month, suffix = rf"(?P<name>{names})(?![a-zà-ÿ])", str(said.get("suffix", ""))
    day = rf"(?P<day>\d{{1,2}}){suffix}"
    year = r"(?:,?\s*(?:de |del )?(?P<year>\d{4}))?" + _END
    link, digits = str(said["link"]), tuple(DIGIT_TOKENS)
    worded = [rf"(?<![\d.,]){day}{link}{month}\.?{year}"]
    if said.get("order"):
        worded.insert(0, rf"(?<![a-z]){month}\.?\s+(?:the )?{day}{year}")
    slashed = _SLASHED
    if day_first:
        slashed = slashed.replace("month", "x").replace("day", "month").replace("<x>", "<day>")
    dotted = [rule(_DOTTED, (".",))] if said.get("dotted") else []
    return (iso, *(rule(one, digits) for one in worded), *dotted, rule(slashed, ("/",)))


def _cues(said: Mapping[str, Any]) -> Mapping[str, re.Pattern[str]]:
    found = {}
    for group in ("percent_cues", "money_cues"):
        for name, pattern in said[group].items():
            found[f"{group.split('_')[0]}_{name}"] = _cue(pattern)
    for name, pattern in said["date"].items():
        if name.endswith(("_before", "_after", "_only")):
            found[f"date_{name}"] = _cue(pattern)
    return found


def _cue(pattern: object) -> re.Pattern[str]:
    """A cue reaches over spaces and signs to its amount, but over no clause or other find."""
    return re.compile(str(pattern).replace(r"\W", r"[^\w\x00;]"))
