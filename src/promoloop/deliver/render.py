"""Messages as they are sent: HTML from a look, a plain-text part written for reading, headers.

A look is an MJML file; it is compiled once per language into HTML with slots, then filled per
message by a sandboxed template engine that escapes everything. Headers follow RFC 5322
(Message-ID), RFC 2919 (List-Id) and RFC 8058 (one-click unsubscribe).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, formataddr
from functools import cache
from hashlib import blake2b
from importlib.resources import files

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment
from mjml import mjml2html

from promoloop.core import InvalidError, require_utc, tongue_of, tongue_table
from promoloop.deliver.links import CODE, Links, Sender
from promoloop.deliver.records import Message, Rendered

__all__ = [
    "EMAIL_PARTS",
    "ONSITE_PARTS",
    "PUSH_PARTS",
    "TEXT_PARTS",
    "message_id",
    "render_email",
    "render_onsite",
    "render_push",
    "render_text",
]

EMAIL_PARTS = ("subject", "preheader", "headline", "body", "call")
ONSITE_PARTS = ("headline", "body", "call")
PUSH_PARTS = ("headline", "body")
TEXT_PARTS = ("text",)

#: Slots the offer card shows besides the reward and the code, in this order.
TERMS = ("condition", "deadline", "ceiling")

#: Keeps mail programs from showing more than the preheader in their list of messages.
SPACER = "&#8199;&#847; " * 60

#: An attribute that a slot fills, with the space before it.
_LINKED = re.compile(r" ((?:href|src)=\"\{\{ \w+ \}\}\")")
_INDENT = re.compile(r"\n[ \t\n]+")
_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class _Tongue:
    """What a language needs: its typography and the shop's own lines (``data/frame-*.toml``)."""

    fonts: str
    size: str
    leading: str
    tracking: str
    because: str
    unsubscribe: str
    code: str
    colon: str


def message_id(dedupe_key: str, domain: str) -> str:
    """The RFC 5322 Message-ID of a dedupe key: the same at every attempt, naming no person.

    >>> message_id("d-1", "shop.example") == message_id("d-1", "shop.example")
    True
    """
    return f"<{blake2b(dedupe_key.encode(), digest_size=16).hexdigest()}@{domain}>"


def render_email(
    message: Message,
    parts: Mapping[str, str],
    sender: Sender,
    links: Links,
    sent_at: datetime,
    label: str = "",
) -> Rendered:
    """One e-mail, ready for its channel.

    Parameters
    ----------
    message : Message
        ``slots`` fill the offer card: the clauses ``reward``, ``condition``, ``deadline``,
        ``ceiling`` and ``code``, each shown when it is there.
    parts : mapping
        ``subject, preheader, headline, body, call``, with every slot already filled, one line each;
        the body may have paragraphs, a blank line between them.
    sender, links : Sender, Links
    sent_at : datetime
        The Date header, UTC.
    label : str, optional
        What says that a model wrote it; see ``ai_label``.

    Raises
    ------
    InvalidError
        When a part is missing or empty, holds a line break, a control character or an unfilled
        slot, or no words of ours exist in the language.
    """
    lines = _checked(message, parts, EMAIL_PARTS)
    tongue = _tongue(message.locale)
    facts = {
        **lines,
        **_card(message.slots),
        "language": message.locale,
        "shop_name": sender.shop_name,
        "shop_address": sender.shop_address,
        "shop_url": links.shop,
        "because": tongue.because.format(shop_name=sender.shop_name),
        "unsubscribe": tongue.unsubscribe,
        "unsubscribe_url": links.unsubscribe,
        "pixel": links.pixel,
        "label": _one_line(message, "label", label),
    }
    return Rendered(
        message_id=message_id(message.dedupe_key, sender.domain),
        address=_one_line(message, "address", message.address),
        subject=lines["subject"],
        text=_plain(facts, tongue),
        html=_look("offer", tongue_of("promoloop.deliver", "frame", message.locale)).render(facts),
        headers=_headers(message, sender, links, sent_at),
    )


def render_onsite(message: Message, parts: Mapping[str, str]) -> Rendered:
    """One on-site message: plain text the shop's page lays out itself.

    ``subject`` is the headline, ``text`` the body; ``headers`` carry the call, the offer's slots
    and what the page needs to place and retire it. ``html`` is empty: the page escapes the text.
    """
    lines = _checked(message, parts, ONSITE_PARTS)
    return Rendered(
        message_id=message_id(message.dedupe_key, "onsite.invalid"),
        address=_one_line(message, "address", message.address),
        subject=lines["headline"],
        text=lines["body"],
        html="",
        headers={
            "call": lines["call"],
            "locale": message.locale,
            "decision_id": message.decision_id,
            "expires_at": message.expires_at.isoformat(),
            **{f"slot.{name}": value for name, value in sorted(message.slots.items())},
        },
    )


def render_push(message: Message, parts: Mapping[str, str], url: str) -> Rendered:
    """One notification; ``url`` is where a click on it leads, the address the shopper's id."""
    lines = _checked(message, parts, PUSH_PARTS)
    return Rendered(
        message_id=message_id(message.dedupe_key, "push.invalid"),
        address=_one_line(message, "address", message.address),
        subject=lines["headline"],
        text=lines["body"],
        html="",
        headers={
            "url": url,
            "locale": message.locale,
            "decision_id": message.decision_id,
            "expires_at": message.expires_at.isoformat(),
        },
    )


def render_text(message: Message, parts: Mapping[str, str]) -> Rendered:
    """One text message: nothing but its text."""
    lines = _checked(message, parts, TEXT_PARTS)
    return Rendered(
        message_id=message_id(message.dedupe_key, "text.invalid"),
        address=_one_line(message, "address", message.address),
        subject="",
        text=lines["text"],
        html="",
        headers={"locale": message.locale, "decision_id": message.decision_id},
    )


def _headers(
    message: Message, sender: Sender, links: Links, sent_at: datetime
) -> Mapping[str, str]:
    return {
        "From": formataddr((sender.name, sender.address)),
        "Date": format_datetime(require_utc(sent_at, "the time of sending")),
        "List-Id": f"<{sender.list_id}>",
        "List-Unsubscribe": f"<{links.unsubscribe}>, <{links.unsubscribe_mail}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Content-Language": message.locale,
    }


def _card(slots: Mapping[str, str]) -> dict[str, object]:
    found = CODE.search(slots.get("code", ""))
    lines = [slots.get(name, "") for name in (*TERMS, *(() if found else ("code",)))]
    return {
        "reward": _capital(slots.get("reward", "")),
        "code": found[0] if found else "",
        "terms": [_capital(line) for line in lines if line],
    }


def _capital(clause: str) -> str:
    """A clause standing alone on its line."""
    return clause[:1].upper() + clause[1:]


def _plain(facts: Mapping[str, object], tongue: _Tongue) -> str:
    """The plain-text part: the same message, laid out for a reader without HTML."""
    code = f"{tongue.code}{tongue.colon}{facts['code']}" if facts["code"] else ""
    terms = facts["terms"]
    card = [facts["reward"], *(terms if isinstance(terms, list) else []), code]
    blocks = [
        str(facts["headline"]),
        str(facts["body"]),
        "\n".join(f"  {line}" for line in card if line),
        f"{facts['call']}{tongue.colon.rstrip()}\n{facts['shop_url']}",
        str(facts["label"]),
        "-- ",
        str(facts["because"]),
        f"{tongue.unsubscribe}{tongue.colon}{facts['unsubscribe_url']}",
        f"{facts['shop_name']}\n{facts['shop_address']}",
    ]
    text = "\n\n".join(block for block in blocks if block)
    return text.replace("-- \n\n", "-- \n") + "\n"


@cache
def _look(name: str, tag: str) -> Template:
    """A look compiled to HTML with slots, once per language."""
    tongue = _tongue(tag)
    source = files("promoloop.deliver").joinpath("looks", f"{name}.mjml").read_text("utf-8")
    for field in ("fonts", "size", "leading", "tracking"):
        source = source.replace(f"@{field}@", getattr(tongue, field))
    # CSS ids after a brace look like the engine's comments, so comments get a marker of their own.
    engine = SandboxedEnvironment(
        autoescape=True,
        undefined=StrictUndefined,
        comment_start_string="{##",
        comment_end_string="##}",
    )
    html = mjml2html(source.replace("@spacer@", SPACER), fonts={})
    # Indentation shows nowhere, but would be encoded, hashed and sent with every message. What
    # differs by shopper stands on lines of its own, so that all others are encoded once.
    html = _LINKED.sub(r"\n\1\n", _INDENT.sub("\n", html))
    return engine.from_string(html)


def _tongue(locale: str) -> _Tongue:
    return _Tongue(**tongue_table("promoloop.deliver", "frame", locale))


def _checked(message: Message, parts: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    for name, value in message.slots.items():
        _one_line(message, f"slots.{name}", value)
    return {name: _written(message, name, parts.get(name, "")) for name in names}


def _written(message: Message, name: str, value: str) -> str:
    if not value.strip() or "{{" in value:
        raise InvalidError(
            f"rendering {message.dedupe_key}, part {name!r}",
            f"it is {value!r}",
            "Give the part with every slot filled.",
        )
    if name == "body":
        # Paragraphs are the one kind of break a reader sees; each must be a clean line itself.
        return "\n\n".join(_one_line(message, name, paragraph) for paragraph in value.split("\n\n"))
    return _one_line(message, name, value)


def _one_line(message: Message, name: str, value: str) -> str:
    """``value`` unchanged; an error when it could break out of a header line."""
    if _BREAKS.search(value):
        raise InvalidError(
            f"rendering {message.dedupe_key}, {name!r}",
            "it holds a line break or a control character",
            "Write it as one line.",
        )
    return value
