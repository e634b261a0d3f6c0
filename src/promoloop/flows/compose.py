"""Write the variants of every offer, locale, channel and moment that is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from promoloop.compose import (
    DRAFTS_PER_BRIEF,
    Brief,
    CallCost,
    Copy,
    CopyBank,
    CopyRequest,
    Drafts,
    HookWriter,
    ReviewCounts,
    ReviewLog,
    ReviewPolicy,
    Writers,
    briefs_for,
    facts_for_copy,
    fill,
    open_reviews,
    plan_writing,
    propose_drafts,
    sent_text,
    write_variants,
)
from promoloop.flows.ports import Progress, silent
from promoloop.offers import OfferFacts, unspoken

__all__ = [
    "ComposePlan",
    "ComposeReport",
    "Written",
    "compose",
    "plan_compose",
    "report_of",
    "write_requests",
]

_PER_BRIEF = 2


@dataclass(frozen=True, slots=True)
class ComposeReport:
    """How many variants there are for these offers, who wrote them, and what was refused.

    ``model`` names who wrote, "" without a model; ``by_model`` counts the approved bank too.
    ``rejected`` counts proposals and drafts; ``reasons`` counts them by kind. ``unavailable``
    says why a model that was given wrote nothing. ``empty`` briefs have no text: none could be
    proven. ``reviews`` is what became of the texts that
    were new to the review.
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
    empty: int = 0
    reviews: ReviewCounts = field(default_factory=ReviewCounts)


@dataclass(frozen=True, slots=True)
class ComposePlan:
    """What composing would take, before any model is asked.

    ``from_bank`` cells have approved hooks already, ``asked`` ones are left to the model (whole
    briefs, for a model that drafts). ``seconds`` and ``cost`` are upper bounds, the cost in the
    currency of the prices. None of it depends on how many shoppers there are.
    """

    briefs: int
    from_bank: int
    asked: int
    calls: int
    seconds: float
    tokens: int
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Written:
    """Proven variants with the facts that fill their slots, and what became of the rest.

    ``scores`` holds the gate's, by copy id; 1 for lines of the bank, which people have read;
    ``empty`` counts briefs for which no text could be proven.
    """

    copies: tuple[Copy, ...]
    facts: Mapping[tuple[str, str], OfferFacts]
    refused: tuple[str, ...]
    calls: int
    failed: str
    scores: Mapping[str, float]
    empty: int

    def rendered(self, copy: Copy) -> dict[str, str]:
        """The parts of ``copy`` as a shopper reads them; an SMS in the signs that it carries."""
        told = fill(copy.parts, self.facts[copy.offer_id, copy.locale].clauses)
        return sent_text(told, copy.channel)


def compose(
    requests: Sequence[CopyRequest],
    time_zone: str,
    writers: Writers,
    bank: CopyBank,
    seed: int,
    now: datetime,
    progress: Progress = silent,
    reviews: ReviewLog | None = None,
    policy: ReviewPolicy | None = None,
) -> ComposeReport:
    """Write what the bank lacks; running again writes nothing and asks no model.

    Without a model, or with one that is away, the approved hooks and the reviewed texts are left:
    every cell gets its message.
    """
    wanted = {brief.brief_id for brief in _briefs(requests, time_zone, now)}
    there = [copy for copy in bank.all() if copy.brief_id in wanted]
    counted = Counter(copy.brief_id for copy in there)
    full = {brief_id for brief_id, count in counted.items() if count >= _PER_BRIEF}
    written = write_requests(requests, time_zone, writers, seed, now, full, progress)
    bank.put([copy for copy in written.copies if copy not in there])
    copies = {copy.copy_id: copy for copy in (*there, *written.copies)}
    report = report_of(tuple(copies.values()), written, writers)
    if reviews is None:
        return report
    facts = _facts(requests, time_zone, now)
    opened = open_reviews(
        tuple(copies.values()), facts, policy or ReviewPolicy(), reviews, now, written.scores
    )
    return replace(report, reviews=opened)


def plan_compose(
    requests: Sequence[CopyRequest],
    time_zone: str,
    writers: Writers | None,
    call: CallCost,
    *,
    drafts: bool = False,
) -> ComposePlan:
    """How much there is to write: hooks for cells, or with ``drafts`` whole briefs.

    Without ``writers`` no model will be asked.
    """
    briefs = _briefs(requests, time_zone)
    asked = HookWriter(writers or Writers())
    left = len(asked.cells_to_ask(briefs))
    units, texts = (len(briefs), DRAFTS_PER_BRIEF) if drafts else (left, asked.writers.most)
    units = units if writers else 0
    plan = plan_writing(units, texts, call)
    return ComposePlan(
        briefs=len(briefs),
        from_bank=len(asked.cells_in(briefs)) - left,
        asked=units,
        calls=plan.calls,
        seconds=plan.seconds,
        tokens=plan.tokens,
        cost=plan.cost,
    )


def write_requests(
    requests: Sequence[CopyRequest],
    time_zone: str,
    writers: Writers,
    seed: int,
    now: datetime,
    done: Collection[str] = frozenset(),
    progress: Progress = silent,
    per_brief: int = _PER_BRIEF,
) -> Written:
    """Write about ``requests``, leaving out briefs whose ids are ``done``; stores nothing.

    An offer that is over is not written about: its deadline would read as one to come.
    """
    over = [one.offer for one in requests if one.offer.valid_until <= now]
    requests = [one for one in requests if one.offer not in over]
    briefs = [one for one in _briefs(requests, time_zone, now) if one.brief_id not in done]
    facts = _facts(requests, time_zone, now)
    asked = HookWriter(writers, seed)
    copies: list[Copy] = []
    refused = [f"over: offer {one.offer_id!r} ended {one.valid_until}" for one in over]
    refused += _left_out(requests)
    scores: dict[str, float] = {}
    failed, calls = "", 0
    for at, brief in enumerate(briefs, start=1):
        about = facts[brief.offer_id, brief.locale]
        drafts = _drafts(brief, about, writers, seed, failed)
        failed = failed or drafts.failed
        calls += bool(drafts.model)
        hooks = asked.hooks_for(brief, about)
        result = write_variants(brief, about, hooks, now, per_brief, drafts)
        copies += result.copies
        scores |= result.scores
        refused += result.refused
        progress("compose", at, len(briefs))
    refused += [reason for one in asked.asked for reason in one.refused]
    calls += sum(one.calls for one in asked.asked)
    failed = failed or next((one.failed for one in asked.asked if one.failed), "")
    empty = {brief.brief_id for brief in briefs} - {copy.brief_id for copy in copies}
    return Written(tuple(copies), facts, tuple(refused), calls, failed, scores, len(empty))


def _facts(
    requests: Sequence[CopyRequest], time_zone: str, now: datetime
) -> dict[tuple[str, str], OfferFacts]:
    return {
        (request.offer.offer_id, locale): facts_for_copy(request.offer, locale, time_zone, now=now)
        for request in requests
        for locale in _spoken(request)
    }


def _drafts(brief: Brief, facts: OfferFacts, writers: Writers, seed: int, failed: str) -> Drafts:
    """Whole drafts, unless there is nobody to write them, or that model has failed before."""
    if writers.drafting is None or failed:
        return Drafts()
    return propose_drafts(brief, facts, writers.drafting, seed)


def report_of(copies: Sequence[Copy], written: Written, writers: Writers) -> ComposeReport:
    """``copies`` counted, with what became of the proposals behind ``written``."""
    sources = Counter(copy.source for copy in copies)
    configured = next((one.name for one in (writers.drafting, writers.model) if one), "")
    return ComposeReport(
        model=next((copy.model for copy in copies if copy.model), configured),
        variants=len(copies),
        by_model=sources["model"],
        by_template=sources["template"],
        rejected=len(written.refused),
        reasons=dict(Counter(reason.split(":", 1)[0] for reason in written.refused)),
        locales=tuple(dict.fromkeys(copy.locale for copy in copies)),
        model_calls=written.calls,
        unavailable=written.failed,
        empty=written.empty,
    )


def _briefs(
    requests: Sequence[CopyRequest], time_zone: str, now: datetime | None = None
) -> tuple[Brief, ...]:
    """The briefs of all requests, each once; locales in which an offer has no name are left out."""
    found = {
        brief.brief_id: brief
        for one in requests
        for brief in briefs_for(
            [one.offer], _spoken(one), one.channels, one.moments, time_zone, now
        )
    }
    return tuple(found.values())


def _spoken(request: CopyRequest) -> tuple[str, ...]:
    silent_in = unspoken(request.offer, request.locales)
    return tuple(locale for locale in request.locales if locale not in silent_in)


def _left_out(requests: Sequence[CopyRequest]) -> list[str]:
    """Why some offers are not written about in some locales."""
    return [
        f"unspoken: {locale}, {error}"
        for one in requests
        for locale, error in unspoken(one.offer, one.locales).items()
    ]
