"""Templates: everything is escaped, nothing undefined passes, parts for htmx by the same way."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from promoloop.console.sessions import COOKIE
from promoloop.console.translating import place_in
from promoloop.console.words import LANGUAGES

if TYPE_CHECKING:
    from promoloop.console.page import Page
    from promoloop.console.visit import Visit

__all__ = ["STATIC", "Templates", "back_to", "keep_session", "show"]

STATIC = Path(__file__).parent / "static"


class Templates:
    """The console's templates, and the menu around them."""

    def __init__(self, pages: tuple[Page, ...]) -> None:
        self._pages = pages
        self._environment = Environment(
            loader=PackageLoader("promoloop.console", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._marks = {
            path.relative_to(STATIC).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
            for path in STATIC.rglob("*")
            if path.is_file()
        }

    def render(self, visit: Visit, template: str, values: Mapping[str, object]) -> str:
        """The template with ``values``, the visit and the words of its language."""
        said = visit.words
        return self._environment.get_template(template).render(
            {
                **values,
                "visit": visit,
                "words": said,
                "say": said.say,
                "place": lambda asked: place_in(asked, said.locale),
                "url": visit.url,
                "asset": lambda name: visit.url(f"/static/{name}?v={self._marks[name]}"),
                "menu": self._menu(visit),
                "languages": LANGUAGES,
                "shop_name": visit.shop.settings.shop.name,
            }
        )

    def _menu(self, visit: Visit) -> list[dict[str, Any]]:
        path = visit.request.url.path.removeprefix(visit.base)
        return [
            {
                "url": visit.url(page.path),
                "title": visit.words.say(f"{page.words}.title"),
                "here": path == page.path or path.startswith(page.path + "/"),
            }
            for page in self._pages
            if visit.may(page.role)
        ]


def show(visit: Visit, template: str, /, status: int = 200, **values: object) -> Response:
    """A page, or a part of one, as the answer."""
    body = visit.console.templates.render(visit, template, values)
    response = HTMLResponse(body, status)
    if not visit.session.user_id and not visit.by_htmx:
        keep_session(visit, response)
    return response


def keep_session(visit: Visit, response: Response) -> None:
    """Hand the visit's session to the browser."""
    sessions = visit.console.sessions
    response.set_cookie(
        COOKIE,
        sessions.written(visit.session),
        max_age=sessions.seconds,
        path=visit.base or "/",
        secure=visit.console.secure,
        httponly=True,
        samesite="lax",
    )


def back_to(visit: Visit, path: str) -> Response:
    """Go on to a page of the console after something was done."""
    target = visit.url(path)
    if visit.by_htmx:
        return Response(status_code=204, headers={"HX-Redirect": target})
    return RedirectResponse(target, 303)
