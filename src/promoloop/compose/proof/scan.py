"""One text under examination: what was found in it is taken out, what is left is unproven."""

from __future__ import annotations

import re
from collections.abc import Callable

from promoloop.compose.records import Claim
from promoloop.offers import OfferFacts

__all__ = ["GAP", "Judge", "Scan"]

GAP = "\x00"
Judge = Callable[["re.Match[str]", "Scan"], str]
"""Gives the name of the offer field that proves a match, or "" when none does."""


class Scan:
    """A text, the facts it may state, and the claims and reasons collected so far.

    Each ``take`` replaces what it judged by gaps of the same length, so a later pattern can
    neither read it twice nor join its two sides.
    """

    def __init__(self, text: str, facts: OfferFacts) -> None:
        self.cased = text
        self.text = text.lower() if len(text.lower()) == len(text) else text
        self.facts = facts
        self.claims: list[Claim] = []
        self.reasons: list[str] = []

    def take(self, pattern: re.Pattern[str], kind: str, judge: Judge) -> None:
        """Judge every match of ``pattern`` and take it out of the text."""
        found = list(pattern.finditer(self.text))
        for match in found:
            proof = judge(match, self)
            written = self.cased[match.start() : match.end()].strip()
            if proof:
                self.claims.append(Claim(written, kind, proof))
            else:
                self.refuse(kind, written)
            self._blank(match.start(), match.end())

    def accept(self, start: int, end: int, kind: str, proof: str) -> None:
        """Record a proven claim at ``[start, end)`` and take it out."""
        self.claims.append(Claim(self.cased[start:end], kind, proof))
        self._blank(start, end)

    def refuse(self, kind: str, written: str) -> None:
        """Note why the text cannot go out."""
        self.reasons.append(f"{kind}: {written!r} is not in the offer")

    def before(self, match: re.Match[str], width: int) -> str:
        """Up to ``width`` characters in front of a match, as they still stand."""
        return self.text[max(0, match.start() - width) : match.start()]

    def after(self, match: re.Match[str], width: int) -> str:
        """Up to ``width`` characters behind a match, as they still stand."""
        return self.text[match.end() : match.end() + width]

    def _blank(self, start: int, end: int) -> None:
        gap = GAP * (end - start)
        self.text = self.text[:start] + gap + self.text[end:]
