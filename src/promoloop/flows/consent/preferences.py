"""The page of preferences as data: what one person gets, and how to change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from promoloop.core import InvalidError, date_text, require_utc, tongue_of, tongue_table
from promoloop.flows.consent.leaving import standing, unsubscribe
from promoloop.flows.consent.person import CHANNELS, Person, require_channel
from promoloop.flows.history.audience import PURPOSE
from promoloop.flows.house import House
from promoloop.profiles import Consent

__all__ = ["PAUSES", "Choice", "Preferences", "change_preferences", "page_words", "preferences_of"]

#: The pauses that the page offers, in days.
PAUSES = (7, 14, 30, 90)


@dataclass(frozen=True, slots=True)
class Choice:
    """One channel on the page. ``state`` says in words what stands, ``name`` the channel."""

    channel: str
    name: str
    granted: bool
    pending: bool
    resting_until: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the page shows: texts ready to be escaped, and nothing that names the person.

    ``pauses`` maps days to the words of the button; ``words`` are all texts of the page.
    """

    locale: str
    choices: tuple[Choice, ...]
    pauses: Mapping[int, str]
    resting: bool
    words: Mapping[str, str]


def preferences_of(
    house: House, person: Person, locale: str, shop_name: str, now: datetime
) -> Preferences:
    """What one person gets now; ``locale`` falls back to English where we have no words."""
    moment = require_utc(now, "the time of looking")
    words = page_words(locale, shop_name)
    tag = locale if _spoken(locale) else "en-US"
    stands = standing(house, person.shopper_id)
    shown = [name for name in CHANNELS if name in stands or name == person.channel]
    choices = tuple(_choice(house, person, name, stands.get(name), tag, moment) for name in shown)
    return Preferences(
        locale=tag,
        choices=choices,
        pauses={days: words["pause"].format(days=days) for days in PAUSES},
        resting=any(one.resting_until for one in choices),
        words=words,
    )


def change_preferences(
    house: House, person: Person, wanted: Mapping[str, bool], now: datetime
) -> tuple[str, ...]:
    """Set channels on or off; return those that need a confirmation before they are on.

    A channel on which a yes must be confirmed is switched on at once only where the link came by
    that channel: then it is proven whose it is. Everything is checked before anything is written.
    """
    moment = require_utc(now, "the time of changing")
    for channel in wanted:
        require_channel(channel)
    stands = standing(house, person.shopper_id)
    on = [
        name
        for name, yes in wanted.items()
        if yes and not ((entry := stands.get(name)) and entry.granted)
    ]
    waiting = tuple(name for name in on if name in house.double_opt_in and name != person.channel)
    unsubscribe(
        house, person.shopper_id, [n for n, yes in wanted.items() if not yes], now, "preferences"
    )
    house.consents.record(
        [
            Consent(person.shopper_id, name, PURPOSE, True, moment, "preferences")
            for name in on
            if name not in waiting
        ]
    )
    return waiting


def page_words(locale: str, shop_name: str) -> dict[str, str]:
    """The texts of all pages of consent, with the shop's name filled in."""
    table = tongue_table("promoloop.flows.consent", "preferences", _known(locale))
    return {
        name: text.replace("{shop}", shop_name)
        for name, text in table.items()
        if isinstance(text, str)
    }


def _choice(
    house: House, person: Person, channel: str, entry: Consent | None, locale: str, now: datetime
) -> Choice:
    words = tongue_table("promoloop.flows.consent", "preferences", _known(locale))
    granted = entry is not None and entry.granted
    pending = not granted and _pending(house, person.shopper_id, channel, now)
    rests = {} if house.rests is None else house.rests.resting(channel, now)
    until = rests.get(person.shopper_id)
    key, at = "never", None
    if entry is not None:
        key, at = ("since_on" if granted else "since_off"), entry.at
    if pending:
        key = "pending"
    if granted and until is not None:
        key, at = "resting", until
    day = "" if at is None else date_text(at.astimezone(ZoneInfo(house.time_zone)).date(), locale)
    said = str(words[key]).format(date=day)
    return Choice(channel, str(words["channel"][channel]), granted, pending, until, said)


def _pending(house: House, shopper_id: str, channel: str, now: datetime) -> bool:
    asked = () if house.consent_requests is None else house.consent_requests.of(shopper_id)
    return any(
        one.channel == channel and one.confirmed_at is None and one.expires_at > now
        for one in asked
    )


def _spoken(locale: str) -> bool:
    try:
        tongue_of("promoloop.flows.consent", "preferences", locale)
    except InvalidError:
        return False
    return True


def _known(locale: str) -> str:
    return locale if _spoken(locale) else "en-US"
