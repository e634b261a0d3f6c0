"""Drafts of a model in place of template sentences: taken only when they are proven."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from promoloop.compose.kinds.wording import Drawn, sourced
from promoloop.compose.kinds.written import Known, Written, proven
from promoloop.compose.ports import DraftingModel
from promoloop.compose.proof import FactSheet
from promoloop.core import UnavailableError

__all__ = ["Drafting", "better"]

_SLOT = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True, slots=True)
class Drafting:
    """Who drafts, and how hard to try.

    A draft must use every slot of the template it would replace, hold no digit of its own, and
    be proven like any text. ``backed`` asks for a slot in every sentence; ``forbidden`` matches
    what must not be said.
    """

    model: DraftingModel
    seed: int = 0
    n: int = 4
    max_tokens: int = 400
    backed: bool = False
    forbidden: re.Pattern[str] = field(default_factory=lambda: re.compile(r"(?!)"))


def better(
    written: Written,
    known: Mapping[str, Known],
    needed: Collection[str],
    sheet: FactSheet,
    limits: Mapping[str, int],
    drafting: Drafting | None,
) -> Written:
    """``written``, or the first draft of the model that is proven; refusals are kept.

    A model that is away, or whose drafts all fail, changes nothing but ``refused``.
    """
    if drafting is None or written.hand_over:
        return written
    fixed = {part: text for part, text in written.parts.items() if part == "link"}
    wanted = [part for part in written.parts if part != "link"]
    try:
        drafts = drafting.model.draft(
            _instruction(written, known, needed),
            _schema(wanted),
            n=drafting.n,
            max_tokens=drafting.max_tokens,
            seed=drafting.seed,
        )
    except UnavailableError as error:
        return replace(written, refused=(*written.refused, f"model: {error}"))
    refused = list(written.refused)
    for draft in drafts:
        parts = {part: str(draft.get(part, "")).strip() for part in wanted}
        reason = _against(parts, known, needed, drafting)
        if reason:
            refused.append(reason)
            continue
        drawn = sourced(parts, known, written.locale)
        reason = _unbacked(drawn, drafting)
        verdict = proven(drawn.parts, sheet, limits)
        if verdict.passed and not reason:
            return replace(
                written,
                parts={**drawn.parts, **fixed},
                verdict=verdict,
                sources=drawn.sources,
                written_by=drafting.model.name,
                refused=tuple(refused),
            )
        refused += [reason] if reason else list(verdict.reasons)
    return replace(written, refused=tuple(refused))


def _against(
    parts: Mapping[str, str],
    known: Mapping[str, Known],
    needed: Collection[str],
    drafting: Drafting,
) -> str:
    """Why a draft is not even filled, "" when it is."""
    empty = next((part for part, text in parts.items() if not text), "")
    text = "\n".join(parts.values())
    used = set(_SLOT.findall(text))
    if empty:
        return f"empty: the draft has no {empty}"
    if used - set(known):
        return f"slot: {sorted(used - set(known))[0]!r} is no fact"
    if set(needed) - used:
        return f"slot: {sorted(set(needed) - used)[0]!r} is missing"
    if re.search(r"\d", _SLOT.sub("", text)):
        return "number: the draft has digits of its own"
    found = drafting.forbidden.search(text)
    return f"forbidden: {found[0]!r}" if found else ""


def _unbacked(drawn: Drawn, drafting: Drafting) -> str:
    bare = next((one for one in drawn.sources if not one.fields), None)
    return f"source: {bare.sentence!r} rests on no field" if drafting.backed and bare else ""


def _schema(parts: list[str]) -> dict[str, object]:
    return {
        "type": "object",
        "properties": {part: {"type": "string"} for part in parts},
        "required": parts,
        "additionalProperties": False,
    }


def _instruction(written: Written, known: Mapping[str, Known], needed: Collection[str]) -> str:
    """What is asked; the facts themselves are never shown to the model, only their slots."""
    slots = ", ".join(f"{{{{{slot}}}}}" for slot in known)
    must = ", ".join(f"{{{{{slot}}}}}" for slot in needed)
    parts = ", ".join(part for part in written.parts if part != "link")
    return (
        f"Write a {written.kind} for the channel {written.channel} in the locale {written.locale}, "
        "as a small, honest shop would. Plain words, no exclamation marks, no superlatives, no "
        "claims and no numbers. Facts stand in slots and are put in later: write a slot exactly "
        f"as given. Slots there are: {slots}. Use each of these once: {must}. Answer with a JSON "
        f"object with the texts {parts}."
    )
