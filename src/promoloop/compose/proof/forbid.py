"""Claims no text may make, and words that do not suit the moment. Lists are data with sources."""

from __future__ import annotations

import re
from functools import cache

from promoloop.compose.proof.scan import Scan
from promoloop.compose.tables import table

__all__ = ["scan_forbidden", "scan_moment"]


def scan_forbidden(scan: Scan) -> None:
    """Refuse superlatives, guarantees, health claims and the like (``data/claims.toml``)."""
    for kind, pattern, harmless in _rules():
        for match in pattern.finditer(scan.text):
            if not any(text.match(scan.text, match.start()) for text in harmless):
                scan.refuse(kind, match[0])


def scan_moment(scan: Scan, moment: str) -> None:
    """Refuse words of another moment, such as "we miss you" to a new shopper."""
    for pattern, moments in _moments():
        match = pattern.search(scan.text)
        if match and moment not in moments:
            scan.reasons.append(f"moment: {match[0]!r} does not suit {moment!r}")


@cache
def _rules() -> tuple[tuple[str, re.Pattern[str], tuple[re.Pattern[str], ...]], ...]:
    return tuple(
        (
            str(rule["kind"]),
            re.compile(str(rule["pattern"])),
            tuple(re.compile(re.escape(text)) for text in rule["except"]),
        )
        for rule in table("claims")["rule"]
    )


@cache
def _moments() -> tuple[tuple[re.Pattern[str], frozenset[str]], ...]:
    return tuple(
        (re.compile(str(row["pattern"])), frozenset(row["only"]))
        for row in table("claims")["moment"]
    )
