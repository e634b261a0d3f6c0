"""The report of a campaign: the report room's page, within the console's frame."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from promoloop.console.headers import PREVIEW_HEADERS
from promoloop.console.pages.results.figures import live_of
from promoloop.console.rendering import show
from promoloop.console.visit import Viewer, Visit
from promoloop.flows.campaign_page import campaign_page
from promoloop.flows.campaigns.life import known
from promoloop.offers import Campaign
from promoloop.report import PageData, render_page

__all__ = ["router"]

router = APIRouter()

#: Seconds until the frame is shown without the report, and until the report says it is not ready.
_SOON, _PATIENCE = 0.3, 20.0


@router.get("/report")
def reports(visit: Viewer) -> Response:
    """Campaigns that have begun."""
    begun = [one for one in visit.house.campaigns.all() if one.starts_at <= visit.now]
    begun.sort(key=lambda one: one.starts_at, reverse=True)
    return show(visit, "report/list.html.j2", campaigns=begun)


@router.get("/report/{campaign_id}")
def report(visit: Viewer, campaign_id: str) -> Response:
    """The frame; the report itself is made beside it where it takes long."""
    found = known(visit.house, campaign_id)
    ready = _data(visit, found, _SOON) is not None
    return show(visit, "report/detail.html.j2", campaign=found, ready=ready)


@router.get("/report/{campaign_id}/frame")
def frame(visit: Viewer, campaign_id: str) -> Response:
    """What the frame holds: the report, or that it is being made."""
    found = known(visit.house, campaign_id)
    ready = _data(visit, found, _PATIENCE) is not None
    return show(visit, "report/frame.html.j2", campaign=found, ready=ready)


@router.get("/report/{campaign_id}/page")
def page(visit: Viewer, campaign_id: str, save: bool = False) -> Response:
    """The report's own page, under a policy of its own: no scripts, nothing from outside."""
    found = known(visit.house, campaign_id)
    data = _data(visit, found, _PATIENCE)
    if data is None:
        return show(visit, "report/detail.html.j2", campaign=found, ready=False)
    headers = dict(PREVIEW_HEADERS)
    if save:
        headers["Content-Disposition"] = 'attachment; filename="report.html"'
    return HTMLResponse(render_page(data, visit.words.locale, None), headers=headers)


def _data(visit: Visit, campaign: Campaign, patience: float) -> PageData | None:
    key = ("report", campaign.campaign_id)
    return visit.console.kept.get(key, partial(_made, visit, campaign), patience)


def _made(visit: Visit, campaign: Campaign) -> PageData:
    house, name = visit.house, visit.shop.settings.shop.name
    made = campaign_page(house, campaign.campaign_id, visit.now, name)
    simulated = live_of(house, campaign, visit.now).simulated
    return replace(made, simulated=simulated) if simulated else made
