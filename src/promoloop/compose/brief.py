"""Briefs: what one message is to say, with facts rendered from the offer's own fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import product

from promoloop.compose.proof import safe_name
from promoloop.compose.records import Brief
from promoloop.core import language_of, stable_hash, tongue_table
from promoloop.offers import Offer, OfferFacts, offer_facts

__all__ = ["briefs_for", "facts_for_copy"]


def facts_for_copy(
    offer: Offer,
    locale: str,
    time_zone: str,
    drawn_code: str | None = None,
    now: datetime | None = None,
) -> OfferFacts:
    """The facts of ``offer`` as copy may state them; use these wherever copy is filled.

    A product name that carries a claim, markup or a web address never becomes a fact: a neutral
    word of the locale stands in its place (``templates-*.toml``, ``nameless``). ``now`` as in
    ``offer_facts``.
    """
    facts = offer_facts(offer, locale, time_zone, drawn_code, now)
    if safe_name(facts.name):
        return facts
    nameless = str(tongue_table("promoloop.compose", "templates", locale)["nameless"])
    neutral = replace(offer, names={locale: nameless})
    return offer_facts(neutral, locale, time_zone, drawn_code, now)


def briefs_for(
    offers: Sequence[Offer],
    locales: Sequence[str],
    channels: Sequence[str],
    moments: Sequence[str],
    time_zone: str,
    now: datetime | None = None,
) -> tuple[Brief, ...]:
    """One brief for each offer revision, locale, channel and moment, in that order.

    The ``brief_id`` depends on the offer revision, locale, channel and moment only, so the same
    offers give the same briefs again. ``now`` as in ``offer_facts``.
    """
    facts = {
        (offer.offer_id, locale): facts_for_copy(offer, locale, time_zone, now=now)
        for offer, locale in product(offers, locales)
    }
    return tuple(
        _brief(offer, facts[offer.offer_id, locale], channel, moment)
        for offer, locale, channel, moment in product(offers, locales, channels, moments)
    )


def _brief(offer: Offer, facts: OfferFacts, channel: str, moment: str) -> Brief:
    parts = (offer.offer_id, str(offer.revision), facts.locale, channel, moment)
    return Brief(
        brief_id=f"brief-{stable_hash(*parts):016x}",
        offer_id=offer.offer_id,
        offer_revision=offer.revision,
        group=offer.group,
        name=facts.name,
        moment=moment,
        locale=facts.locale,
        channel=channel,
        facts=facts.clauses,
        upcoming=facts.upcoming,
        names={
            language_of(locale): name
            for locale, name in sorted(offer.names.items(), reverse=True)
            if safe_name(name)
        },
    )
