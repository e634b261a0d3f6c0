"""Campaigns: planned, looked at, forecast, approved, launched, held and ended."""

from fastapi import APIRouter

from promoloop.console.pages.campaigns import detail, listing, new

__all__ = ["router"]

router = APIRouter()
# "new" before "{campaign_id}", or it would be taken for one
router.include_router(new.router)
router.include_router(listing.router)
router.include_router(detail.router)
