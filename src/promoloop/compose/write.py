"""Write: proposals → verify → gate → one redraft → else the reviewed template.

The model is asked once per product group and locale (``propose_hooks``), so its calls grow with
groups × locales, never with shoppers, channels or moments. ``write_variants`` then puts each
hook into the message of a brief and proves the whole rendered message.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from promoloop.compose.ports import LanguageModel
from promoloop.compose.prompts import HookPrompt, hook_prompt
from promoloop.compose.proof import verify
from promoloop.compose.records import Brief, Copy, Verdict
from promoloop.compose.slots import fill
from promoloop.compose.templates import assemble, template_hooks
from promoloop.core import UnavailableError, stable_hash
from promoloop.offers import OfferFacts

__all__ = ["Hooks", "WriteResult", "propose_hooks", "write_variants"]

_VARIANTS = "abcdefgh"
_ALIKE = 0.86
_WANTED = 2


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the model proposed for one product group and locale, and what became of it.

    ``failed`` says why the model gave nothing at all, "" when it did.
    """

    model: str = ""
    prompt_hash: str = ""
    kept: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    calls: int = 0
    failed: str = ""


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The variants of one brief, and why anything was refused on the way."""

    copies: tuple[Copy, ...]
    refused: tuple[str, ...]


def propose_hooks(facts: OfferFacts, model: LanguageModel, seed: int, k: int = 8) -> Hooks:
    """Slot-free hooks for the group of ``facts``: up to two rounds of ``k`` proposals.

    A model that is away gives no hooks and says so in ``failed``; it raises nothing.
    """
    prompt = hook_prompt(facts.name, facts.locale)
    kept: list[str] = []
    refused: list[str] = []
    calls, failed = 0, ""
    for turn in range(2):
        if len(kept) >= _WANTED:
            break
        calls += 1
        at = stable_hash(str(seed), facts.name, facts.locale, str(turn)) % (1 << 31)
        try:
            found = model.complete(
                prompt.prompt, n=k, max_tokens=40, seed=at, grammar=prompt.grammar
            )
        except UnavailableError as error:
            failed = str(error)
            break
        for text in (one.text.strip() for one in found):
            reason = _against(text, prompt, facts, kept)
            refused += [reason] if reason else []
            kept += [] if reason else [text]
    hashed = hashlib.sha256((prompt.prompt + prompt.grammar).encode()).hexdigest()[:16]
    return Hooks(model.name, hashed, tuple(kept), tuple(refused), calls, failed)


def _against(text: str, prompt: HookPrompt, facts: OfferFacts, kept: Sequence[str]) -> str:
    """Why a proposal is not kept, "" when it is."""
    verdict = verify(text, facts, "hook", "active")
    if not verdict.passed:
        return verdict.reasons[0]
    if not prompt.shape.fullmatch(text):
        return f"vocabulary: {text!r} has words that were not reviewed for this product"
    clash = next((pair for pair in prompt.clashes if all(word in text for word in pair)), None)
    if clash:
        return f"sense: {clash[0]!r} does not go with {clash[1]!r}"
    if any(SequenceMatcher(None, text, other).ratio() > _ALIKE for other in kept):
        return f"duplicate: {text!r} is like another proposal"
    return ""


def write_variants(
    brief: Brief, facts: OfferFacts, hooks: Hooks, now: datetime, per_brief: int = 2
) -> WriteResult:
    """``per_brief`` proven variants: from the model's hooks first, then from the templates.

    Which hooks a brief takes depends on its id, so the cells of one offer do not all read alike.
    Every rendered message is verified whole before it is kept, templates included.
    """
    found: list[Copy] = []
    refused = list(hooks.refused)
    shift = stable_hash(brief.brief_id)
    own = template_hooks(brief)
    drafts = [(_turned(hooks.kept, shift, at), "model") for at in range(len(hooks.kept))]
    drafts += [(_turned(own, shift, at), "template") for at in range(len(own))]
    seen: set[tuple[str, ...]] = set()
    for at, (hook, source) in enumerate(drafts):
        if len(found) == per_brief:
            break
        parts = assemble(brief, hook, shift % 7 + at)
        verdict = verify(fill(parts, facts.clauses), facts, brief.channel, brief.moment)
        if not verdict.passed:
            refused += verdict.reasons
        elif tuple(parts.values()) not in seen:
            seen.add(tuple(parts.values()))
            letter = _VARIANTS[len(found)]
            found.append(_copy(brief, letter, parts, source, hooks, verdict, now))
    return WriteResult(tuple(found), tuple(refused))


def _turned(texts: Sequence[str], shift: int, at: int) -> str:
    return texts[(shift + at) % len(texts)]


def _copy(
    brief: Brief,
    variant: str,
    parts: Mapping[str, str],
    source: str,
    hooks: Hooks,
    verdict: Verdict,
    now: datetime,
) -> Copy:
    content = (brief.brief_id, variant, source, *(f"{key}={text}" for key, text in parts.items()))
    return Copy(
        copy_id=f"copy-{stable_hash(*content):016x}",
        brief_id=brief.brief_id,
        offer_id=brief.offer_id,
        offer_revision=brief.offer_revision,
        locale=brief.locale,
        channel=brief.channel,
        moment=brief.moment,
        variant=variant,
        parts=parts,
        source=source,
        model=hooks.model if source == "model" else "",
        prompt_hash=hooks.prompt_hash if source == "model" else "",
        verdict=verdict,
        refused=hooks.refused,
        created_at=now,
    )
