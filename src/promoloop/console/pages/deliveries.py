"""Deliveries: where messages stand and why, and what became of those in doubt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from promoloop.console.pages.results.figures import views_of
from promoloop.console.rendering import back_to, show
from promoloop.console.visit import Approver, Viewer, Visit, required
from promoloop.core import InvalidError
from promoloop.deliver import STATES
from promoloop.flows.deliver.stops import stop_said
from promoloop.flows.reads.records import MessageCount, MessageQuery

__all__ = ["router"]

router = APIRouter()

_PER_PAGE = 50
_PATIENCE = 8.0
#: What somebody can say became of a message in doubt.
_ENDS = ("sent", "failed", "resend")


@router.get("/deliveries")
def deliveries(
    visit: Viewer, state: str = "", campaign: str = "", channel: str = "", skip: int = 0
) -> Response:
    """Counts per campaign and channel, reasons in words, and the newest messages that fit."""
    views, skip = views_of(visit.house), max(0, skip)
    counts = visit.console.kept.get(("messages",), views.messages, _PATIENCE) or ()
    query = MessageQuery((state,) if state in STATES else (), campaign, channel)
    found = views.listed(query, _PER_PAGE + 1, skip) if state or campaign or channel else ()
    chosen = {"state": state, "campaign": campaign, "channel": channel}
    return show(
        visit,
        "deliveries/index.html.j2",
        states=[name for name in STATES if any(one.state == name for one in counts)],
        table=_table(counts),
        reasons=_reasons(visit, counts),
        totals=_totals(counts),
        messages=found[:_PER_PAGE],
        chosen=chosen,
        skip=skip,
        older=_link(chosen, skip + _PER_PAGE) if len(found) > _PER_PAGE else "",
        newer=_link(chosen, max(0, skip - _PER_PAGE)) if skip else "",
        stop_said=lambda reason, _locale: _stop(visit, reason),
        providers=visit.shop.providers(visit.now),
        campaigns=sorted({one.campaign_id for one in counts}),
        channels=sorted({one.channel for one in counts}),
    )


@router.post("/deliveries/resolve")
def resolve(visit: Approver) -> Response:
    """Say what became of messages that nobody knows whether they left."""
    keys, end = visit.texts("key"), visit.text("end")
    (reason,) = required(visit, ["reason"])
    if end not in _ENDS or not keys:
        raise InvalidError(
            visit.words.say("deliveries.resolving"),
            visit.words.say("deliveries.nothing_chosen"),
            visit.words.say("deliveries.choose_some"),
        )
    found = visit.shop.resolve_doubts(keys, end, visit.who, visit.now)
    done = found.sent + found.failed + found.queued
    details = {"end": end, "messages": str(done), "reason": reason[:500]}
    visit.note("delivery.resolve", "", details)
    return back_to(visit, "/deliveries?state=unknown")


def _table(counts: Sequence[MessageCount]) -> Sequence[tuple[str, str, Mapping[str, int]]]:
    """(campaign, channel, messages by state), in order."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for one in counts:
        found.setdefault((one.campaign_id, one.channel), Counter())[one.state] += one.messages
    return [(*key, found[key]) for key in sorted(found)]


def _totals(counts: Sequence[MessageCount]) -> Mapping[str, int]:
    totals = Counter[str]()
    for one in counts:
        totals[one.state] += one.messages
    return totals


def _reasons(
    visit: Visit, counts: Sequence[MessageCount]
) -> Sequence[tuple[str, str, Mapping[str, int]]]:
    """(reason in words, state, messages by channel), the most frequent first."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for one in counts:
        if one.reason:
            said = _stop(visit, one.reason)
            found.setdefault((said, one.state), Counter())[one.channel] += one.messages
    ranked = sorted(found.items(), key=lambda pair: -pair[1].total())
    return [(*key, channels) for key, channels in ranked[:40]]


def _stop(visit: Visit, reason: str) -> str:
    """Why a message waits or failed: by our code, or in the words of its channel."""
    said = stop_said(reason, visit.words.locale)
    return visit.words.outside(said) if said == reason else said


def _link(chosen: Mapping[str, str], skip: int) -> str:
    return urlencode({**{name: one for name, one in chosen.items() if one}, "skip": skip})
