"""All campaigns, and where each stands."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from promoloop.console.rendering import show
from promoloop.console.visit import Viewer
from promoloop.flows.campaigns.life import STATES, standing
from promoloop.flows.schedule import WEEK

__all__ = ["router"]

router = APIRouter()


@router.get("/campaigns")
def campaigns(visit: Viewer, state: str = "") -> Response:
    """Those in ``state``, or all; what runs comes first."""
    rows = [(one, standing(visit.house, one)) for one in visit.house.campaigns.all()]
    order = {"active": 0, "in_review": 1, "approved": 2, "paused": 3, "draft": 4, "ended": 5}
    rows.sort(key=lambda row: (order[row[1].state], -row[0].starts_at.timestamp()))
    counts = {name: sum(row[1].state == name for row in rows) for name in STATES}
    return show(
        visit,
        "campaigns/list.html.j2",
        rows=[row for row in rows if state in ("", row[1].state)],
        counts=counts,
        total=len(rows),
        state=state if state in STATES else "",
        ends={one.campaign_id: one.starts_at + one.weeks * WEEK for one, _ in rows},
    )
