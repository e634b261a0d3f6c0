"""The server: API and console over one shop, as ``uvicorn`` starts it in each of its processes."""

from __future__ import annotations

import importlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol, cast

from starlette.types import ASGIApp

from promoloop.api.app import Api, create_app
from promoloop.bootstrap import Shop, open_shop
from promoloop.core import UnavailableError
from promoloop.settings import handed_down

__all__ = ["application"]

_LOG = logging.getLogger("promoloop.api")


class _Console(Protocol):
    def create_console(self, shop: Shop, *, public_url: str = "") -> ASGIApp: ...


def application() -> Api:
    """The application of the shop whose configuration was handed down; closes it at the end."""
    shop = open_shop(handed_down())
    shop.configure_logs()
    app = create_app(shop, console=_console(shop), watch=shop.watched())
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(whole: Any) -> AsyncIterator[Any]:
        app.state.desk.begin()
        try:
            with shop.kept_up():
                async with inner(whole) as state:
                    yield state
        finally:
            shop.close()

    app.router.lifespan_context = lifespan
    return app


def _console(shop: Shop) -> ASGIApp | None:
    """The console, which is a door of its own and may be missing."""
    try:
        console = cast(_Console, importlib.import_module("promoloop.console"))
        return console.create_console(shop, public_url=shop.settings.serve.public_url)
    except (ImportError, UnavailableError) as error:
        _LOG.warning("there is no console: %s", error)
        return None
