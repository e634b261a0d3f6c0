"""Leaving: one click of RFC 8058, one channel or all of them, for good or for a while."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from promoloop.core import InvalidError, require_utc, time_ordered_id
from promoloop.deliver import Keys
from promoloop.feedback import Outcome
from promoloop.flows.consent.person import CHANNELS, Person, person_of, require_channel
from promoloop.flows.history.audience import PURPOSE
from promoloop.flows.house import House
from promoloop.profiles import Consent, ContactRest

__all__ = ["LONGEST_REST", "pause", "resume", "standing", "unsubscribe", "unsubscribe_one_click"]

#: Days that a pause may last; one who wants longer leaves.
LONGEST_REST = 365


def unsubscribe_one_click(
    house: House, keys: Keys, token: str, form: Mapping[str, str], now: datetime
) -> Person:
    """What the POST of RFC 8058 does: off the one channel of the message it came with.

    Only for POST: the caller must never come here from a GET, which scanners make.

    Parameters
    ----------
    form : mapping
        The fields of the body, from ``multipart/form-data`` or ``x-www-form-urlencoded``.

    Raises
    ------
    InvalidError
        For a token that is not ours, or a body without ``List-Unsubscribe=One-Click``.
    """
    person = person_of(keys, token)
    if form.get("List-Unsubscribe") != "One-Click":
        raise InvalidError(
            "unsubscribing by one click",
            "the body does not say List-Unsubscribe=One-Click",
            "Post the form of RFC 8058, or use the page of the link.",
        )
    unsubscribe(house, person.shopper_id, (person.channel,), now, "one-click")
    return person


def unsubscribe(
    house: House, shopper_id: str, channels: Sequence[str], now: datetime, source: str
) -> tuple[str, ...]:
    """Record a no for each of ``channels``; return those where it was not one already.

    The no stands from ``now`` on for every path to a send; doing it again changes nothing. What
    leaving costs is taken off the reward of the message it came after.
    """
    moment = require_utc(now, "the time of leaving")
    for channel in channels:
        require_channel(channel)
    before = standing(house, shopper_id)
    # A no that was never preceded by a yes is written too: it outlasts a yes reported late.
    open_ = [name for name in dict.fromkeys(channels) if not _is_no(before.get(name))]
    house.consents.record(
        [Consent(shopper_id, name, PURPOSE, False, moment, source) for name in open_]
    )
    left = [name for name in open_ if (entry := before.get(name)) and entry.granted]
    house.outcomes.append([_left(shopper_id, name, moment) for name in left])
    return tuple(open_)


def pause(
    house: House, shopper_id: str, channel: str, days: int, now: datetime
) -> ContactRest | None:
    """Nothing on ``channel`` (``"*"`` is every one) for so many days; ``None`` without a store."""
    if channel != "*":
        require_channel(channel)
    if not 1 <= days <= LONGEST_REST:
        raise InvalidError(
            f"a pause of {days} days",
            f"it is not between 1 and {LONGEST_REST}",
            "Choose another length, or unsubscribe.",
        )
    moment = require_utc(now, "the time of asking")
    return _rest(house, ContactRest(shopper_id, channel, moment + timedelta(days=days), moment))


def resume(house: House, shopper_id: str, now: datetime) -> None:
    """End every pause of the shopper."""
    moment = require_utc(now, "the time of asking")
    for channel in ("*", *CHANNELS):
        if house.rests is not None and shopper_id in house.rests.resting(channel, moment):
            _rest(house, ContactRest(shopper_id, channel, moment, moment))


def standing(house: House, shopper_id: str) -> dict[str, Consent]:
    """The entry that counts for each channel, as the ledger decides it."""
    mine = [one for one in house.consents.of(shopper_id) if one.purpose == PURPOSE]
    return {one.channel: one for one in mine}


def _rest(house: House, rest: ContactRest) -> ContactRest | None:
    if house.rests is None:
        return None
    house.rests.write([rest])
    return rest


def _is_no(entry: Consent | None) -> bool:
    return entry is not None and not entry.granted


def _left(shopper_id: str, channel: str, at: datetime) -> Outcome:
    key = time_ordered_id(at, shopper_id, channel, "unsubscribed")
    return Outcome(key, shopper_id, "", "unsubscribed", "", at, 0, 0, 0, "real")
