"""What may be said of an offer in one locale: the numbers, dates, codes, and whole clauses.

Everything derives from the offer's own fields, so that a text made of these clauses is true and
a text made of anything else can be checked against the numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import singledispatch
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from promoloop.core import InvalidError, date_text, require_locale
from promoloop.offers.clauses import Said, clauses_of
from promoloop.offers.conditions import CouponCode, FlashWindow, MinimumSpend
from promoloop.offers.naming import name_in
from promoloop.offers.parts import Condition, Reward
from promoloop.offers.records import Offer
from promoloop.offers.rewards import (
    AmountOff,
    BuyXGetY,
    FreeShipping,
    Gift,
    PercentOff,
    TieredAmountOff,
)

__all__ = ["OfferFacts", "offer_facts"]

#: Days of an offer that lasts longer are told with their year: "Nov 20" of a year is two days.
_NEAR = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """All that a text about one offer may state, and the clauses that state it.

    ``percents``, ``amounts_minor`` (minor units of ``currency``) and ``counts`` are every number
    a text may hold. ``starts`` and ``deadline`` are local dates, the deadline that of the last
    valid moment. ``clauses`` maps slots to whole natural clauses: always ``name``, ``reward``
    and ``deadline``; ``condition``, ``code`` and ``ceiling`` where they apply.

    What the amounts are for: ``saving_minor`` comes off, ``tiers`` are pairs (spend, save),
    ``threshold_minor`` must be spent, and no more than ``ceiling_minor`` comes off. ``closes`` is
    the local time at which the deadline day's offer ends, midnight when it runs the whole day.
    ``upcoming`` facts were told before the offer begins: the clause ``deadline`` says from when.
    """

    offer_id: str
    revision: int
    locale: str
    currency: str
    name: str
    percents: tuple[int, ...]
    amounts_minor: tuple[int, ...]
    counts: tuple[int, ...]
    starts: date
    deadline: date
    codes: tuple[str, ...]
    gift: str | None
    free_shipping: bool
    clauses: Mapping[str, str]
    saving_minor: int | None = None
    tiers: tuple[tuple[int, int], ...] = ()
    threshold_minor: int | None = None
    ceiling_minor: int | None = None
    closes: time = time()
    upcoming: bool = False


def offer_facts(
    offer: Offer,
    locale: str,
    time_zone: str,
    drawn_code: str | None = None,
    now: datetime | None = None,
) -> OfferFacts:
    """The facts of ``offer`` as a native of ``locale`` reads them.

    Parameters
    ----------
    offer : Offer
        The offer.
    locale : str
        BCP 47 tag of a language that has a clauses file (``data/clauses-*.toml``). Where the
        offer has no name in this very locale, its name in the nearest region of the same language
        is used.
    time_zone : str
        IANA name of the shopper's zone, in which dates are told.
    drawn_code : str, optional
        The code of the offer's pool that this shopper was given. Without it the clause of a pool
        speaks of a personal code, and of a single code it names that code.
    now : datetime, optional
        When this is told (UTC). Of an offer that begins later it is said from when; without
        ``now`` it is told as running.

    Raises
    ------
    InvalidError
        No name in the language, no clauses for the language, an unknown zone, a code that is
        none of the offer's.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from promoloop.offers import Offer, PercentOff
    >>> days = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    >>> names = {"en-US": "coffee", "zh-CN": "咖啡"}
    >>> offer = Offer("o1", names, "COFFEE", PercentOff(20, 400), *days, "USD")
    >>> offer_facts(offer, "en-US", "UTC").clauses["reward"]
    '20% off coffee'
    >>> offer_facts(offer, "zh-CN", "UTC").clauses["deadline"]
    '11月30日截止'
    """
    require_locale(locale)
    name = name_in(offer.names, locale, f"offer {offer.offer_id}, field names")
    said = _said(offer.reward)
    for condition in offer.conditions:
        said = _with_condition(condition, said)
    starts, last, end = _moments(offer, time_zone)
    gift = name_in(said.titles, locale, "gift, field titles") if said.titles else None
    said = replace(said, gift=gift, drawn_code=_drawn(offer, said.codes, drawn_code))
    upcoming = now is not None and now < starts
    year = _is_far(starts, last) or (now is not None and _is_far(now, last))
    first = date_text(starts.date(), locale, year=year)
    until = date_text(last.date(), locale, year=year)
    return OfferFacts(
        offer_id=offer.offer_id,
        revision=offer.revision,
        locale=locale,
        currency=offer.currency,
        name=name,
        percents=said.percents,
        amounts_minor=_different(said.amounts_minor),
        counts=_different(said.counts),
        starts=starts.date(),
        deadline=last.date(),
        codes=said.codes,
        gift=said.gift,
        free_shipping=said.free_shipping,
        clauses=clauses_of(said, name, until, offer.currency, locale, first if upcoming else ""),
        saving_minor=said.off_minor,
        tiers=said.tiers,
        threshold_minor=said.threshold_minor,
        ceiling_minor=said.ceiling_minor,
        closes=end.time(),
        upcoming=upcoming,
    )


def _is_far(first: datetime, last: datetime) -> bool:
    """Whether a day of ``last`` without its year could be taken for one that is past."""
    return last - first > _NEAR


@singledispatch
def _said(reward: Reward) -> Said:
    raise InvalidError(f"the facts of a {reward.code}", "nothing is known to say", "Register it.")


@_said.register
def _(reward: PercentOff) -> Said:
    return Said(
        reward.code,
        percents=(reward.percent,),
        amounts_minor=_given(reward.ceiling_minor),
        ceiling_minor=reward.ceiling_minor,
    )


@_said.register
def _(reward: AmountOff) -> Said:
    return Said(reward.code, amounts_minor=(reward.amount_minor,), off_minor=reward.amount_minor)


@_said.register
def _(reward: TieredAmountOff) -> Said:
    amounts = tuple(amount for tier in reward.tiers for amount in tier)
    return Said(reward.code, amounts_minor=amounts, tiers=reward.tiers)


@_said.register
def _(reward: BuyXGetY) -> Said:
    return Said(
        reward.code,
        percents=(reward.percent,),
        amounts_minor=_given(reward.ceiling_minor),
        counts=(reward.buy, reward.get),
        ceiling_minor=reward.ceiling_minor,
    )


@_said.register
def _(reward: Gift) -> Said:
    return Said(reward.code, amounts_minor=(reward.value_minor,), titles=reward.titles)


@_said.register
def _(reward: FreeShipping) -> Said:
    return Said(
        reward.code,
        amounts_minor=(reward.ceiling_minor,),
        ceiling_minor=reward.ceiling_minor,
        free_shipping=True,
    )


@singledispatch
def _with_condition(_condition: Condition, said: Said) -> Said:
    return said


@_with_condition.register
def _(condition: MinimumSpend, said: Said) -> Said:
    threshold = max(condition.amount_minor, said.threshold_minor or 0)
    return replace(
        said,
        threshold_minor=threshold,
        amounts_minor=(*said.amounts_minor, condition.amount_minor),
    )


@_with_condition.register
def _(condition: CouponCode, said: Said) -> Said:
    return replace(said, codes=(*said.codes, *condition.codes))


def _moments(offer: Offer, time_zone: str) -> tuple[datetime, datetime, datetime]:
    """The first and the last moment in which the offer is valid, and the one it ends at; local."""
    windows = [one for one in offer.conditions if isinstance(one, FlashWindow)]
    first = max([offer.valid_from, *(window.start for window in windows)])
    end = min([offer.valid_until, *(window.end for window in windows)])
    if end <= first:
        raise InvalidError(
            f"offer {offer.offer_id}, flash window",
            "it leaves no moment in which the offer is valid",
            "Put the window inside valid_from and valid_until.",
        )
    last = end - timedelta(microseconds=1)
    return _local(first, time_zone), _local(last, time_zone), _local(end, time_zone)


def _local(moment: datetime, time_zone: str) -> datetime:
    try:
        return moment.astimezone(ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidError(
            f"the time zone {time_zone!r}", "it is not known", "Use a name such as Asia/Shanghai."
        ) from error


def _drawn(offer: Offer, codes: tuple[str, ...], code: str | None) -> str | None:
    if code is None:
        return codes[0] if len(codes) == 1 else None
    if code not in codes:
        raise InvalidError(
            f"the code {code!r}",
            f"it is none of offer {offer.offer_id}'s codes",
            "Draw it from the offer's pool.",
        )
    return code


def _given(amount_minor: int | None) -> tuple[int, ...]:
    return () if amount_minor is None else (amount_minor,)


def _different(values: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(values))
