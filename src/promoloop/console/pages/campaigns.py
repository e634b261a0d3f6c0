"""Campaigns: the list."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from promoloop.console.rendering import show
from promoloop.console.visit import Viewer

__all__ = ["router"]

router = APIRouter()


@router.get("/campaigns")
def campaigns(visit: Viewer) -> Response:
    """All campaigns."""
    return show(visit, "campaigns/list.html.j2", campaigns=visit.house.campaigns.all())
