"""The list of texts side by side, and one text with its whole way."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from promoloop.compose import REVIEW_STATES
from promoloop.console.headers import PREVIEW_HEADERS
from promoloop.console.pages.copies.cards import FILTERS, card_of, cells_of, for_reading, listed
from promoloop.console.pages.copies.mail import mail_html
from promoloop.console.rendering import show
from promoloop.console.visit import Marketer, Viewer, found_or_404

__all__ = ["router"]

router = APIRouter()

#: Cells on one page: variants of a cell are never torn apart.
_CELLS = 4


@router.get("/copies")
def copies(visit: Viewer, page: int = 1) -> Response:
    """The texts that fit the filters, variants of one place side by side."""
    asked = dict(visit.request.query_params)
    given = {name: asked.get(name, "") for name in (*FILTERS, "state", "campaign")}
    house = for_reading(visit.house)
    found = listed(visit, given, house)
    cells = cells_of(found)
    pages = max(1, -(-len(cells) // _CELLS))
    page = min(max(1, page), pages)
    shown = cells[(page - 1) * _CELLS : page * _CELLS]
    everything = listed(visit, {"state": given["state"]}, house)
    choices = {
        "offer": sorted({one.offer_id for one in everything}),
        "locale": sorted({one.locale for one in everything}),
        "channel": sorted({one.channel for one in everything}),
        "moment": sorted({one.moment for one in everything}),
        "source": sorted({one.source for one in everything}),
    }
    query = {name: value for name, value in given.items() if value}
    return show(
        visit,
        "copies/list.html.j2",
        given=given,
        query=query,
        choices=choices,
        states=REVIEW_STATES,
        count=len(found),
        cells=[
            (cell, [card_of(visit, one.copy_id, house) for one in texts]) for cell, texts in shown
        ],
        page=page,
        pages=pages,
        link=lambda number: f"{visit.url('/copies')}?{urlencode({**query, 'page': number})}",
        narrowed=any(given[name] for name in (*FILTERS, "campaign")),
    )


@router.get("/copies/{copy_id}")
def copy(visit: Viewer, copy_id: str) -> Response:
    """One text on a page of its own; its card alone for htmx."""
    card = found_or_404(lambda: card_of(visit, copy_id))
    if visit.by_htmx:
        return show(visit, "copies/card.html.j2", card=card)
    return show(visit, "copies/detail.html.j2", card=card)


@router.get("/copies/{copy_id}/edit")
def edit(visit: Marketer, copy_id: str) -> Response:
    """The parts of a text as fields."""
    card = found_or_404(lambda: card_of(visit, copy_id))
    template = "copies/form.html.j2" if visit.by_htmx else "copies/edit.html.j2"
    return show(visit, template, card=card, parts=card.page.parts, error=None)


@router.get("/copies/{copy_id}/mail")
def mail(visit: Viewer, copy_id: str) -> Response:
    """The e-mail as it will look, for a frame: under a policy without scripts or requests."""
    found = found_or_404(lambda: visit.house.copies.get(copy_id))
    return HTMLResponse(mail_html(visit, found), headers=dict(PREVIEW_HEADERS))
