"""Consent: told by the shop, asked for twice where that is the law, and changed by the person."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from fastapi import Request, Response

from promoloop.api.desk import Desk
from promoloop.api.doors import Call, Doors
from promoloop.api.forms import page, read_form
from promoloop.api.schemas import Id
from promoloop.api.speaking import bad_link, locale_of, short_page, words_of
from promoloop.core import InvalidError
from promoloop.flows.consent.asking import Asking, confirm_consent, require_link
from promoloop.flows.consent.leaving import pause, resume, unsubscribe_one_click
from promoloop.flows.consent.person import CHANNELS, Person, person_of
from promoloop.flows.consent.preferences import change_preferences, preferences_of
from promoloop.flows.history.audience import PURPOSE
from promoloop.profiles import Consent

__all__ = ["doors", "pages"]

HTML = "text/html; charset=utf-8"


class ConsentBody(msgspec.Struct, forbid_unknown_fields=True):
    """What a shopper said yes or no to, and where: the shop vouches for it.

    A yes on a channel where the shop asks twice is not taken here; see ``/v1/consents/ask``.
    """

    shopper_id: Id
    channel: Literal["email", "sms", "push", "onsite", "popup"]
    granted: bool
    source: Annotated[
        str, msgspec.Meta(min_length=1, max_length=100, pattern=r"^[^\u0000-\u001f\u007f]*$")
    ]
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class ConsentStands(msgspec.Struct):
    """What stands: the newest entry for the shopper and channel, by its own time."""

    shopper_id: str
    channel: str
    purpose: str
    granted: bool
    at: datetime
    source: str


class AskBody(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody said yes in a form: the address is asked by a message to confirm it.

    ``source`` is the form, ``wording`` the text that was agreed to.
    """

    shopper_id: Id
    channel: Literal["email", "sms"]
    address: Annotated[str, msgspec.Meta(min_length=3, max_length=254, pattern=r"^[!-~]+$")]
    source: Annotated[
        str, msgspec.Meta(min_length=1, max_length=100, pattern=r"^[^\u0000-\u001f\u007f]*$")
    ]
    locale: Annotated[str, msgspec.Meta(pattern="^(en|zh)(-[A-Za-z0-9]{2,8}){0,2}$")] = "en-US"
    wording: Annotated[str, msgspec.Meta(max_length=2000, pattern=r"^[^\u0000-\u001f\u007f]*$")] = (
        ""
    )


class Accepted(msgspec.Struct):
    """The same whatever became of it: it must not tell who is known here."""

    accepted: bool


class TokenQuery(msgspec.Struct):
    """``t`` is the token of the link."""

    t: Annotated[str, msgspec.Meta(max_length=1100)] = ""


def doors(desk: Desk) -> Doors:
    """``/consents``."""
    own = Doors(desk, "consent")

    @own.post(
        "/consents",
        "Record a yes or a no",
        scope="people:write",
        body=ConsentBody,
        answer=ConsentStands,
        errors=(409,),
        once=True,
    )
    def record(call: Call[ConsentBody]) -> ConsentStands:
        """The latest entry per shopper and channel counts, from the next send on.

        The answer is the one that stands, which is not the one sent where that is older.
        """
        said = call.body
        if said.granted and said.channel in desk.house.double_opt_in:
            raise InvalidError(
                f"a yes to {said.channel}",
                "this shop asks twice on that channel",
                "Let the shopper confirm it: POST /v1/consents/ask.",
            )
        at = min(desk.utc(said.at) if said.at else call.now, call.now)
        entry = Consent(said.shopper_id, said.channel, PURPOSE, said.granted, at, said.source)
        desk.house.consents.record([entry])
        stands = [
            one
            for one in desk.house.consents.of(entry.shopper_id)
            if (one.channel, one.purpose) == (entry.channel, entry.purpose)
        ][-1]
        return ConsentStands(
            stands.shopper_id,
            stands.channel,
            stands.purpose,
            stands.granted,
            stands.at,
            stands.source,
        )

    @own.post(
        "/consents/ask",
        "Ask for a yes to be confirmed",
        scope="people:write",
        body=AskBody,
        answer=Accepted,
        status=202,
        once=True,
    )
    def ask(call: Call[AskBody]) -> Accepted:
        """Nothing counts before the button of the message's page is pressed.

        An address is asked three times a day at most, one that is barred not at all.
        """
        said = call.body
        asking = Asking(
            said.shopper_id, said.channel, said.address, said.locale, said.source, said.wording
        )
        # Later, so that the time taken tells as little as the answer.
        desk.later("asking for consent", lambda: desk.shop.ask_consent(asking, call.now))
        return Accepted(True)

    return own


def pages(desk: Desk) -> Doors:
    """The pages of links in messages, and the one-click POST of RFC 8058."""
    own = Doors(desk, "pages", prefix="")

    @own.get("/preferences", "What one gets", query=TokenQuery, **_PAGE)
    def show(call: Call[None]) -> Response:
        """The page behind the link in every message. Looking at it changes nothing."""
        return _shown(desk, call.request, call.query.t, call.now)

    @own.get("/unsubscribe", "The same page, for the link of the header", query=TokenQuery, **_PAGE)
    def look(call: Call[None]) -> Response:
        """A GET never unsubscribes: scanners follow every link."""
        return _shown(desk, call.request, call.query.t, call.now)

    @own.post("/preferences", "Change what one gets", form=_CHANGES, **_PAGE)
    async def change(call: Call[None]) -> Response:
        """Counts at once."""
        form = await read_form(call.request)
        return await desk.aside(lambda: _changed(desk, call, form))

    @own.post(
        "/unsubscribe",
        "Unsubscribe by one click (RFC 8058)",
        query=TokenQuery,
        form={"List-Unsubscribe": {"const": "One-Click"}},
        **_PAGE,
    )
    async def one_click(call: Call[None]) -> Response:
        """Off the channel of the message, without a cookie, a sign-in or a question."""
        fields = {name: values[-1] for name, values in (await read_form(call.request)).items()}

        def left() -> Response:
            try:
                unsubscribe_one_click(desk.house, desk.link_keys, call.query.t, fields, call.now)
            except InvalidError:
                return bad_link(desk, call.request)
            return short_page(desk, call.request, "left")

        return await desk.aside(left)

    @own.get("/confirm", "Confirm a subscription", query=TokenQuery, **_PAGE)
    def ask(call: Call[None]) -> Response:
        """Shows the button; only pressing it confirms."""
        try:
            require_link(desk.link_keys, call.query.t)
        except InvalidError:
            return bad_link(desk, call.request)
        words = words_of(desk, call.request)
        values = {"title": words["confirm_title"], "confirm": True, "token": call.query.t}
        return page(200, {"locale": locale_of(desk, call.request), "words": words, **values})

    @own.post("/confirm", "Confirm a subscription", form={"t": {"type": "string"}}, **_PAGE)
    async def confirm(call: Call[None]) -> Response:
        """Again changes nothing, and never undoes a later no."""
        token = (await read_form(call.request)).get("t", [""])[-1]

        def confirmed() -> Response:
            try:
                confirm_consent(desk.house, desk.link_keys, token, call.now)
            except InvalidError:
                return bad_link(desk, call.request)
            return short_page(desk, call.request, "confirmed")

        return await desk.aside(confirmed)

    return own


_PAGE = {"scope": "", "gives": HTML, "answer": str, "errors": (404,), "unreadable": bad_link}
_CHANGES = {
    "t": {"type": "string"},
    "do": {"type": "string"},
    "on": {"type": "array", "items": {"enum": list(CHANNELS)}},
    "shown": {"type": "array", "items": {"enum": list(CHANNELS)}},
}


def _shown(desk: Desk, request: Request, token: str, now: datetime, said: str = "") -> Response:
    try:
        person = person_of(desk.link_keys, token)
    except InvalidError:
        return bad_link(desk, request)
    locale = locale_of(desk, request)
    found = preferences_of(desk.house, person, locale, desk.settings.shop.name, now)
    return page(
        200,
        {
            "locale": found.locale,
            "title": found.words["title"],
            "words": found.words,
            "preferences": found,
            "token": token,
            "said": said and found.words[said],
        },
    )


def _changed(desk: Desk, call: Call[None], form: dict[str, list[str]]) -> Response:
    token = form.get("t", [""])[-1]
    try:
        person = person_of(desk.link_keys, token)
    except InvalidError:
        return bad_link(desk, call.request)
    _do(desk, person, form, call.now)
    return _shown(desk, call.request, token, call.now, "saved")


def _do(desk: Desk, person: Person, form: dict[str, list[str]], now: datetime) -> None:
    """What one button does."""
    asked = form.get("do", ["save"])[-1]
    if asked == "leave_all":
        change_preferences(desk.house, person, dict.fromkeys(CHANNELS, False), now)
    elif asked.startswith("pause-") and asked[6:].isascii() and asked[6:].isdigit():
        pause(desk.house, person.shopper_id, "*", int(asked[6:10]), now)
    elif asked == "resume":
        resume(desk.house, person.shopper_id, now)
    else:
        on = set(form.get("on", []))
        wanted = {name: name in on for name in form.get("shown", [])}
        change_preferences(desk.house, person, wanted, now)
