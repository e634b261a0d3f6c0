"""Who a message is from, and the links it carries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit, urlunsplit

from promoloop.core import InvalidError
from promoloop.deliver.records import Message
from promoloop.deliver.tokens import Keys, signed_token
from promoloop.deliver.tracking import TrackedLink, tracked_link

__all__ = ["CLICK", "CODE", "UNSUBSCRIBE", "Links", "Sender", "Tracking", "links_for"]

#: What the two kinds of token are signed for.
UNSUBSCRIBE = "unsubscribe"
CLICK = "click"

#: The code within its clause ("with code COFFEE20", 凭码COFFEE20).
CODE = re.compile(r"(?<![A-Za-z0-9_-])[A-Z0-9][A-Z0-9_-]{2,}(?![A-Za-z0-9_-])")

_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_BREAKS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Sender:
    """The shop as it appears in a message.

    ``name`` and ``address`` make the From header, ``shop_address`` is the postal address that
    commercial mail must carry, ``unsubscribe_base`` the https page that takes the one-click POST
    of RFC 8058, ``list_id`` a dotted name under the shop's domain (RFC 2919).
    """

    name: str
    address: str
    shop_name: str
    shop_address: str
    unsubscribe_base: str
    list_id: str

    def __post_init__(self) -> None:
        for field in ("name", "shop_name", "shop_address", "list_id"):
            value: str = getattr(self, field)
            if not value.strip() or _BREAKS.search(value):
                raise _unusable(field, value, "Give it as one line of text.")
        if not _MAILBOX.fullmatch(self.address):
            raise _unusable("address", self.address, "Write it like offers@shop.example.")
        if not _is_web(self.unsubscribe_base, ("https",)):
            raise _unusable(
                "unsubscribe_base", self.unsubscribe_base, "RFC 8058 asks for an https address."
            )

    @property
    def domain(self) -> str:
        """The part of ``address`` after the @."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Tracking:
    """Where followed links are counted before they lead to the shop, and for how many days.

    ``base`` is a page of ours on the shop's own domain, such as ``https://go.shop.example/l``;
    ``opens`` puts a picture of one point into mails, which some markets ask consent for.
    ``redeem`` is where the button of an offer with a code leads, a path of the shop with the code
    in it, such as ``/cart?coupon={code}``; without it the button leads where all others do.
    """

    base: str
    days: int = 180
    opens: bool = False
    redeem: str = ""

    def __post_init__(self) -> None:
        if not _is_web(self.base, ("https", "http")) or urlsplit(self.base).query:
            raise _unusable("tracking base", self.base, "Write it like https://go.shop.example/l.")
        if not 1 <= self.days <= 3650:
            raise _unusable("tracking days", str(self.days), "Give 1 to 3650 days.")
        if self.redeem and not re.fullmatch(r"/(?![/\\])[^{}]*\{code\}[^{}]*", self.redeem):
            raise _unusable("tracking redeem", self.redeem, "Write it like /cart?coupon={code}.")


@dataclass(frozen=True, slots=True)
class Links:
    """Where the button leads, and the two ways to unsubscribe.

    ``pixel`` is the picture that shows that a mail was opened, "" where that is not tracked.
    """

    shop: str
    unsubscribe: str
    unsubscribe_mail: str
    pixel: str = ""


def links_for(
    message: Message,
    sender: Sender,
    shop_url: str,
    key: Keys,
    tracking: Tracking | None = None,
    now: datetime | None = None,
) -> Links:
    """Signed links for one message; they name the decision and the pseudonymous shopper only.

    With ``tracking`` the button leads over the tracked link and works for so many days from
    ``now`` (UTC; ``not_before`` of the message where it is not given).

    Raises
    ------
    InvalidError
        When ``shop_url`` is not a web address or the key is too short.
    """
    if not _is_web(shop_url, ("https", "http")):
        raise _unusable("shop_url", shop_url, "Write it like https://shop.example/.")
    leave = signed_token(key, UNSUBSCRIBE, message.shopper_id, message.channel)
    click = signed_token(key, CLICK, message.decision_id)
    shop, pixel = _with_query(shop_url, f"pl={click}"), ""
    if tracking is not None:
        end = (now or message.not_before) + timedelta(days=tracking.days)
        found = CODE.search(message.slots.get("code", "")) if tracking.redeem else None
        if found:
            path = tracking.redeem.replace("{code}", quote(found[0], safe=""))
            shop = _with_query(path, f"pl={click}")
        parts = urlsplit(shop)
        target = urlunsplit(("", "", parts.path or "/", parts.query, parts.fragment))
        led = TrackedLink(message.decision_id, "redeem" if found else "click", target, end)
        shop = tracked_link(tracking.base, led, key)
        if tracking.opens:
            seen = TrackedLink(message.decision_id, "open", "/", end)
            pixel = tracked_link(tracking.base, seen, key)
    return Links(
        shop=shop,
        unsubscribe=_with_query(sender.unsubscribe_base, f"t={leave}"),
        unsubscribe_mail=f"mailto:unsubscribe@{sender.domain}?subject={quote(leave)}",
        pixel=pixel,
    )


def _with_query(url: str, query: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=f"{parts.query}&{query}" if parts.query else query))


def _is_web(url: str, schemes: tuple[str, ...]) -> bool:
    parts = urlsplit(url)
    clean = not _BREAKS.search(url) and not set(url) & set(" <>\"'")
    return parts.scheme in schemes and bool(parts.hostname) and clean


def _unusable(field: str, value: str, remedy: str) -> InvalidError:
    return InvalidError(f"the sender's {field} {value!r}", "it cannot be used in a message", remedy)
