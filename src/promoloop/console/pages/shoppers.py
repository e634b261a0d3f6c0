"""Shoppers: one looked up, what is known of them, why this offer, export and erasure."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from promoloop.console.pages.results.figures import views_of
from promoloop.console.rendering import back_to, show
from promoloop.console.visit import Admin, Marketer, Visit
from promoloop.core import InvalidError, PromoloopError
from promoloop.decide import Decision, reason_text
from promoloop.flows.deliver.stops import stop_said
from promoloop.flows.privacy.erasing import receipt_json
from promoloop.flows.viewing.person import find_shopper, seen_of

__all__ = ["router"]

router = APIRouter()

#: Further options in the table of those that were weighed.
_OPTIONS = 8


@router.get("/shoppers")
def shoppers(visit: Marketer) -> Response:
    """The search."""
    return show(visit, "shoppers/search.html.j2", asked="", nobody=False)


@router.post("/shoppers")
def find(visit: Marketer) -> Response:
    """Look somebody up; addresses are never part of an address of ours."""
    asked = visit.text("find")[:320]
    found = find_shopper(visit.house, asked)
    if found and seen_of(visit.house, views_of(visit.house), found, visit.now).known:
        return back_to(visit, f"/shoppers/{_quoted(found)}")
    return show(visit, "shoppers/search.html.j2", status=404, asked=asked, nobody=True)


@router.get("/shoppers/{shopper_id}")
def shopper(visit: Marketer, shopper_id: str) -> Response:
    """Profile, consent and timeline."""
    seen = seen_of(visit.house, views_of(visit.house), shopper_id, visit.now)
    if not seen.known:
        return show(visit, "shoppers/search.html.j2", status=404, asked=shopper_id, nobody=True)
    return show(
        visit,
        "shoppers/detail.html.j2",
        seen=seen,
        address=_covered(seen.contact.get("email", "")),
        double=visit.house.double_opt_in,
        held_out=any(
            step.kind == "decision" and step.said["decision"].arm == "holdout"
            for step in seen.steps
        ),
        stop_said=stop_said,
        simulated=any(
            step.kind == "outcome" and step.said["outcome"].source == "simulated"
            for step in seen.steps
        ),
    )


@router.get("/shoppers/{shopper_id}/why/{decision_id}")
def why(visit: Marketer, shopper_id: str, decision_id: str) -> Response:
    """Why this, and why not the others."""
    decision = visit.house.decisions.get(decision_id)
    if decision.shopper_id != shopper_id:
        raise InvalidError(
            f"the decision {decision_id}", "it is not about this shopper", "Go back and choose one."
        )
    told, error = None, None
    try:
        told = visit.shop.explain(decision_id, visit.words.locale)
    except PromoloopError as refusal:
        error = refusal
    template = "shoppers/why_part.html.j2" if visit.by_htmx else "shoppers/why.html.j2"
    return show(
        visit,
        template,
        decision=decision,
        told=told,
        error=error,
        options=sorted(decision.weighed, key=lambda one: -one.propensity)[:_OPTIONS],
        cut=_cut(visit, decision),
    )


@router.post("/shoppers/{shopper_id}/export")
def export(visit: Admin, shopper_id: str) -> Response:
    """Everything held on the person, as a file."""
    held = visit.shop.export_person(shopper_id, visit.now)
    visit.note("person.export", _subject(shopper_id))
    name = re.sub(r"[^A-Za-z0-9_-]", "_", shopper_id)[:60]
    return Response(
        json.dumps(held, ensure_ascii=False, indent=1, default=str),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="shopper-{name}.json"'},
    )


@router.post("/shoppers/{shopper_id}/erase")
def erase(visit: Admin, shopper_id: str) -> Response:
    """Erase the person once the id has been typed; show the signed receipt."""
    if visit.text("typed") != shopper_id:
        raise InvalidError(
            visit.words.say("shoppers.erasing"),
            visit.words.say("shoppers.typed_otherwise"),
            visit.words.say("shoppers.type_it"),
        )
    receipt = visit.shop.erase_person(shopper_id, visit.now)
    # the log keeps the receipt's number, not the name
    visit.note("person.erase", receipt.erasure_id)
    said = json.dumps(receipt_json(receipt), ensure_ascii=False, indent=1, default=str)
    return show(visit, "shoppers/erased.html.j2", receipt=receipt, said=said)


def _cut(visit: Visit, decision: Decision) -> list[tuple[str, list[str]]]:
    """What was not possible, by the reason in words."""
    reasons: dict[str, list[str]] = {}
    for action, code in decision.rejected.items():
        reasons.setdefault(reason_text(code, visit.words.locale), []).append(action)
    return sorted(reasons.items(), key=lambda pair: -len(pair[1]))


def _covered(address: str) -> str:
    """Enough of an address to know it again.

    >>> _covered("ann.lee@shop.example")
    'an…@shop.example'
    """
    name, at, domain = address.partition("@")
    return f"{name[:2]}…{at}{domain}" if at else ""


def _subject(shopper_id: str) -> str:
    return f"shopper:{shopper_id}"


def _quoted(shopper_id: str) -> str:
    return quote(shopper_id, safe="")
