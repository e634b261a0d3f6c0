"""``[tracking]``: whether links are followed on the shop's own domain, and what leaving costs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from promoloop.settings.faults import wrong

__all__ = ["TrackingSettings", "check_tracking"]


@dataclass(frozen=True, slots=True)
class TrackingSettings:
    """Tracked links and the price of annoying somebody.

    ``url`` is our page on the shop's own domain, such as ``https://go.shop.example/l``; without
    it links lead straight to the shop. They work for ``days``; ``opens`` also puts a picture of
    one point into mails, which some markets ask consent for. ``redeem`` is where the button of an
    offer with a code leads, such as ``/cart?coupon={code}``. The two costs are minor units, taken
    off the reward of the message after which a shopper left or complained.
    """

    url: str = ""
    days: int = 180
    opens: bool = False
    redeem: str = ""
    unsubscribe_minor: int = 200
    complaint_minor: int = 1000


def check_tracking(tracking: TrackingSettings, path: Path) -> None:
    """Refuse a page that is no web address, and figures that cannot be meant."""
    parts = urlsplit(tracking.url)
    if tracking.url and not (
        parts.scheme in {"http", "https"} and parts.hostname and not parts.query
    ):
        remedy = "Write it like https://go.shop.example/l."
        raise wrong(path, "tracking.url", tracking.url, remedy)
    if not 1 <= tracking.days <= 3650:
        raise wrong(path, "tracking.days", tracking.days, "Write 1 to 3650.")
    if tracking.redeem and not re.fullmatch(r"/(?![/\\])[^{}]*\{code\}[^{}]*", tracking.redeem):
        remedy = "Write a path with the code in it, such as /cart?coupon={code}."
        raise wrong(path, "tracking.redeem", tracking.redeem, remedy)
    for name in ("unsubscribe_minor", "complaint_minor"):
        cost: int = getattr(tracking, name)
        if cost < 0:
            raise wrong(path, f"tracking.{name}", cost, "Write 0 or more, in minor units.")
