"""One text under examination: what was found in it is taken out, what is left is unproven."""

from __future__ import annotations

import re
from collections.abc import Callable

from promoloop.compose.proof.grammar import Rule
from promoloop.compose.proof.known import Known
from promoloop.compose.proof.numerals import plain
from promoloop.compose.proof.script import reader
from promoloop.compose.records import Claim

__all__ = ["GAP", "HARMLESS", "START", "Judge", "Scan"]

GAP = "\x00"
HARMLESS = "harmless"
START = 3
"""By how many first letters of a word phrases are looked up."""
Judge = Callable[["re.Match[str]", "Scan", Rule], str]
"""Gives the name of the field that proves a match, "" when none does, or ``HARMLESS``."""

_TOKEN = re.compile(r"[a-zà-ÿœß]+|[^\sa-zà-ÿœß]")


class Scan:
    """A text, the facts it may state, and the claims and reasons collected so far.

    Each ``take`` replaces what it judged by gaps of the same length, so a later pattern can
    neither read it twice nor join its two sides. ``tokens`` are the words and signs of the text
    as it came: a rule that needs none of them is not tried.
    """

    def __init__(self, text: str, known: Known) -> None:
        self.known = known
        self.grammar = known.grammar
        self.cased = plain(text, self.grammar.decimal)
        self.text = reader(known.sheet.locale)(_lower(self.cased))
        self.tokens = frozenset(_TOKEN.findall(self.text))
        self.starts = frozenset([token[:START] for token in self.tokens])
        self.claims: list[Claim] = []
        self.reasons: list[str] = []
        self.amounts: list[tuple[int, str, int]] = []  # where, role, minor units
        self.told: set[tuple[str, int]] = set()  # every proven amount: role, minor units
        self.days: list[int] = []  # where a date ended that was proven

    def rules(self, kind: str) -> tuple[Rule, ...]:
        """The rules of ``kind`` in the language of the text that could match."""
        rules, tokens = self.grammar.rules.get(kind, ()), self.tokens
        return tuple(
            [rule for rule in rules if not rule.needs or not rule.needs.isdisjoint(tokens)]
        )

    def may(self, rule: Rule) -> bool:
        """Whether ``rule`` could match at all, by the tokens it needs."""
        return not rule.needs or not rule.needs.isdisjoint(self.tokens)

    def take(self, rule: Rule, kind: str, judge: Judge) -> None:
        """Judge every match of ``rule`` and take it out of the text."""
        for match in list(rule.pattern.finditer(self.text)):
            proof = judge(match, self, rule)
            if proof == HARMLESS:
                self.blank(match.start(), match.end())
            elif proof:
                self.accept(match.start(), match.end(), kind, proof)
            else:
                self.refuse(kind, self.cased[match.start() : match.end()].strip())
                self.blank(match.start(), match.end())

    def take_all(self, name: str, kind: str, judge: Judge) -> None:
        """``take`` for every rule called ``name`` in the language of the text."""
        for rule in self.rules(name):
            self.take(rule, kind, judge)

    def accept(self, start: int, end: int, kind: str, proof: str) -> None:
        """Record a proven claim at ``[start, end)`` and take it out."""
        self.claims.append(Claim(self.cased[start:end].strip(), kind, proof))
        self.blank(start, end)

    def refuse(self, kind: str, written: str) -> None:
        """Note why the text cannot go out."""
        self.reasons.append(f"{kind}: {written!r} is not in the offer")

    def blank(self, start: int, end: int) -> None:
        """Take ``[start, end)`` out."""
        self.text = self.text[:start] + GAP * (end - start) + self.text[end:]

    def before(self, match: re.Match[str], width: int) -> str:
        """Up to ``width`` characters in front of a match, as they still stand."""
        return self.text[max(0, match.start() - width) : match.start()]

    def after(self, match: re.Match[str], width: int) -> str:
        """Up to ``width`` characters behind a match, as they still stand."""
        return self.text[match.end() : match.end() + width]

    def sentence(self, match: re.Match[str]) -> str:
        """The sentence a match stands in, as it still stands."""
        start = max(self.text.rfind(stop, 0, match.start()) for stop in ".!?。！？\n") + 1
        ends = [self.text.find(stop, match.end()) for stop in ".!?。！？\n"]
        return self.text[start : min([end for end in ends if end >= 0], default=len(self.text))]


def _lower(text: str) -> str:
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
