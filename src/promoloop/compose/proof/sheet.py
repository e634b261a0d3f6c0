"""The fact sheet: everything a text may state, each fact with the field it comes from.

A text about an offer is proven against ``OfferFacts``; whatever else a shop writes (an event, a
joint promotion, a product, an order, a market report) is proven against a ``FactSheet``. What is
on no sheet cannot be said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias

from promoloop.core import InvalidError, require_locale
from promoloop.offers import OfferFacts

__all__ = ["FACT_KINDS", "Fact", "FactSheet", "fact_sheet", "sheet_of"]

FactValue: TypeAlias = str | int | Decimal | date | time | tuple[int, int]

FACT_KINDS: Mapping[str, tuple[type, ...]] = {
    "name": (str,),  # a product, brand, partner, place, person: proves its own mention
    "code": (str,),  # a coupon code, an order number: exactly as written
    "phrase": (str,),  # words that may stand as they are, claims included
    "attribute": (str,),  # words of a product's own attributes: prove such words only
    "promise": (str,),  # a topic of the claims files: free_shipping, gift, free_returns, refund ...
    "percent": (int, Decimal),
    "money": (int,),  # minor units of the sheet's currency
    "count": (int, Decimal),
    "bundle": (tuple,),  # (buy, get)
    "tier": (tuple,),  # (spend, save) in minor units
    "date": (date,),
    "time": (time,),  # local clock time
}
"""The kinds of facts, and the types their values have."""

_ROLES = {
    "saving": "saving", "discount": "saving", "off": "saving",
    "threshold": "threshold", "minimum": "threshold", "ceiling": "ceiling",
    "price": "price", "total": "price", "fee": "price", "value": "value", "refund": "refund",
    "change": "change", "growth": "change",
    "starts": "starts", "start": "starts", "opens": "starts", "valid_from": "starts",
    "ends": "ends", "end": "ends", "deadline": "ends", "valid_until": "ends", "closes": "ends",
    "until": "ends", "expires": "ends",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is so.

    Parameters
    ----------
    kind : str
        One of ``FACT_KINDS``.
    value : str, int, Decimal, date, time or pair of int
        What the kind says.
    source : str
        The field it comes from, as a claim's proof names it (``"event.starts"``).
    role : str
        What it is good for. Percent: ``saving`` (may be said as a discount), ``change`` (signed,
        with words of rise or fall), "" (a share). Money: ``saving``, ``threshold``, ``ceiling``,
        ``price``, ``value``, ``refund``, a former price (``regular_price``, ``lowest_30_days``,
        ``lowest_7_days``, ``list_price``), "" (any). Date and time: ``starts``, ``ends``, ""
        (the day itself). Count: the unit that must follow, "" for any.
    """

    kind: str
    value: FactValue
    source: str
    role: str = ""

    def __post_init__(self) -> None:
        asked = f"the fact {self.source!r}"
        if self.kind not in FACT_KINDS:
            raise InvalidError(
                asked, f"its kind is {self.kind!r}", f"Use one of {', '.join(FACT_KINDS)}."
            )
        if not isinstance(self.value, FACT_KINDS[self.kind]) or isinstance(self.value, bool):
            raise InvalidError(
                asked, f"{self.value!r} is no {self.kind}", "Give a value of the kind's type."
            )
        if not self.source or self.value == "":
            raise InvalidError(asked, "its source or its value is empty", "Give both.")


@dataclass(frozen=True, slots=True)
class FactSheet:
    """What a text in ``locale`` may state; money in minor units of ``currency``.

    ``today`` is the local day the text is read on, so that "today" and "tomorrow" have a meaning;
    without it they are proven only for an offer that runs on a single day. What is ``upcoming``
    has not begun on that day, and no words may say that it runs.
    """

    locale: str
    facts: tuple[Fact, ...]
    currency: str = ""
    today: date | None = None
    upcoming: bool = False

    def __post_init__(self) -> None:
        require_locale(self.locale)
        if not self.currency and any(fact.kind in {"money", "tier"} for fact in self.facts):
            raise InvalidError(
                "a fact sheet with money", "it names no currency", "Give an ISO 4217 code."
            )


def fact_sheet(
    locale: str,
    *,
    currency: str = "",
    today: date | None = None,
    facts: tuple[Fact, ...] = (),
    **values: Mapping[Any, str],
) -> FactSheet:
    """A sheet from plain mappings of value to source, one per kind of fact.

    Parameters
    ----------
    **values : mapping of value to source
        ``names``, ``codes``, ``phrases``, ``attributes``, ``promises``, ``percents``,
        ``money_minor``, ``numbers``, ``bundles``, ``tiers``, ``dates``, ``times``. The last word
        of the source tells the role where it is a known one: ``event.starts``, ``order.refund``,
        ``partner.saving_minor``, ``product.price_minor``, ``report.change``.
    facts : tuple of Fact
        Facts whose role is to be said outright.

    Raises
    ------
    InvalidError
        An unknown mapping, or a value that is not of its kind.

    Examples
    --------
    >>> sheet = fact_sheet("en-US", names={"Harbor Books": "event.host"},
    ...                    dates={date(2026, 12, 5): "event.starts"})
    >>> [(fact.kind, fact.source, fact.role) for fact in sheet.facts]
    [('name', 'event.host', ''), ('date', 'event.starts', 'starts')]
    """
    unknown = next((name for name in values if name not in _MAPPINGS), None)
    if unknown:
        raise InvalidError(
            f"the facts {unknown!r}", "there is no such kind", f"Use {', '.join(_MAPPINGS)}."
        )
    given = tuple(
        Fact(_MAPPINGS[name], value, source, _role(source))
        for name, mapping in values.items()
        for value, source in mapping.items()
    )
    return FactSheet(locale, given + facts, currency, today)


_MAPPINGS = {
    "names": "name", "codes": "code", "phrases": "phrase", "attributes": "attribute",
    "promises": "promise", "percents": "percent", "money_minor": "money", "numbers": "count",
    "bundles": "bundle", "tiers": "tier", "dates": "date", "times": "time",
}  # fmt: skip


def _role(source: str) -> str:
    last = source.rsplit(".", 1)[-1].removesuffix("_minor")
    return _ROLES.get(last) or _ROLES.get(last.rsplit("_", 1)[-1], "")


def sheet_of(facts: OfferFacts, today: date | None = None) -> FactSheet:
    """The sheet of one offer; its claims are proven by fields named ``offer.…``."""
    return _offer_sheet(
        (facts.locale, facts.currency, facts.name, facts.gift, facts.free_shipping),
        (facts.percents, facts.counts, facts.codes, facts.tiers),
        (facts.saving_minor, facts.threshold_minor, facts.ceiling_minor),
        (facts.starts, facts.deadline, facts.closes),
        facts.amounts_minor,
        today,
        facts.upcoming or (today is not None and today < facts.starts),
    )


@lru_cache(maxsize=4096)
def _offer_sheet(
    texts: tuple[str, str, str, str | None, bool],
    numbers: tuple[tuple[int, ...], tuple[int, ...], tuple[str, ...], tuple[tuple[int, int], ...]],
    money: tuple[int | None, int | None, int | None],
    days: tuple[date, date, time],
    amounts_minor: tuple[int, ...],
    today: date | None,
    upcoming: bool,
) -> FactSheet:
    locale, currency, name, gift, ships_free = texts
    percents, counts, codes, tiers = numbers
    starts, deadline, closes = days
    found = [Fact("name", name, "offer.name")]
    found += [Fact("code", code, "offer.condition.code") for code in codes]
    found += [Fact("percent", percent, "offer.reward.percent", "saving") for percent in percents]
    found += [Fact("count", count, "offer.reward.counts") for count in counts]
    if counts:
        found.append(Fact("bundle", (counts[0], counts[-1]), "offer.reward.counts"))
    found += _money_facts(money, tiers, amounts_minor if gift else ())
    if gift:
        found += [Fact("name", gift, "offer.reward.gift")]
        found += [Fact("promise", "gift", "offer.reward.gift")]
    if ships_free:
        found.append(Fact("promise", "free_shipping", "offer.reward.free_shipping"))
    if percents == (100,) and not counts and not money[-1]:
        found.append(Fact("promise", "free_item", "offer.reward.percent"))
    found += [
        Fact("date", starts, "offer.valid_from", "starts"),
        Fact("date", deadline, "offer.valid_until", "ends"),
        Fact("time", closes, "offer.valid_until", "ends"),
    ]
    return FactSheet(locale, tuple(found), currency, today, upcoming)


def _money_facts(
    money: tuple[int | None, int | None, int | None],
    tiers: tuple[tuple[int, int], ...],
    gift_minor: tuple[int, ...],
) -> list[Fact]:
    saving, threshold, ceiling = money
    pairs = [*tiers, (threshold, saving)] if threshold and saving else list(tiers)
    told = [
        (saving, "offer.reward.amount", "saving"),
        (threshold, "offer.condition.amount", "threshold"),
        (ceiling, "offer.reward.ceiling", "ceiling"),
        *((spend, "offer.reward.tiers", "threshold") for spend, _ in tiers),
        *((save, "offer.reward.tiers", "saving") for _, save in tiers),
        *((worth, "offer.reward.gift", "value") for worth in gift_minor if worth != threshold),
    ]
    found = [Fact("money", minor, source, role) for minor, source, role in told if minor]
    return found + [
        Fact("tier", (spend, save), "offer.reward.tiers")
        for spend, save in pairs
        if spend is not None and save is not None
    ]
