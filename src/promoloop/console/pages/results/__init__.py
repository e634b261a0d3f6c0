"""Live results: what campaigns do now, and what they have brought so far."""

from promoloop.console.pages.results.pages import router

__all__ = ["router"]
