"""Double opt-in: ask by a message with a link, count the yes when the link's button is pressed.

The message says nothing that the one who asked could choose, so that the form cannot be used to
write to strangers; no address is asked more than three times a day, whoever asks. Following the
link shows a page; only the button on it, a POST, confirms, for scanners follow every link.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, formataddr

from promoloop.core import InvalidError, require_utc, time_ordered_id, tongue_table
from promoloop.deliver import Keys, Rendered, message_id, read_token, signed_token
from promoloop.flows.consent.person import require_channel
from promoloop.flows.deliver import Desk
from promoloop.flows.history.audience import PURPOSE
from promoloop.flows.house import House
from promoloop.profiles import Consent, ConsentRequest, ConsentRequests, address_digest

__all__ = [
    "ASKED_A_DAY",
    "Asked",
    "Asking",
    "Confirmed",
    "ask_consent",
    "ask_new_address",
    "confirm_consent",
    "require_link",
]

#: Messages that ask one address for consent within a day.
ASKED_A_DAY = 3

_PURPOSE = "confirm"
_DAY = timedelta(days=1)
#: Before every request.
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_LINE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]*")
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_PHONE = re.compile(r"\+[0-9]{6,15}")


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody said yes in a form. ``wording`` is the text that was agreed to, ``source`` where."""

    shopper_id: str
    channel: str
    address: str
    locale: str
    source: str
    wording: str = ""

    def __post_init__(self) -> None:
        require_channel(self.channel)
        _require_line("shopper", self.shopper_id, 200)
        _require_line("source", self.source, 100)
        _require_line("wording", self.wording, 2000)
        shape = _PHONE if self.channel == "sms" else _MAIL
        if self.channel not in {"email", "sms"} or len(self.address) > 254:
            raise _unfit("channel or address", "Ask by e-mail or text message.")
        if not shape.fullmatch(self.address):
            raise _unfit("address", "Write it like a@shop.example or +15550100.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of it: ``asked``, ``suppressed``, ``asked-often``, ``known`` or ``not-sent``.

    The one who asked must be told the same whatever it is: it would tell who is known here.
    """

    reason: str
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A confirmation: ``fresh`` when it was this call that did it."""

    shopper_id: str
    channel: str
    at: datetime
    fresh: bool


def ask_consent(
    house: House, desk: Desk, asking: Asking, page: str, now: datetime, days: int = 7
) -> Asked:
    """Ask for a confirmation; nothing counts before it is given.

    Parameters
    ----------
    house, desk : House, Desk
        The desk's channel, letterhead and keys are used; suppressed addresses are not asked.
    asking : Asking
    page : str
        Where the link leads, such as ``https://shop.example/confirm``; the token is added.
    now : datetime, UTC
    days : int, default 7
        How long the link works.
    """
    moment, requests = require_utc(now, "the time of asking"), _requests(house)
    digest = address_digest(asking.address, desk.address_key)
    if desk.suppressions is not None and desk.suppressions.among([digest]):
        return Asked("suppressed")
    if requests.asked_since(digest, moment - _DAY) >= ASKED_A_DAY:
        return Asked("asked-often")
    request = ConsentRequest(
        request_id=time_ordered_id(moment, asking.shopper_id, asking.channel, digest),
        shopper_id=asking.shopper_id,
        channel=asking.channel,
        purpose=PURPOSE,
        digest=digest,
        asked_at=moment,
        expires_at=moment + days * _DAY,
        source=asking.source,
        wording=asking.wording,
    )
    requests.ask([request])
    channel = desk.channels.get(asking.channel)
    if channel is None:
        return Asked("not-sent", request.request_id)
    [result] = channel.send([_message(desk, asking, request, page, days)])
    return Asked("asked" if result.state == "sent" else "not-sent", request.request_id)


def ask_new_address(
    house: House, desk: Desk, asking: Asking, page: str, now: datetime, days: int = 7
) -> Asked:
    """``ask_consent`` for an address that a shop's system told of, once and never again.

    ``known`` where the address was ever asked, or the shopper ever said yes or no on the channel.
    """
    digest = address_digest(asking.address, desk.address_key)
    ever = _requests(house).asked_since(digest, _EVER) > 0
    if ever or any(one.channel == asking.channel for one in house.consents.of(asking.shopper_id)):
        return Asked("known")
    return ask_consent(house, desk, asking, page, now, days)


def confirm_consent(house: House, keys: Keys, token: str, now: datetime) -> Confirmed:
    """Count the yes of a followed link; again changes nothing, and never undoes a later no.

    Raises
    ------
    InvalidError
        For a token that is not ours, and for a link that has run out.
    """
    moment, requests = require_utc(now, "the time of confirming"), _requests(house)
    (request_id,) = read_token(keys, _PURPOSE, token)
    fresh = requests.confirm(request_id, moment)
    request = requests.get(request_id)
    if request.confirmed_at is None:
        raise InvalidError(
            "confirming by a link", "the link has run out", "Ask for a new one with the form."
        )
    # Written again each time: killed between the two stores, the next click completes it.
    house.consents.record([_yes(request, request.confirmed_at)])
    return Confirmed(request.shopper_id, request.channel, request.confirmed_at, fresh)


def require_link(keys: Keys, token: str) -> None:
    """Refuse a token that is no link of ours; whether it has run out, the button tells."""
    read_token(keys, _PURPOSE, token)


def _requests(house: House) -> ConsentRequests:
    if house.consent_requests is None:
        raise InvalidError(
            "asking for consent", "this house keeps no requests", "Open the house with all stores."
        )
    return house.consent_requests


def _yes(request: ConsentRequest, at: datetime) -> Consent:
    source = f"double-opt-in:{request.request_id}"
    return Consent(request.shopper_id, request.channel, request.purpose, True, at, source)


def _message(desk: Desk, asking: Asking, request: ConsentRequest, page: str, days: int) -> Rendered:
    words = tongue_table("promoloop.flows.consent", "confirm", asking.locale)
    link = f"{page}?t={signed_token(desk.key, _PURPOSE, request.request_id)}"
    facts = {"shop": desk.sender.shop_name, "link": link, "days": days}
    sender = desk.sender
    mail = asking.channel == "email"
    text = str(words["mail" if mail else "text"]).format(**facts)
    return Rendered(
        message_id=message_id(request.request_id, sender.domain),
        address=asking.address,
        subject=str(words["subject"]).format(**facts),
        text=f"{text}\n\n-- \n{sender.shop_name}\n{sender.shop_address}\n" if mail else text,
        html="",
        headers={
            "From": formataddr((sender.name, sender.address)),
            "Date": format_datetime(request.asked_at),
            "Auto-Submitted": "auto-generated",
            "Content-Language": asking.locale,
        }
        if mail
        else {"locale": asking.locale},
    )


def _require_line(what: str, value: str, most: int) -> None:
    if len(value) > most or not _LINE.fullmatch(value):
        raise _unfit(what, f"Give one line of at most {most} characters.")


def _unfit(what: str, remedy: str) -> InvalidError:
    return InvalidError("asking for consent", f"the {what} cannot be used", remedy)
