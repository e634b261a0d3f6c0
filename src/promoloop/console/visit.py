"""One request of one person: who asks, in which language, and what they may.

Every route names its least role by the type of its first argument::

    @router.get("/campaigns")
    def campaigns(visit: Viewer) -> Response: ...

The gate behind the type signs in, checks the role and, for anything but reading, the CSRF token;
a test goes through all routes and finds those without.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Protocol, TypeVar

import httpx
from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from promoloop.console.kept import Kept
from promoloop.console.sessions import COOKIE, Session, Sessions
from promoloop.console.throttle import SignInThrottle
from promoloop.console.words import LANGUAGES, Words, nearest_language
from promoloop.core import InvalidError
from promoloop.flows.house import House
from promoloop.flows.staff.records import User

if TYPE_CHECKING:
    from promoloop.bootstrap import Shop

__all__ = [
    "LANGUAGE_COOKIE",
    "Admin",
    "Anybody",
    "Approver",
    "Console",
    "ForbiddenError",
    "Gate",
    "Marketer",
    "SignInNeededError",
    "Viewer",
    "Visit",
    "found_or_404",
    "required",
    "user_of",
    "words_of",
]

LANGUAGE_COOKIE = "promoloop_language"
T = TypeVar("T")
_READING = ("GET", "HEAD")
_FIELDS, _FIELD_BYTES, _BODY_BYTES = 1_000, 64 * 1024, 1024 * 1024


class SignInNeededError(Exception):
    """Nobody is signed in, or the session has ended."""


class ForbiddenError(Exception):
    """The person may not do this; ``reason`` is ``role`` or ``csrf``."""

    def __init__(self, reason: str, role: str = "") -> None:
        super().__init__(reason, role)
        self.reason = reason
        self.role = role


class Templates(Protocol):
    """Makes pages; see ``rendering.py``."""

    def render(self, visit: Visit, template: str, values: Mapping[str, object]) -> str:
        """The template with these values."""
        ...


@dataclass(frozen=True, slots=True)
class Console:
    """What all requests share. ``now`` tells the time; ``transport`` reaches the issuer of OIDC."""

    shop: Shop
    templates: Templates
    sessions: Sessions
    throttle: SignInThrottle
    now: Callable[[], datetime]
    secure: bool
    kept: Kept = field(default_factory=Kept)
    public_url: str = ""
    transport: httpx.BaseTransport | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One request: the person (``None`` before sign-in), the session and the form sent."""

    console: Console
    request: Request
    session: Session
    user: User | None
    words: Words
    form: FormData

    @property
    def shop(self) -> Shop:
        """The opened shop."""
        return self.console.shop

    @property
    def house(self) -> House:
        """Its stores."""
        return self.console.shop.house

    @property
    def now(self) -> datetime:
        """This moment, in UTC."""
        return self.console.now()

    @property
    def base(self) -> str:
        """Where the console is mounted, without a slash at the end."""
        return str(self.request.scope.get("root_path", "")).rstrip("/")

    @property
    def path(self) -> str:
        """The page asked for, within the console, with its query."""
        query = self.request.url.query
        path = self.request.url.path.removeprefix(self.base)
        return f"{path}?{query}" if query else path

    @property
    def who(self) -> str:
        """The sign-in name of the person, as it is kept with decisions."""
        return self.user.user_id if self.user else ""

    @property
    def address(self) -> str:
        """Where the request comes from."""
        return self.request.client.host if self.request.client else ""

    @property
    def by_htmx(self) -> bool:
        """Whether a part of a page is asked for."""
        return "hx-request" in self.request.headers

    def url(self, path: str) -> str:
        """The path within the console, as a link."""
        return f"{self.base}{path}"

    def may(self, role: str) -> bool:
        """Whether the person stands at ``role`` or above."""
        return self.user is not None and self.user.may(role)

    def text(self, name: str, otherwise: str = "") -> str:
        """One field of the form."""
        value = self.form.get(name, otherwise)
        return value.strip() if isinstance(value, str) else otherwise

    def texts(self, name: str) -> tuple[str, ...]:
        """All values of a field that may be there several times."""
        return tuple(value for value in self.form.getlist(name) if isinstance(value, str))

    def note(
        self,
        action: str,
        subject: str,
        details: Mapping[str, str] | None = None,
        outcome: str = "done",
    ) -> None:
        """Write into the audit log what this person did."""
        self.shop.note(
            self.who,
            action,
            subject,
            outcome=outcome,
            address=self.address,
            details=details,
            now=self.now,
        )


class Gate:
    """The one dependency of every route: sign-in, role, CSRF token.

    Parameters
    ----------
    role : str
        The least role; empty lets in anybody.
    """

    def __init__(self, role: str) -> None:
        self.role = role

    async def __call__(self, request: Request) -> Visit:
        """The visit, or one of the errors above."""
        console: Console = request.app.state.console
        session = console.sessions.read(request.cookies.get(COOKIE, ""))
        user = await run_in_threadpool(user_of, console, session)
        if self.role and user is None:
            raise SignInNeededError
        session = session or Session.opened()
        form = FormData()
        if request.method not in _READING:
            form = await _form_of(request)
            _require_token(request, session, form)
        if self.role and user is not None and not user.may(self.role):
            raise ForbiddenError("role", self.role)
        return Visit(console, request, session, user, words_of(console, request), form)


Anybody = Annotated[Visit, Depends(Gate(""))]
Viewer = Annotated[Visit, Depends(Gate("viewer"))]
Marketer = Annotated[Visit, Depends(Gate("marketer"))]
Approver = Annotated[Visit, Depends(Gate("approver"))]
Admin = Annotated[Visit, Depends(Gate("admin"))]


def user_of(console: Console, session: Session | None) -> User | None:
    """The user of a session that has not ended since."""
    if session is None or not session.user_id:
        return None
    user = console.shop.users.find(session.user_id)
    holds = user is not None and user.active and user.version == session.version
    return user if holds else None


async def _form_of(request: Request) -> FormData:
    """The form that was sent, within limits."""
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > _BODY_BYTES:
        raise HTTPException(413)
    return await request.form(max_files=0, max_fields=_FIELDS, max_part_size=_FIELD_BYTES)


def _require_token(request: Request, session: Session, form: FormData) -> None:
    """The session's token in a header or field, and no other site's page behind the request."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForbiddenError("csrf")
    sent = request.headers.get("x-csrf-token") or form.get("csrf") or ""
    if not isinstance(sent, str) or not session.fits(sent):
        raise ForbiddenError("csrf")


def words_of(console: Console, request: Request) -> Words:
    """The language that was chosen, or else the first that the browser asks for and we speak."""
    house = console.shop.house
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen not in LANGUAGES:
        chosen = nearest_language(request.headers.get("accept-language", ""), house.locales[0])
    return Words(chosen, house.currency, house.time_zone)


def required(visit: Visit, names: Sequence[str]) -> tuple[str, ...]:
    """These fields of the form, none of them empty."""
    for name in names:
        if not visit.text(name):
            raise InvalidError(f"the field {name}", "it is empty", "Fill it in.")
    return tuple(visit.text(name) for name in names)


def found_or_404(find: Callable[[], T]) -> T:
    """What an address names; an unknown one is a page that does not exist."""
    try:
        return find()
    except InvalidError as error:
        raise HTTPException(404) from error
