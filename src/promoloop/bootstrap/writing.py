"""Who writes copy in this shop, and copy for a file of briefs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from promoloop.backends.files import read_data
from promoloop.backends.llm_embedded import EmbeddedModel
from promoloop.backends.text_encoder import SentenceEncoder
from promoloop.bootstrap.endpoint import endpoint_model
from promoloop.bootstrap.files import write_page
from promoloop.compose import (
    KIND_FIELDS,
    CallCost,
    Completion,
    Copy,
    CopyRequest,
    Drafting,
    LanguageModel,
    QualityGate,
    RequestRows,
    TextEncoder,
    Writers,
    request_rows_from_data,
    rows_from_data,
    sent_text,
    trained_gate,
)
from promoloop.compose import Written as WrittenKind
from promoloop.core import UnavailableError
from promoloop.flows.compose import (
    ComposePlan,
    ComposeReport,
    Written,
    plan_compose,
    report_of,
    write_requests,
)
from promoloop.flows.ports import Progress, silent
from promoloop.settings import Settings

__all__ = ["BriefsReport", "opened_writers", "plan_briefs", "planned", "readers", "write_briefs"]


# Measured (bench/compose.py) for the packaged model on two cores; assumed for a server.
_EMBEDDED_CALL = CallCost(seconds=2.5)
_ENDPOINT_SECONDS = 4.0
_PROMPT_TOKENS = 450
_COMPLETION_TOKENS = 160


@dataclass(frozen=True, slots=True)
class BriefsReport(ComposeReport):
    """``ComposeReport`` of a file of briefs; ``out`` is where the texts were written.

    ``other_kinds`` counts invitations, descriptions, replies and so on; ``bad_rows`` says of each
    brief and row that was wrong where it stands and why. The others are written all the same.
    """

    other_kinds: int = 0
    out: str = ""
    bad_rows: tuple[str, ...] = ()


@contextmanager
def opened_writers(settings: Settings, *, ask: bool) -> Iterator[Writers]:
    """The writers that the settings name; a model is loaded only where it is to be asked.

    Without the extra ``llm`` there is neither model nor encoder: the approved bank and the
    reviewed texts are left.
    """
    writers = readers()
    backend = settings.model.backend
    if backend == "endpoint":
        with endpoint_model(settings) as drafting:
            yield replace(writers, drafting=drafting)
    elif backend == "embedded" and ask and writers.gate is not None:
        with _embedded(settings) as model:
            yield replace(writers, model=model)
    else:
        yield writers


def planned(settings: Settings, requests: Sequence[CopyRequest], *, fresh: bool) -> ComposePlan:
    """What writing about ``requests`` would take with the model that the settings name."""
    chosen = settings.model
    drafts = chosen.backend == "endpoint"
    if not drafts and not (fresh and chosen.backend == "embedded"):
        return plan_compose(requests, settings.shop.time_zone, None, _EMBEDDED_CALL)
    call = _EMBEDDED_CALL
    if drafts:
        call = CallCost(
            _ENDPOINT_SECONDS,
            1,
            chosen.concurrency,
            _PROMPT_TOKENS,
            _COMPLETION_TOKENS,
            Decimal(chosen.prompt_price),
            Decimal(chosen.completion_price),
        )
    return plan_compose(requests, settings.shop.time_zone, readers(), call, drafts=drafts)


def readers() -> Writers:
    """Encoder and gate, as far as they are installed, without a model."""
    encoder = _encoder()
    return Writers(None, encoder, _gate(encoder))


def write_briefs(
    settings: Settings,
    briefs: Path,
    out: Path,
    seed: int,
    now: datetime,
    fresh: bool = False,
    progress: Progress = silent,
) -> BriefsReport:
    """Write about every brief in a YAML file; one JSON object per kept text goes to ``out``.

    The file may also ask for invitations, descriptions, replies and so on; see
    ``compose.rows_from_data``. ``out`` is written whole or not at all.
    """
    shop, data = settings.shop, read_data(briefs)
    asked = _asked(data, briefs, settings)
    requests = asked.requests
    plan = planned(settings, requests, fresh=fresh)
    with opened_writers(settings, ask=plan.asked > 0) as writers:
        drafting = Drafting(writers.drafting, seed) if writers.drafting else None
        others = rows_from_data(data, str(briefs), drafting, shop.time_zone)
        written = write_requests(requests, shop.time_zone, writers, seed, now, progress=progress)
    rows = [_row(copy, written) for copy in written.copies] + [
        _other(one) for one in others.written
    ]
    write_page(out, "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows))
    report = report_of(written.copies, written, writers)
    return BriefsReport(
        **_fields(report),
        other_kinds=len(others.written),
        out=str(out),
        bad_rows=tuple(map(str, (*asked.bad, *others.bad))),
    )


def plan_briefs(settings: Settings, briefs: Path, fresh: bool = False) -> ComposePlan:
    """What writing about a file of briefs would take."""
    asked = _asked(read_data(briefs), briefs, settings)
    return planned(settings, asked.requests, fresh=fresh)


def _asked(data: Any, briefs: Path, settings: Settings) -> RequestRows:
    """The briefs on offers; ``InvalidError`` when none can be meant and nothing else is asked."""
    rows = request_rows_from_data(data, str(briefs), settings.shop.locales)
    if rows.bad and not rows.requests and not any(name in data for name in KIND_FIELDS):
        raise rows.bad[0]
    return rows


def _row(copy: Copy, written: Written) -> Mapping[str, object]:
    """A kept text as outsiders read it: rendered, with its proof."""
    return {
        "copy_id": copy.copy_id,
        "brief_id": copy.brief_id,
        "offer_id": copy.offer_id,
        "offer_revision": copy.offer_revision,
        "locale": copy.locale,
        "channel": copy.channel,
        "moment": copy.moment,
        "variant": copy.variant,
        "source": copy.source,
        "model": copy.model,
        "prompt_hash": copy.prompt_hash,
        "hook": copy.hook,
        "score": copy.score,
        "text": written.rendered(copy),
        "parts": dict(copy.parts),
        "verdict": asdict(copy.verdict),
    }


def _other(written: WrittenKind) -> Mapping[str, object]:
    """A text of another kind; one handed over to a person has no parts and says why."""
    return {
        "kind": written.kind,
        "locale": written.locale,
        "channel": written.channel,
        "source": "template" if written.written_by == "template" else "model",
        "model": "" if written.written_by == "template" else written.written_by,
        "text": sent_text(written.parts, written.channel),
        "verdict": asdict(written.verdict),
        "sources": [asdict(one) for one in written.sources],
        "refused": list(written.refused),
        "hand_over": written.hand_over,
        "completed": dict(written.completed or {}),
    }


def _fields(report: ComposeReport) -> dict[str, Any]:
    return {field.name: getattr(report, field.name) for field in fields(report)}


def _encoder() -> TextEncoder | None:
    try:
        return SentenceEncoder()
    except UnavailableError:
        return None


def _gate(encoder: TextEncoder | None) -> QualityGate | None:
    try:
        return trained_gate(encoder)
    except UnavailableError:
        return None


@contextmanager
def _embedded(settings: Settings) -> Iterator[LanguageModel]:
    """The packaged model; one that only says why where it cannot be loaded."""
    try:
        model = EmbeddedModel(
            settings.model_path,
            threads=settings.model.threads,
            adapter_scale=settings.model.adapter_scale,
        )
    except UnavailableError as error:
        yield _Away(error)
        return
    with model:
        yield model


@dataclass(frozen=True)
class _Away:
    """A model that could not be loaded: texts are written without it, and the report says why."""

    why: UnavailableError

    @property
    def name(self) -> str:
        return ""

    def choose(
        self, prompt: str, forms: Sequence[Sequence[Sequence[str]]], *, n: int, seed: int
    ) -> list[Completion]:
        del prompt, forms, n, seed
        raise self.why
