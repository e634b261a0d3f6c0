"""Proven headline and call for a picture, from the reviewed templates."""

from __future__ import annotations

from collections.abc import Iterator

from promoloop.compose.proof import verify
from promoloop.compose.records import Brief
from promoloop.compose.slots import fill
from promoloop.compose.templates import assemble, template_hooks
from promoloop.core import RefusedError, stable_hash
from promoloop.offers import OfferFacts

__all__ = ["picture_copy"]

_TURNS = 8


def picture_copy(brief: Brief, facts: OfferFacts) -> dict[str, str]:
    """The filled parts of the first reviewed message for ``brief`` that is proven whole.

    Which one comes first depends on the brief's id. Raises ``RefusedError`` when none is proven.
    """
    reasons: list[str] = []
    for parts in _messages(brief, facts):
        verdict = verify(parts, facts, brief.channel, brief.moment)
        if verdict.passed:
            return parts
        reasons += verdict.reasons
    raise RefusedError(
        f"a text for the picture {brief.brief_id}",
        f"no reviewed message is proven ({reasons[0]})",
        "Mend the offer's names.",
    )


def _messages(brief: Brief, facts: OfferFacts) -> Iterator[dict[str, str]]:
    hooks, shift = template_hooks(brief), stable_hash(brief.brief_id)
    for turn in range(max(_TURNS, len(hooks))):
        hook = hooks[(shift + turn) % len(hooks)]
        yield fill(assemble(brief, hook, shift % 7 + turn), facts.clauses)
