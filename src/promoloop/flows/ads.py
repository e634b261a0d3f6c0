"""An ad campaign's audience and creatives: who agreed, what is approved, which picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from promoloop.compose import Copy, briefs_for, facts_for_copy, fill, picture_copy
from promoloop.core import RefusedError
from promoloop.decide import assign_arms
from promoloop.deliver import AdCreative, AdPerson
from promoloop.flows.history.audience import PURPOSE, load_audience
from promoloop.flows.history.prices import refused_offers
from promoloop.flows.house import House
from promoloop.offers import Campaign, Offer
from promoloop.profiles import address_digest

__all__ = ["ADS", "AdAudience", "AdText", "ad_audience", "ad_creatives", "ad_texts"]

#: The channel that shoppers agree to, and the channel of texts.
ADS, _TEXTS = "ads", "ad"


@dataclass(frozen=True, slots=True)
class AdText:
    """What an advertisement for one offer says in one locale: ``headline, description, call``."""

    offer: Offer
    locale: str
    parts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AdAudience:
    """Who may be matched, and how many were left out for which reason."""

    people: tuple[AdPerson, ...]
    left_out: Mapping[str, int]


def ad_audience(house: House, campaign: Campaign, address_key: bytes = b"") -> AdAudience:
    """Shoppers of the campaign who agreed to ads, in no holdout, with no suppressed address.

    Raises
    ------
    RefusedError
        Nobody is left: an empty file would look like an audience.
    """
    audience = load_audience(house, campaign)
    agreed = house.consents.granted(ADS, PURPOSE)
    arms = assign_arms(audience.ids, campaign.salt, campaign.arms)
    phones = audience.phones or ("",) * len(audience)
    people: list[AdPerson] = []
    left_out = {"no-consent": 0, "holdout": audience.held_out, "suppressed": 0, "no-address": 0}
    gone = _suppressed(house, (*audience.emails, *phones), address_key)
    for who, arm, email, phone in zip(audience.ids, arms, audience.emails, phones, strict=True):
        if who not in agreed:
            left_out["no-consent"] += 1
        elif arm == "holdout":
            left_out["holdout"] += 1
        elif {address_digest(one, address_key) for one in (email, phone) if one} & gone:
            left_out["suppressed"] += 1
        elif not (email or phone):
            left_out["no-address"] += 1
        else:
            people.append(AdPerson(email, phone))
    if not people:
        raise RefusedError(
            f"an ad audience of campaign {campaign.campaign_id}",
            f"nobody is left ({', '.join(f'{n} {why}' for why, n in left_out.items() if n)})",
            f"Collect consent for the channel {ADS!r} first; see docs/howto/channels.md.",
        )
    return AdAudience(tuple(people), left_out)


def ad_texts(
    house: House, campaign: Campaign, locales: Sequence[str], now: datetime
) -> tuple[AdText, ...]:
    """A text for each offer that is on and each locale: an approved one, else a reviewed template.

    Raises
    ------
    RefusedError
        No offer of the campaign is on, or a text for one cannot be proven.
    """
    offers = [house.offers.get(one) for one in campaign.offer_ids]
    refused = refused_offers(house, offers, now)
    offers = [
        one
        for one in offers
        if one.valid_from <= now < one.valid_until and one.offer_id not in refused
    ]
    if not offers:
        raise RefusedError(
            f"creatives for campaign {campaign.campaign_id}",
            "none of its offers is on, or their price history supports no reduction",
            "Export while an offer holds, or lengthen one.",
        )
    approved = _approved(house)
    return tuple(
        _text(house, offer, locale, approved.get((offer.offer_id, offer.revision, locale)), now)
        for offer in offers
        for locale in locales
    )


def ad_creatives(
    texts: Sequence[AdText], pictures: Mapping[tuple[str, str], Sequence[str]], url: str
) -> tuple[AdCreative, ...]:
    """One creative for each text and picture; a text without pictures makes one alone.

    ``pictures`` are file names by (offer_id, locale), ``url`` is where an advertisement leads.
    """
    return tuple(
        AdCreative(
            group=text.offer.offer_id,
            locale=text.locale,
            headline=text.parts.get("headline", ""),
            description=text.parts.get("description", ""),
            call=text.parts.get("call", ""),
            url=url,
            picture=picture,
        )
        for text in texts
        for picture in pictures.get((text.offer.offer_id, text.locale), ("",))
    )


def _approved(house: House) -> Mapping[tuple[str, int, str], Copy]:
    """The first approved text for ads by offer, revision and locale."""
    found = [copy for copy in house.copies.all() if copy.channel == _TEXTS]
    standing = house.reviews.standing([copy.copy_id for copy in found])
    kept: dict[tuple[str, int, str], Copy] = {}
    for copy in found:
        entry = standing.get(copy.copy_id)
        if entry is not None and entry.state == "approved":
            kept.setdefault((copy.offer_id, copy.offer_revision, copy.locale), copy)
    return kept


def _text(house: House, offer: Offer, locale: str, copy: Copy | None, now: datetime) -> AdText:
    facts = facts_for_copy(offer, locale, house.time_zone, now=now)
    if copy is not None:
        return AdText(offer, locale, fill(copy.parts, facts.clauses))
    brief = briefs_for([offer], [locale], [_TEXTS], ["active"], house.time_zone)[0]
    return AdText(offer, locale, picture_copy(brief, facts))


def _suppressed(house: House, addresses: Sequence[str], key: bytes) -> frozenset[str]:
    if house.suppressions is None:
        return frozenset()
    digests = {address_digest(one, key) for one in addresses if one}
    return frozenset(house.suppressions.among(digests))
