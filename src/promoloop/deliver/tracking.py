"""Tracked links on the shop's own domain: which message, what for, and where it leads.

A link is ``BASE/TOKEN``. The token is signed over the decision, the kind, the target and the day
it expires, so none of them can be exchanged. The target is a path of the shop's own site, never
an address: whatever is followed, the shopper lands at the shop.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

from promoloop.core import InvalidError, require_utc
from promoloop.deliver.tokens import Keys, bad_token, read_token, signed_token

__all__ = ["LINK_KINDS", "TrackedLink", "landing", "read_link", "tracked_link"]

#: What a link is in a message for: to see that it was opened, to lead somewhere, to use the code.
LINK_KINDS = ("open", "click", "redeem")

_PURPOSE = "link"
_EPOCH_HOURS = 3600.0
#: A path, a query and a fragment, of printable ASCII; never ``//host`` or ``/\\host``.
_PATH = re.compile(r"/(?![/\\])[!#$%&'()*+,./0-9:;=?@A-Z_a-z~-]*")


@dataclass(frozen=True, slots=True)
class TrackedLink:
    """One link of one message. ``target`` is a path of the shop's site, such as ``/coffee?x=1``."""

    decision_id: str
    kind: str
    target: str
    expires_at: datetime

    def __post_init__(self) -> None:
        if self.kind not in LINK_KINDS:
            raise InvalidError(
                f"a tracked link of kind {self.kind!r}",
                "there is no such kind",
                f"Use one of {', '.join(LINK_KINDS)}.",
            )
        if not _PATH.fullmatch(self.target):
            raise InvalidError(
                f"a tracked link to {self.target[:80]!r}",
                "it is no path of the shop's own site",
                "Give a path such as /coffee, percent-encoded, without a host.",
            )
        require_utc(self.expires_at, "the end of a tracked link")


def tracked_link(base: str, link: TrackedLink, key: Keys) -> str:
    """The address that stands in the message: ``base``, a slash and the token."""
    return f"{base.rstrip('/')}/{_token(link, key)}"


def read_link(key: Keys, token: str, now: datetime) -> TrackedLink:
    """The link that a token stands for.

    Raises
    ------
    InvalidError
        For a token that is forged, cut, of another purpose or expired: always the same one.
    """
    values = read_token(key, _PURPOSE, token)
    try:
        decision_id, kind, target, hours = values
        expires_at = _moment(now, int(hours))
        link = TrackedLink(decision_id, kind, target, expires_at)
    except (ValueError, OverflowError, InvalidError) as error:
        raise bad_token(_PURPOSE) from error
    if link.expires_at <= require_utc(now, "the time of a click"):
        raise bad_token(_PURPOSE)
    return link


def landing(shop_url: str, link: TrackedLink) -> str:
    """Where the link leads: its target on the site of ``shop_url``, and nowhere else.

    Examples
    --------
    >>> from datetime import UTC
    >>> link = TrackedLink("d-1", "click", "/coffee?size=1", datetime(2027, 1, 1, tzinfo=UTC))
    >>> landing("https://shop.example/start", link)
    'https://shop.example/coffee?size=1'
    """
    site, path = urlsplit(shop_url), urlsplit(link.target)
    return urlunsplit((site.scheme, site.netloc, path.path, path.query, path.fragment))


def _token(link: TrackedLink, key: Keys) -> str:
    hours = int(link.expires_at.timestamp() // _EPOCH_HOURS)
    return signed_token(key, _PURPOSE, link.decision_id, link.kind, link.target, str(hours))


def _moment(now: datetime, hours: int) -> datetime:
    return datetime.fromtimestamp(0, now.tzinfo) + timedelta(hours=hours)
