"""Who a message is from, and the links it carries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

from promoloop.core import InvalidError
from promoloop.deliver.records import Message
from promoloop.deliver.tokens import signed_token

__all__ = ["CLICK", "UNSUBSCRIBE", "Links", "Sender", "links_for"]

#: What the two kinds of token are signed for.
UNSUBSCRIBE = "unsubscribe"
CLICK = "click"

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
class Links:
    """Where the button leads, and the two ways to unsubscribe."""

    shop: str
    unsubscribe: str
    unsubscribe_mail: str


def links_for(message: Message, sender: Sender, shop_url: str, key: bytes) -> Links:
    """Signed links for one message; they name the decision and the pseudonymous shopper only.

    Raises
    ------
    InvalidError
        When ``shop_url`` is not a web address or the key is too short.
    """
    if not _is_web(shop_url, ("https", "http")):
        raise _unusable("shop_url", shop_url, "Write it like https://shop.example/.")
    leave = signed_token(key, UNSUBSCRIBE, message.shopper_id, message.channel)
    click = signed_token(key, CLICK, message.decision_id)
    return Links(
        shop=_with_query(shop_url, f"pl={click}"),
        unsubscribe=_with_query(sender.unsubscribe_base, f"t={leave}"),
        unsubscribe_mail=f"mailto:unsubscribe@{sender.domain}?subject={quote(leave)}",
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
