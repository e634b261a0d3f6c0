"""Copy review: texts as they will look, what proves them, and what a person decides."""

from fastapi import APIRouter

from promoloop.console.pages.copies import deciding, looking

__all__ = ["router"]

router = APIRouter()
# "bulk" before "{copy_id}", or it would be taken for one
router.include_router(deciding.router)
router.include_router(looking.router)
