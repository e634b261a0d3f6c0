"""Conditions that a whole message leaves out: a reward without them is misleading.

A message may say only that there is an offer. Once it states what the shopper gets, it must also
state what that takes: the minimum spend, the code, the ceiling, and the first day of an offer
that has not begun. A hook or a subject alone need not, since the body says it.

Source: Directive 2005/29/EC, Article 7 (misleading omissions); for China, 规范促销行为暂行规定
(2020), which wants the rules of a promotion made known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from promoloop.compose.proof.grammar import grammar_of
from promoloop.compose.proof.numerals import plain
from promoloop.compose.proof.script import reader
from promoloop.compose.proof.sheet import FactSheet
from promoloop.compose.records import Claim
from promoloop.compose.tables import table

__all__ = ["is_whole", "omissions"]

_REWARDS = frozenset(
    {"percent", "amount", "counts", "gift", "free_shipping", "tiers"}
)  # the last word of the fields that say what the shopper gets
_SPEND = "offer.condition.amount"
_CODE = "offer.condition.code"


def is_whole(parts: Mapping[str, str], channel: str) -> bool:
    """Whether ``parts`` are all the parts that a message of ``channel`` has.

    >>> is_whole({"text": "20% off"}, "sms"), is_whole({"subject": "20% off"}, "email")
    (True, False)
    """
    limits = table("limits").get(channel)
    return limits is not None and set(limits) <= set(parts)


def omissions(
    parts: Mapping[str, str],
    sheet: FactSheet,
    claims: Iterable[Claim],
    amounts: Collection[tuple[str, int]],
) -> list[str]:
    """One reason for each condition that a message with a reward leaves out.

    ``amounts`` are the proven amounts as (role, minor units), over all parts.
    """
    proofs = {claim.proof for claim in claims}
    if not any(proof.startswith("offer.reward.") and _last(proof) in _REWARDS for proof in proofs):
        return []
    missing = []
    for fact in sheet.facts:
        told = (fact.role, fact.value) in amounts
        if fact.kind == "money" and fact.source == _SPEND and not told:
            missing.append("minimum spend")
        if fact.kind == "money" and fact.role == "ceiling" and not told:
            missing.append("ceiling")
    roles = {role for role, _ in amounts}
    if any(fact.kind == "tier" for fact in sheet.facts) and roles == {"saving"}:
        missing.append("minimum spend")
    coded = any(fact.kind == "code" for fact in sheet.facts)
    if coded and _CODE not in proofs and not _mentions_code(parts, sheet.locale):
        missing.append("code")
    if sheet.upcoming and not proofs & _start_proofs(sheet):
        missing.append("first day")
    return [
        f"omitted: the reward is stated without the offer's {one}" for one in dict.fromkeys(missing)
    ]


def _last(proof: str) -> str:
    return proof.rsplit(".", 1)[-1]


def _start_proofs(sheet: FactSheet) -> set[str]:
    """The fields that prove the first day; the last one too, where it is the only one."""
    days = [fact for fact in sheet.facts if fact.kind == "date"]
    first = {fact.value for fact in days if fact.role == "starts"}
    return {fact.source for fact in days if fact.value in first}


def _mentions_code(parts: Mapping[str, str], locale: str) -> bool:
    """Whether a code is asked for, as a personal one is that the text cannot name."""
    grammar, read = grammar_of(locale), reader(locale)
    told = read(plain("\n".join(parts.values()), grammar.decimal).lower())
    return any(rule.pattern.search(told) for rule in grammar.rules.get("mention", ()))
