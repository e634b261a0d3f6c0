"""Percentages, bundles and counts in a text, proven against the sheet; numbers left over."""

from __future__ import annotations

import re
from decimal import Decimal

from promoloop.compose.proof.grammar import DIGIT_TOKENS, Rule
from promoloop.compose.proof.numerals import NO_NUMBER, number_value
from promoloop.compose.proof.scan import HARMLESS, Scan

__all__ = ["scan_amounts", "scan_counts", "scan_leftovers", "value_of"]

_DIGITS_LEFT = Rule(re.compile(r"[\d.,]*\d+[\d.,]*|%"), DIGIT_TOKENS | {"%"})


def scan_amounts(scan: Scan) -> None:
    """Take bundles, percentages and counts out of the text."""
    scan.take_all("bundle", "count", _bundle)
    scan.take_all("percent", "percent", _percent)


def scan_counts(scan: Scan) -> None:
    """Take counted things out of the text."""
    scan.take_all("count", "count", _count)


def scan_leftovers(scan: Scan) -> None:
    """Refuse every number that no earlier pattern could prove."""
    if scan.may(_DIGITS_LEFT):
        scan.take(_DIGITS_LEFT, "number", _number)
    for left in scan.rules("left"):
        for match in list(left.pattern.finditer(scan.text)):
            if match.groupdict().get("idiom") is None:
                proof = _number(match, scan, left)
                if proof:
                    scan.accept(match.start(), match.end(), "number", proof)
                else:
                    scan.refuse("number", match[0])


def value_of(written: str, scan: Scan) -> Decimal:
    """The value of a number as it is written in the language of the text."""
    if "点" in written:
        whole, _, tenths = written.partition("点")
        one, other = (number_value(part, {}) for part in (whole, tenths))
        return one + other / 10 if min(one, other) >= 0 and len(tenths) == 1 else NO_NUMBER
    return number_value(written, scan.grammar.words)


def _bundle(match: re.Match[str], scan: Scan, _rule: Rule) -> str:
    pair, free = _pair(match, scan), _free(match)
    percents = scan.known.percents.get("saving", {})
    if free and any(percent != 100 for percent in percents):
        return ""
    said = match.groupdict().get("percent")
    if said and Decimal(said) not in percents:
        return ""
    return scan.known.bundles.get(pair, "")


def _free(match: re.Match[str]) -> bool:
    parts = match.groupdict()
    return any(parts.get(name) for name in ("bogo", "all", "free", "total"))


def _pair(match: re.Match[str], scan: Scan) -> tuple[int, int]:
    parts = match.groupdict()
    if parts.get("bogo"):
        return 1, 1
    if parts.get("nth"):
        return (2, 1) if parts["nth"] in {"third", "3rd", "三", "3"} else (1, 1)
    if parts.get("all"):
        paid = int(value_of(str(parts["paid"]), scan))
        return paid, int(value_of(str(parts["all"]), scan)) - paid
    got = int(value_of(str(parts["get"]), scan))
    buy = int(value_of(parts["buy"], scan)) if parts["buy"] else 1
    return (buy, got - buy) if parts.get("total") else (buy, got)


def _percent(match: re.Match[str], scan: Scan, rule: Rule) -> str:
    said = _said_percent(match, scan, rule)
    if said is None:
        return ""
    grammar, before, after = scan.grammar, scan.before(match, 18), scan.after(match, 20)
    vague = grammar.cue("percent_vague", before) or grammar.follows("percent_vague_after", after)
    if vague:
        return ""
    savings, known = scan.known.percents.get("saving", {}), scan.known
    told = "is" in rule.data or "fold" in rule.data or "tenths" in rule.data or _share(match)
    if told or _saves(scan, before, after):
        bundled = known.bundles and not any(claim.kind == "count" for claim in scan.claims)
        return "" if bundled else savings.get(said, "")
    return _changed(match, scan, said) or known.percents.get("", {}).get(said, "")


def _said_percent(match: re.Match[str], scan: Scan, rule: Rule) -> Decimal | None:
    """The discount in per cent that a match speaks of; None when it is no number."""
    if "is" in rule.data:
        return Decimal(int(rule.data["is"]))
    share = _share(match)
    if share:
        return Decimal(int(rule.data["shares"].get(re.sub(r"[ -]+", "-", share), -1)))
    value = value_of(match["value"], scan)
    if value < 0:
        return None
    if "tenths" in rule.data:
        return value * 10
    return 100 - _remains(match["value"], value) if "fold" in rule.data else value


def _share(match: re.Match[str]) -> str:
    parts = match.groupdict()
    return next((parts[name] for name in ("share", "two", "saved", "less") if parts.get(name)), "")


def _remains(written: str, value: Decimal) -> Decimal:
    """折: what is left to pay, in tenths (8折, 8.5折) or hundredths (85折, 八五折)."""
    in_hundredths = len(written) == 2 and "十" not in written and "点" not in written
    return value if in_hundredths else value * 10


def _saves(scan: Scan, before: str, after: str) -> bool:
    grammar = scan.grammar
    return grammar.cue("percent_before", before) or grammar.follows("percent_after", after)


def _changed(match: re.Match[str], scan: Scan, said: Decimal) -> str:
    """A change is proven only with words of its own direction in the sentence."""
    changes = scan.known.percents.get("change")
    if not changes:
        return ""
    sentence = scan.sentence(match)
    rises, falls = (scan.grammar.cue(f"percent_{way}", sentence) for way in ("rise", "fall"))
    near = scan.after(match, 20) if rises and falls else ""
    if near:
        nearest = _nearest(match, scan)
        rises, falls = nearest > 0, nearest < 0
    if rises:
        return changes.get(said, "")
    return changes.get(-said, "") if falls else ""


def _nearest(match: re.Match[str], scan: Scan) -> int:
    """1 when the word of rise or fall that stands nearest to a match says rise, -1 when fall."""
    best, way = 10**6, 0
    for sign, name in ((1, "rise"), (-1, "fall")):
        pattern = scan.grammar.cues.get(f"percent_{name}")
        for found in pattern.finditer(scan.text) if pattern else ():
            gap = max(match.start() - found.end(), found.start() - match.end())
            if gap < best:
                best, way = gap, sign
    return way


def _count(match: re.Match[str], scan: Scan, _rule: Rule) -> str:
    value = value_of(match["value"], scan)
    if value == 1:
        return HARMLESS
    proof = scan.known.counts.get("items", {}).get(value, "")
    return proof or _unit_proof(value, match, scan)


def _number(match: re.Match[str], scan: Scan, _rule: Rule) -> str:
    return _unit_proof(value_of(match[0].rstrip(".,"), scan), match, scan)


def _unit_proof(value: Decimal, match: re.Match[str], scan: Scan) -> str:
    """The count that a bare number states: any unit, or the unit that follows it."""
    for unit, counts in scan.known.counts.items():
        if unit == "items" or value not in counts:
            continue
        said = match[0] + scan.after(match, 24)
        if not unit or unit.lower() in said[: len(match[0]) + len(unit) + 12]:
            return counts[value]
    return ""
