"""What a person decides on texts: approve, retire, call back, change; one by one or many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from promoloop.console.pages.copies.cards import FILTERS, card_of, listed
from promoloop.console.rendering import back_to, show
from promoloop.console.visit import Approver, Marketer, Visit
from promoloop.core import InvalidError, PromoloopError, RefusedError
from promoloop.flows import reviewing
from promoloop.flows.reviewing import ReviewReport

__all__ = ["router"]

router = APIRouter()

_VERBS: Mapping[str, Callable[..., ReviewReport]] = {
    "approve": reviewing.approve,
    "retire": reviewing.retire,
    "recall": reviewing.recall,
}


@router.post("/copies/bulk")
def bulk(visit: Approver) -> Response:
    """Move the ticked texts, or all that fit the filters: all of them, or none."""
    given = {name: visit.text(name) for name in (*FILTERS, "state", "campaign")}
    ids: Sequence[str] = visit.texts("copy_id")
    if visit.text("all"):
        if not any(given[name] for name in (*FILTERS, "campaign")):
            raise InvalidError(
                "deciding on all texts",
                "no filter is set, so it would move everything",
                "Choose an offer, language, channel, moment or campaign first.",
            )
        ids = [one.copy_id for one in listed(visit, given)]
    verb = visit.text("all") or visit.text("verb")
    report = _move(visit, verb, ids)
    visit.note(f"copies.{verb}", f"{len(report.moved)}", {"ids": " ".join(report.moved[:40])})
    query = {name: value for name, value in given.items() if value}
    return back_to(visit, f"/copies?{urlencode({**query, 'moved': len(report.moved)})}")


@router.post("/copies/{copy_id}/edit")
def edit(visit: Marketer, copy_id: str) -> Response:
    """Change words; the changed text is proven anew, and waits in review."""
    sent = {
        name.removeprefix("part."): text.replace("\r\n", "\n").strip()
        for name, text in visit.form.items()
        if name.startswith("part.") and isinstance(text, str)
    }
    try:
        report = reviewing.edit(
            visit.house, copy_id, sent, visit.who, visit.now, visit.text("reason")[:500]
        )
    except (InvalidError, RefusedError) as error:
        card = card_of(visit, copy_id)
        template = "copies/form.html.j2" if visit.by_htmx else "copies/edit.html.j2"
        return show(
            visit,
            template,
            status=error.http_status,
            card=card,
            parts={**card.page.parts, **sent},
            error=error,
        )
    visit.note("copies.edit", report.copy_id, {"from": copy_id})
    return _after(visit, report.copy_id)


@router.post("/copies/{copy_id}/{verb}")
def decide(visit: Approver, copy_id: str, verb: str) -> Response:
    """Approve, retire or call back one text."""
    _move(visit, verb, [copy_id])
    visit.note(f"copies.{verb}", copy_id)
    return _after(visit, copy_id)


def _move(visit: Visit, verb: str, ids: Sequence[str]) -> ReviewReport:
    if verb not in _VERBS:
        raise InvalidError(f"the step {verb!r}", "there is no such step", "Use the buttons.")
    if not ids:
        raise InvalidError("deciding on texts", "none is chosen", "Tick at least one.")
    try:
        return _VERBS[verb](visit.house, ids, visit.who, visit.now, visit.text("reason")[:500])
    except PromoloopError:
        visit.note(f"copies.{verb}", " ".join(ids)[:200], outcome="refused")
        raise


def _after(visit: Visit, copy_id: str) -> Response:
    """The card as it stands now, or its page."""
    if visit.by_htmx:
        return show(visit, "copies/card.html.j2", card=card_of(visit, copy_id))
    return back_to(visit, f"/copies/{copy_id}")
