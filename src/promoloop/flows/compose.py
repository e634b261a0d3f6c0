"""Write the variants of every offer, locale, channel and moment into the copy bank."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from promoloop.compose import (
    Copy,
    CopyBank,
    Hooks,
    LanguageModel,
    ReviewCounts,
    ReviewLog,
    ReviewPolicy,
    briefs_for,
    facts_for_copy,
    open_reviews,
    propose_hooks,
    write_variants,
)
from promoloop.flows.ports import Progress, silent
from promoloop.offers import Offer, OfferFacts

__all__ = ["ComposeReport", "compose"]

_PER_BRIEF = 2
_PROPOSALS = 5


@dataclass(frozen=True, slots=True)
class ComposeReport:
    """How many variants the bank holds for these offers, who wrote them, and what was refused.

    ``model`` is "" without a model. ``rejected`` counts proposals and drafts; ``reasons`` counts
    them by kind. ``unavailable`` says why a model that was given wrote nothing. ``reviews`` is what
    became of the texts that were new to the review.
    """

    model: str
    variants: int
    by_model: int
    by_template: int
    rejected: int
    reasons: Mapping[str, int]
    locales: tuple[str, ...]
    model_calls: int
    unavailable: str = ""
    reviews: ReviewCounts = field(default_factory=ReviewCounts)


def compose(
    offers: Sequence[Offer],
    locales: Sequence[str],
    channels: Sequence[str],
    moments: Sequence[str],
    time_zone: str,
    model: LanguageModel | None,
    bank: CopyBank,
    seed: int,
    now: datetime,
    progress: Progress = silent,
    reviews: ReviewLog | None = None,
    policy: ReviewPolicy | None = None,
) -> ComposeReport:
    """Write what the bank lacks; running again writes nothing and asks no model.

    A model that is ``None`` or away leaves every cell to the reviewed templates. Texts become
    usable through ``reviews``, where the first reader and ``policy`` say who reads them.
    """
    briefs = briefs_for(offers, locales, channels, moments, time_zone)
    wanted = {brief.brief_id for brief in briefs}
    there = [copy for copy in bank.all() if copy.brief_id in wanted]
    held = Counter(copy.brief_id for copy in there)
    missing = [brief for brief in briefs if held[brief.brief_id] < _PER_BRIEF]
    needed = {(brief.offer_id, brief.locale) for brief in missing}
    facts = {
        (offer.offer_id, locale): facts_for_copy(offer, locale, time_zone)
        for offer in offers
        for locale in locales
    }
    hooks = _hooks([facts[key] for key in sorted(needed)], model, seed, progress)
    written: list[Copy] = []
    refused: list[str] = []
    for brief in missing:
        about = facts[brief.offer_id, brief.locale]
        result = write_variants(
            brief, about, hooks.get((about.name, about.locale), Hooks()), now, _PER_BRIEF
        )
        written += [copy for copy in result.copies if copy not in there]
        refused += result.refused[len(hooks.get((about.name, about.locale), Hooks()).refused) :]
    refused += [reason for one in hooks.values() for reason in one.refused]
    bank.put(written)
    report = _report(there + written, refused, hooks, model, tuple(locales))
    if reviews is None:
        return report
    opened = open_reviews(there + written, facts, policy or ReviewPolicy(), reviews, now)
    return replace(report, reviews=opened)


def _hooks(
    facts: Sequence[OfferFacts], model: LanguageModel | None, seed: int, progress: Progress
) -> dict[tuple[str, str], Hooks]:
    """Hooks by (group name, locale); after a failure the model is left alone."""
    groups = {(one.name, one.locale): one for one in facts}
    found: dict[tuple[str, str], Hooks] = {}
    if model is None:
        return found
    for done, (key, one) in enumerate(groups.items(), start=1):
        found[key] = propose_hooks(one, model, seed, _PROPOSALS)
        progress("compose", done, len(groups))
        if found[key].failed:
            break
    return found


def _report(
    copies: Sequence[Copy],
    refused: Sequence[str],
    hooks: Mapping[tuple[str, str], Hooks],
    model: LanguageModel | None,
    locales: tuple[str, ...],
) -> ComposeReport:
    sources = Counter(copy.source for copy in copies)
    return ComposeReport(
        model=model.name if model else "",
        variants=len(copies),
        by_model=sources["model"],
        by_template=sources["template"],
        rejected=len(refused),
        reasons=dict(Counter(reason.split(":", 1)[0] for reason in refused)),
        locales=locales,
        model_calls=sum(one.calls for one in hooks.values()),
        unavailable=next((one.failed for one in hooks.values() if one.failed), ""),
    )
