"""Amounts of money in a text: each is proven in the part it plays, never in another's.

A threshold is never sold as a saving, and a saving that stands with a threshold must be the one
that belongs to it.
"""

from __future__ import annotations

import re
from decimal import Decimal

from promoloop.compose.proof.amounts import value_of
from promoloop.compose.proof.claims import former_prices
from promoloop.compose.proof.grammar import Rule
from promoloop.compose.proof.scan import Scan
from promoloop.core import InvalidError, minor_from_decimal

__all__ = ["scan_money", "scan_tiers"]

_NAMED = {
    "us$": "USD", "usd": "USD", "rmb": "CNY", "cny": "CNY", "jpy": "JPY", "eur": "EUR",
    "gbp": "GBP", "twd": "TWD", "€": "EUR", "£": "GBP", "hk$": "HKD", "nt$": "TWD", "a$": "AUD",
    "c$": "CAD", "美元": "USD", "美金": "USD", "刀": "USD", "港币": "HKD", "欧元": "EUR",
    "英镑": "GBP", "日元": "JPY", "台币": "TWD",
    "新台币": "TWD", "人民币": "CNY",
}  # fmt: skip
_SHARED = {
    "$": frozenset({"USD", "CAD", "AUD", "HKD", "SGD", "NZD", "TWD", "MXN"}),
    "¥": frozenset({"CNY", "JPY"}),
    "元": frozenset({"CNY", "TWD", "HKD"}),
}
_YUAN = frozenset("元块圆")
_MARKS = re.compile(r"us\$|nt\$|hk\$|人民币|新?台币|美元|美金|港币|欧元|英镑|日元|[$¥€£元块]")
_TIERS = ".tiers"
_PLAIN_ROLES = ("price", "", "refund")
# Cues in the order in which they count, each with the side on which it is looked for.
_BY_CUE = (
    ("ceiling_around", ("ceiling",)),
    ("saving_after", ("saving", "")),
    ("refund_around", ("refund",)),
    ("saving_before", ("saving", "")),
    ("value_around", ("value",)),
    ("threshold_around", ("threshold",)),
)


def scan_money(scan: Scan) -> None:
    """Take amounts out of the text, then see that savings fit their thresholds."""
    scan.take_all("money", "money", _money)
    scan.take_all("bare", "money", _threshold)
    _check_pairs(scan)


def scan_tiers(scan: Scan) -> None:
    """Take pairs of threshold and saving (满300减50) out, before 折 is read as a percentage."""
    scan.take_all("tier", "money", _tier)


def _tier(match: re.Match[str], scan: Scan, _rule: Rule) -> str:
    marks = [*_MARKS.findall(match[0]), *filter(None, [match["unit"]])]
    if not all(_is_currency(mark, scan) for mark in marks):
        return ""
    pair = tuple(_minor(value_of(match[name], scan), scan) for name in ("over", "off"))
    tiers = scan.known.each_tiers if match["each"] else scan.known.tiers
    proof = tiers.get((pair[0], pair[1]), "")
    if proof:
        scan.told |= {("threshold", pair[0]), ("saving", pair[1])}
    return proof


def _threshold(match: re.Match[str], scan: Scan, _rule: Rule) -> str:
    """满99可享: a threshold without a sign."""
    minor = _minor(value_of(match["value"], scan), scan)
    proof = scan.known.money.get("threshold", {}).get(minor, "")
    if proof:
        scan.told.add(("threshold", minor))
    return proof


def _money(match: re.Match[str], scan: Scan, rule: Rule) -> str:
    value, parts = value_of(match["value"], scan), match.groupdict()
    if parts.get("sign") and not _is_currency(parts["sign"], scan):
        return ""
    for unit, (currency, scale) in rule.data.items():
        if parts.get(unit):
            value /= scale
            if not _fits(parts[unit], currency, scan):
                return ""
    minor = _minor(value, scan)
    role, proof = _role_and_proof(match, scan, minor)
    if proof:
        scan.amounts.append((match.start(), role, minor))
        scan.told.add((role, minor))
    return proof


def _fits(written: str, currency: str, scan: Scan) -> bool:
    if written[0] in _YUAN and len(written) <= 2:
        return scan.known.sheet.currency in _SHARED["元"]
    if written == "¥":
        return scan.known.sheet.currency in _SHARED["¥"]
    if written.startswith(("dollar", "buck", "cent", "¢")):
        return scan.known.sheet.currency in _SHARED["$"]
    return scan.known.sheet.currency == currency


def _is_currency(mark: str, scan: Scan) -> bool:
    currency = scan.known.sheet.currency
    if mark in {"元", "块", "块钱"}:
        return currency in _SHARED["元"]
    return currency in _SHARED.get(mark, {_NAMED.get(mark, mark.upper())})


def _minor(value: Decimal, scan: Scan) -> int:
    try:
        return minor_from_decimal(value, scan.known.sheet.currency) if value > 0 else -1
    except InvalidError:
        return -1


def _role_and_proof(match: re.Match[str], scan: Scan, minor: int) -> tuple[str, str]:
    """The part an amount plays by the words around it, and the field that proves it so."""
    money = scan.known.money
    for role in _roles_said(match, scan):
        proof = money.get(role, {}).get(minor, "")
        if proof:
            return role, proof
    return "", ""


def _roles_said(match: re.Match[str], scan: Scan) -> tuple[str, ...]:
    """The roles an amount may have by the words around it; the first cue found decides."""
    grammar, before, after = scan.grammar, scan.before(match, 26), scan.after(match, 26)
    if grammar.cue("money_former_before", before):
        return former_prices(scan.known.sheet)
    wrong = grammar.cue("money_saving_wrong", before)
    for cue, roles in _BY_CUE:
        name, _, side = cue.rpartition("_")
        if side != "after" and grammar.cue(f"money_{name}_before", before):
            return () if name == "saving" and wrong else roles
        if side != "before" and grammar.follows(f"money_{name}_after", after):
            return () if name == "saving" and wrong else roles
    return _PLAIN_ROLES


def _check_pairs(scan: Scan) -> None:
    """A saving beside a threshold must be of one tier; a threshold alone must be the condition."""
    if not scan.known.tiers:
        return
    told = sorted(amount for amount in scan.amounts if amount[1] in {"saving", "threshold"})
    at = 0
    while at < len(told):
        _, role, minor = told[at]
        beside = told[at + 1] if at + 1 < len(told) else (0, role, 0)
        if beside[1] == role:
            _check_alone(role, minor, scan)
            at += 1
            continue
        pair = (minor, beside[2]) if role == "threshold" else (beside[2], minor)
        if pair not in scan.known.tiers:
            scan.reasons.append("money: a saving stands with a threshold that is not its own")
        at += 2


def _check_alone(role: str, minor: int, scan: Scan) -> None:
    thresholds = scan.known.money.get("threshold", {})
    conditions = [one for one in thresholds.values() if not one.endswith(_TIERS)]
    if role == "threshold" and conditions and thresholds[minor].endswith(_TIERS):
        scan.reasons.append("money: the threshold of a tier stands for the offer's condition")
