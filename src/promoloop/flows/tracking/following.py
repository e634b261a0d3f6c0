"""A link was followed: write down that it was, and say where it leads.

The one who follows is always led on to the shop. Nothing is redeemed, confirmed or unsubscribed
by it: mail scanners follow every link.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from promoloop.core import require_utc, time_ordered_id
from promoloop.deliver import Keys, landing, read_link
from promoloop.feedback import Click, Visit, scanner_rules, signs_of
from promoloop.flows.house import House

__all__ = ["PIXEL", "Followed", "follow"]

#: The picture that an ``open`` link answers with: one transparent point, as GIF (43 bytes).
PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)


@dataclass(frozen=True, slots=True)
class Followed:
    """Where a link leads, and what was written down.

    An ``open`` link has no ``location``: it is answered with ``PIXEL``, never to be cached.
    """

    location: str
    click: Click


def follow(
    house: House, keys: Keys, shop_url: str, token: str, visit: Visit, now: datetime
) -> Followed:
    """Follow a tracked link, by GET or HEAD.

    The same link followed again within one second is one click, so that nobody can fill the log
    faster than that. Without a store of clicks the link leads on all the same.

    Raises
    ------
    InvalidError
        The same one for every token that is not to be believed; answer it with 404, and do not
        say more.
    """
    moment = require_utc(now, "the time of a click")
    link = read_link(keys, token, moment)
    signs = signs_of(visit, link.kind, scanner_rules(moment.date()))
    second = moment.replace(microsecond=0)
    what = (link.decision_id, link.kind, link.target, *signs)
    key = time_ordered_id(second, *what)
    click = Click(key, link.decision_id, link.kind, link.target, moment, signs)
    if house.clicks is not None:
        house.clicks.add([click])
    return Followed("" if link.kind == "open" else landing(shop_url, link), click)
