"""Write the variants of one brief: hooks and reviewed texts put together, each message proven."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from promoloop.compose.drafts import Drafts
from promoloop.compose.hooks import Hooks
from promoloop.compose.proof import verify
from promoloop.compose.records import Brief, Copy, Verdict
from promoloop.compose.slots import fill
from promoloop.compose.templates import assemble, template_hooks
from promoloop.core import stable_hash
from promoloop.offers import OfferFacts

__all__ = ["WriteResult", "write_variants"]

_VARIANTS = "abcdefgh"
_NO_DRAFTS = Drafts()


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The variants of one brief, and why any draft of it was refused.

    ``scores`` holds the gate's, by copy id; 1 for lines of the bank, which people have read.
    """

    copies: tuple[Copy, ...]
    refused: tuple[str, ...]
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Slotted parts and who wrote them: ``model`` and ``prompt_hash`` are "" for reviewed texts."""

    parts: Mapping[str, str]
    model: str = ""
    prompt_hash: str = ""
    hook: str = ""
    score: float = math.nan


def write_variants(
    brief: Brief,
    facts: OfferFacts,
    hooks: Hooks,
    now: datetime,
    per_brief: int = 2,
    drafts: Drafts = _NO_DRAFTS,
) -> WriteResult:
    """``per_brief`` proven variants: whole ``drafts``, then ``hooks``, then the reviewed texts.


    Which hooks a brief takes depends on its id, so the cells of one offer do not all read alike.
    Every rendered message is verified whole before it is kept, reviewed texts included.
    """
    found: list[Copy] = []
    refused = list(drafts.refused)
    scores: dict[str, float] = {}
    seen: set[tuple[str, ...]] = set()
    for one in _candidates(brief, hooks, drafts):
        if len(found) == per_brief:
            break
        verdict = verify(fill(one.parts, facts.clauses), facts, brief.channel, brief.moment)
        texts = tuple(one.parts.values())
        if not verdict.passed:
            refused += verdict.reasons
        elif texts not in seen:
            seen.add(texts)
            found.append(_copy(brief, _VARIANTS[len(found)], one, verdict, hooks.refused, now))
            if not math.isnan(one.score):
                scores[found[-1].copy_id] = one.score
    return WriteResult(tuple(found), tuple(refused), scores)


def _candidates(brief: Brief, hooks: Hooks, drafts: Drafts) -> Iterator[_Candidate]:
    for parts in drafts.kept:
        yield _Candidate(parts, drafts.model, drafts.prompt_hash)
    shift = stable_hash(brief.brief_id)
    kept, own = hooks.kept, template_hooks(brief)
    for at in range(len(kept)):
        hook = kept[(shift + at) % len(kept)]
        parts = assemble(brief, hook.text, shift % 7 + at)
        yield _Candidate(parts, hook.model, hook.prompt_hash, hook.text, hook.score)
    for at in range(len(own)):
        turn = shift % 7 + len(kept) + at
        line = own[(shift + at) % len(own)]
        yield _Candidate(assemble(brief, line, turn), hook=line)


def _copy(
    brief: Brief,
    variant: str,
    one: _Candidate,
    verdict: Verdict,
    refused: tuple[str, ...],
    now: datetime,
) -> Copy:
    source = "model" if one.model else "template"
    content = (
        brief.brief_id,
        variant,
        source,
        *(f"{key}={text}" for key, text in one.parts.items()),
    )
    hook = one.hook if any(one.hook in text for text in one.parts.values()) else ""
    return Copy(
        copy_id=f"copy-{stable_hash(*content):016x}",
        brief_id=brief.brief_id,
        offer_id=brief.offer_id,
        offer_revision=brief.offer_revision,
        locale=brief.locale,
        channel=brief.channel,
        moment=brief.moment,
        variant=variant,
        parts=one.parts,
        source=source,
        model=one.model,
        prompt_hash=one.prompt_hash,
        verdict=verdict,
        refused=refused,
        created_at=now,
        hook=hook,
        score=None if math.isnan(one.score) or not hook else one.score,
    )
