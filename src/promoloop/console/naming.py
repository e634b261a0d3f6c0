"""What an offer is called on a page, also where nobody gave it a name in the page's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from promoloop.core import language_of
from promoloop.offers import Gift, Offer, offer_facts

__all__ = ["clauses_shown"]


def clauses_shown(
    offer: Offer, locale: str, locales: Sequence[str], time_zone: str
) -> Mapping[str, str]:
    """The clauses of ``offer`` for staff: in the page's language, with the names there are.

    A name or gift title that is missing is borrowed from the first of the shop's ``locales`` that
    has one. Shoppers are never told a borrowed name: see ``offers.unspoken``.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from promoloop.offers import PercentOff
    >>> days = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    >>> offer = Offer("o1", {"en-US": "Coffee"}, "COFFEE", PercentOff(20, 400), *days, "USD")
    >>> clauses_shown(offer, "zh-CN", ("en-US", "zh-CN"), "UTC")["name"]
    'Coffee'
    """
    named = replace(offer, names=_lent(offer.names, locale, locales))
    if isinstance(offer.reward, Gift):
        titles = _lent(offer.reward.titles, locale, locales)
        named = replace(named, reward=replace(offer.reward, titles=titles))
    return offer_facts(named, locale, time_zone).clauses


def _lent(texts: Mapping[str, str], locale: str, locales: Sequence[str]) -> Mapping[str, str]:
    """``texts``, with one under ``locale`` where none is in its language."""
    if any(language_of(tag) == language_of(locale) for tag in texts):
        return texts
    first = next((tag for tag in locales if tag in texts), min(texts))
    return {**texts, locale: texts[first]}
