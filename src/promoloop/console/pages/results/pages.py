"""The routes of the results: a list, and one campaign's figures that refresh themselves."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from promoloop.console.pages.results.drawn import (
    funnel_chart,
    gain,
    guardrail_rows,
    lift_chart,
    path_chart,
    price_rows,
    spending_chart,
)
from promoloop.console.pages.results.figures import (
    STEPS,
    Live,
    live_of,
    measured_of,
    views_of,
)
from promoloop.console.rendering import show
from promoloop.console.visit import Viewer, Visit
from promoloop.flows.campaigns.life import known, standing
from promoloop.flows.schedule import WEEK
from promoloop.flows.viewing.lifts import AGAINST, closed_weeks
from promoloop.offers import Campaign

__all__ = ["router"]

router = APIRouter()

#: Seconds that a part of the page waits for its figures before it asks the reader to.
_PATIENCE = 8.0


@router.get("/results")
def results(visit: Viewer) -> Response:
    """Campaigns that have begun, the newest first."""
    begun = [one for one in visit.house.campaigns.all() if one.starts_at <= visit.now]
    begun.sort(key=lambda one: one.starts_at, reverse=True)
    counts = visit.console.kept.get(("messages",), views_of(visit.house).messages, _PATIENCE)
    sent: dict[str, int] = {}
    for one in counts or ():
        if one.state == "sent":
            sent[one.campaign_id] = sent.get(one.campaign_id, 0) + one.messages
    return show(
        visit,
        "results/list.html.j2",
        rows=[(one, standing(visit.house, one)) for one in begun],
        ends={one.campaign_id: one.starts_at + one.weeks * WEEK for one in begun},
        sent=sent,
    )


@router.get("/results/{campaign_id}")
def result(visit: Viewer, campaign_id: str) -> Response:
    """The frame around one campaign's figures, and those that are there at once."""
    found = known(visit.house, campaign_id)
    return show(
        visit,
        "results/detail.html.j2",
        standing=standing(visit.house, found),
        mark="",
        **_live(visit, found),
    )


@router.get("/results/{campaign_id}/live")
def live(visit: Viewer, campaign_id: str, seen: str = "") -> Response:
    """Counts as they stand; nothing where they stand as the page has them."""
    return _news(visit, "results/live.html.j2", seen, _live(visit, known(visit.house, campaign_id)))


@router.get("/results/{campaign_id}/measured")
def measured(visit: Viewer, campaign_id: str, seen: str = "") -> Response:
    """Lifts and guardrails; nothing where they stand as the page has them."""
    found = known(visit.house, campaign_id)
    weeks = closed_weeks(visit.house, found, visit.now)
    figures = visit.console.kept.get(
        ("measured", campaign_id, weeks),
        partial(measured_of, visit.house, found, visit.now),
        _PATIENCE,
    )
    if figures is None:
        return show(visit, "results/counting.html.j2", campaign=found)
    said: dict[str, Any] = {
        "campaign": found,
        "figures": figures,
        "against": AGAINST,
        "gain": partial(gain, visit.words),
        "lift": lift_chart(visit.words, figures.lifts) if figures.lifts else None,
        "path": path_chart(visit.words, figures.lifts, found) if figures.lifts else None,
        "rails": guardrail_rows(visit.words, figures.guardrails),
        "simulated": _simulated(visit, found),
    }
    return _news(visit, "results/measured.html.j2", seen, said)


def _live(visit: Visit, campaign: Campaign) -> dict[str, Any]:
    """What the counted part shows."""
    figures = _counts(visit, campaign)
    if figures is None:
        return {"campaign": campaign, "figures": None}
    return {
        "campaign": campaign,
        "figures": figures,
        "step_names": STEPS,
        "funnel": funnel_chart(visit.words, figures),
        "spending": spending_chart(visit.words, figures, campaign),
        "prices": price_rows(visit, figures, campaign),
        "simulated": figures.simulated,
    }


def _counts(visit: Visit, campaign: Campaign) -> Live | None:
    return visit.console.kept.get(
        ("live", campaign.campaign_id),
        partial(live_of, visit.house, campaign, visit.now),
        _PATIENCE,
    )


def _simulated(visit: Visit, campaign: Campaign) -> bool:
    figures = _counts(visit, campaign)
    return figures is not None and figures.simulated


def _news(visit: Visit, template: str, seen: str, values: dict[str, Any]) -> Response:
    """The part, or 204 where it says what the page says already: open tables stay open."""
    body = visit.console.templates.render(visit, template, {**values, "mark": "0"})
    mark = hashlib.sha256(body.encode()).hexdigest()[:16]
    if seen == mark:
        return Response(status_code=204)
    return show(visit, template, **values, mark=mark)
