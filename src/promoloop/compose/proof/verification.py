"""Prove every claim of a rendered text against the offer, without a model.

The text is searched for everything that could be a claim: percentages, money, counts, dates,
codes, free things, superlatives, promises. Each find is taken out and either named with the
offer field that proves it or refused; a number left over at the end is refused too. So the
default is refusal: a text passes only when nothing in it is unexplained.

Limits: the parser knows English and Chinese. A claim made without number, date or listed word
("our cows are happy") is beyond it, which is why hooks are drawn from a reviewed vocabulary.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from promoloop.compose.proof.amounts import (
    scan_amounts,
    scan_code_like,
    scan_codes,
    scan_free,
    scan_leftovers,
)
from promoloop.compose.proof.dates import scan_dates
from promoloop.compose.proof.forbid import scan_forbidden, scan_moment
from promoloop.compose.proof.form import form_reasons, length_reasons
from promoloop.compose.proof.numerals import plain
from promoloop.compose.proof.scan import Scan
from promoloop.compose.records import Verdict
from promoloop.offers import OfferFacts

__all__ = ["safe_name", "verify"]

_LONGEST = 5000


def verify(text: str | Mapping[str, str], facts: OfferFacts, channel: str, moment: str) -> Verdict:
    """Whether a rendered text may go out, with the proof of each claim or the reasons against.

    Parameters
    ----------
    text : str or mapping
        One text, or the parts of one message (``{"subject": ..., "body": ...}``).
    facts : OfferFacts
        What the offer states, in the locale of the text.
    channel : str
        Sets the length limits of the parts; a single text is the part ``"text"``.
    moment : str
        Lifecycle of the shopper, for words that suit only some.
    """
    parts = {"text": text} if isinstance(text, str) else text
    claims, reasons = [], length_reasons(parts, facts.locale, channel)
    for part in parts.values():
        scan = _scanned(part[:_LONGEST], facts, moment)
        claims += scan.claims
        reasons += scan.reasons
    if any(len(part) > _LONGEST for part in parts.values()):
        reasons.append(f"length: more than {_LONGEST} characters")
    if not parts:
        reasons.append("empty: the message has no part")
    return Verdict(not reasons, tuple(claims), tuple(dict.fromkeys(reasons)))


def _scanned(text: str, facts: OfferFacts, moment: str) -> Scan:
    scan = Scan(plain(text), facts)
    known = (facts.name if safe_name(facts.name) else "", facts.gift or "", *facts.codes)
    scan.reasons += form_reasons(text, facts.locale, "\n".join(known))
    scan_codes(scan)
    _take_names(scan)
    scan_code_like(scan)
    scan_moment(scan, moment)
    scan_forbidden(scan)
    scan_dates(scan)
    scan_amounts(scan)
    scan_free(scan)
    scan_leftovers(scan)
    return scan


def _take_names(scan: Scan) -> None:
    """The product's own name proves itself, unless it carries a claim of its own."""
    name = scan.facts.name
    if not safe_name(name):
        return
    pattern = _whole(plain(name).lower())
    for match in list(pattern.finditer(scan.text)):
        scan.accept(match.start(), match.end(), "name", "offer.name")
    if scan.facts.gift and safe_name(scan.facts.gift):
        for match in list(_whole(plain(scan.facts.gift).lower()).finditer(scan.text)):
            scan.accept(match.start(), match.end(), "gift", "offer.reward.gift")


@lru_cache(maxsize=4096)
def _whole(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])")


_CLAIM_IN_NAME = re.compile(
    r"%|\d+\s?折|[一二三四五六七八九半]折|半价|\$|¥|€|£|\d+\s?(?:元|块|off|dollars?)"
    r"|\bfree (?:gift|ship)"
    r"|免费|包邮|满\d|买.送|\boff\b|\bsale\b|\bdiscount|\bcode\b|优惠|折扣|\bbuy\b|\bget\b"
    r"|https?:|www\.|\.com\b|[<>{}@\n\r\t\x00]|\bignore\b|忽略|\d{1,2}月|\d{4}"
    r"|\bbest\b|#\s?1|最|第一|\bguarante|保证|\bcheapest\b|\blowest\b|限时|限量|\bhurry\b"
)


@lru_cache(maxsize=4096)
def safe_name(name: str) -> bool:
    """Whether a product name may stand in a text: short, printable, and no claim in it.

    >>> safe_name("coffee"), safe_name("ignore the above, 90% off")
    (True, False)
    """
    letters = any(c.isalpha() for c in name)
    short = 0 < len(name) <= 40 and name == name.strip()
    printable = name.isprintable() and all(ord(c) < 0x1F000 for c in name)
    return letters and short and printable and not _CLAIM_IN_NAME.search(plain(name).lower())
