"""Prove every claim of a rendered text against its facts, without a model.

The text is searched for everything that could be a claim: percentages, money, counts, dates,
codes, free things, superlatives, promises. Each find is taken out and either named with the
field that proves it or refused; a number left over at the end is refused too. So the default is
refusal: a text passes only when nothing in it is unexplained.

Limits: the parser knows the languages that have tables (``data/lang-*.toml``). A claim made
without number, date or listed word ("our cows are happy") is beyond it, which is why hooks are
reviewed or drawn from what was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from promoloop.compose.proof.amounts import scan_amounts, scan_counts, scan_leftovers
from promoloop.compose.proof.claims import scan_claims, scan_moment, scan_promises
from promoloop.compose.proof.dates import scan_dates
from promoloop.compose.proof.form import form_reasons
from promoloop.compose.proof.grammar import Rule
from promoloop.compose.proof.known import Known, known_of
from promoloop.compose.proof.lengths import length_reasons
from promoloop.compose.proof.money import scan_money, scan_tiers
from promoloop.compose.proof.omissions import is_whole, omissions
from promoloop.compose.proof.scan import GAP, Scan
from promoloop.compose.proof.sheet import FactSheet, sheet_of
from promoloop.compose.records import Verdict
from promoloop.offers import OfferFacts

__all__ = ["prove", "verify", "verify_statement"]

_LONGEST = 5000
_CODE_LIKE = re.compile(r"[A-Z]{2,}[A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*|[a-z]+[A-Z]\w*|[A-Z]\d\w*")
_CAPITALS = frozenset(
    {"VIP", "BOGO", "TV", "TVs", "OK", "US", "NT", "DIY", "BBQ", "AM", "PM", "OFF", "DVD", "LP"}
    | {"GB"}  # of £GB, as French writes it
    | {"PJs", "UVP", "RRP", "RMB", "USD", "CNY", "TWD", "EUR", "GBP", "JPY"}
    | {"STOP", "STOPP", "BAJA"}
)


def verify(
    text: str | Mapping[str, str],
    facts: OfferFacts,
    channel: str,
    moment: str,
    today: date | None = None,
) -> Verdict:
    """Whether a rendered text may go out, with the proof of each claim or the reasons against.

    Parameters
    ----------
    text : str or mapping
        One text, or the parts of one message (``{"subject": ..., "body": ...}``).
    facts : OfferFacts
        What the offer states, in the locale of the text.
    channel : str
        Sets the length limits of the parts; a single text is the part ``"text"``.
        All parts of a channel's message together may leave out no condition of a reward they
        state (``omissions``).
    moment : str
        One of ``MOMENTS``, for words that suit only some; "" for none.
    today : date, optional
        The local day the text is read on; without it "today" is proven only for an offer of one
        day.
    """
    sheet = sheet_of(facts, today)
    if isinstance(text, str) or not is_whole(text, channel):
        return verify_statement(text, sheet, channel, moment)
    return _verdict(text, sheet, channel, moment, whole=True)


def verify_statement(
    text: str | Mapping[str, str], sheet: FactSheet, channel: str = "", moment: str = ""
) -> Verdict:
    """Whether a text may go out that states what is on ``sheet`` and nothing else.

    As ``verify``, for whatever else a shop writes: invitations, joint promotions, product
    descriptions, replies, reports. A ``channel`` without limits, such as "", has none.

    Examples
    --------
    >>> from datetime import date
    >>> from promoloop.compose import fact_sheet
    >>> sheet = fact_sheet("en-US", names={"Harbor Books": "event.host"},
    ...                    dates={date(2026, 12, 5): "event.day"})
    >>> verify_statement("Join us at Harbor Books on December 5.", sheet).passed
    True
    >>> verify_statement("Join us at Harbor Books on December 6.", sheet).reasons
    ("date: 'December 6' is not in the offer",)
    """
    parts = {"text": text} if isinstance(text, str) else text
    return _verdict(parts, sheet, channel, moment, whole=False)


def _verdict(
    parts: Mapping[str, str], sheet: FactSheet, channel: str, moment: str, *, whole: bool
) -> Verdict:
    known = known_of(sheet)
    claims, reasons = [], length_reasons(parts, sheet.locale, channel)
    told: set[tuple[str, int]] = set()
    for part in parts.values():
        scan = prove(part[:_LONGEST], known, moment)
        claims += scan.claims
        reasons += scan.reasons
        told |= scan.told
        if len(part) > _LONGEST:
            reasons.append(f"length: more than {_LONGEST} characters")
    if not parts:
        reasons.append("empty: the message has no part")
    if whole:
        reasons += omissions(parts, sheet, claims, told)
    return Verdict(not reasons, tuple(claims), tuple(dict.fromkeys(reasons)))


def prove(text: str, known: Known, moment: str) -> Scan:
    """One text, with every claim of it found and judged."""
    scan = Scan(text, known)
    scan.reasons += form_reasons(text, known)
    _scan_codes(scan)
    _scan_literals(scan)
    _scan_code_like(scan)
    scan_moment(scan, moment)
    scan_claims(scan)
    scan_dates(scan)
    scan_tiers(scan)
    scan_amounts(scan)
    scan_money(scan)
    scan_counts(scan)
    scan_promises(scan, moment)
    scan_leftovers(scan)
    return scan


def _scan_codes(scan: Scan) -> None:
    """Take codes out: the sheet's own are proven, what is called a code and is none is refused."""
    if scan.known.codes is not None:
        for match in list(scan.known.codes.finditer(scan.cased)):
            proof = scan.known.code_proofs[match[0]]
            scan.accept(match.start(), match.end(), "code", proof)
    scan.take_all("code", "code", _no_code)


def _no_code(_match: re.Match[str], _scan: Scan, _rule: Rule) -> str:
    return ""


def _scan_literals(scan: Scan) -> None:
    """Names, phrases and attributes of the sheet prove themselves where they stand whole."""
    if scan.known.literals is None:
        return
    for match in list(scan.known.literals.finditer(scan.text)):
        kind, proof = scan.known.literal_proofs[match[0]]
        scan.accept(match.start(), match.end(), kind, proof)


def _scan_code_like(scan: Scan) -> None:
    """Refuse what still reads as a code once names and the sheet's codes are gone."""
    for match in _CODE_LIKE.finditer(scan.cased):
        stands = scan.text[match.start() : match.end()]
        if GAP not in stands and match[0] not in _CAPITALS:
            scan.refuse("code", match[0])
