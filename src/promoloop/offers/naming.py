"""In which locales an offer can be spoken of, and by which name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from promoloop.core import (
    InvalidError,
    in_script,
    language_of,
    locale_kin,
    tongue_of,
)
from promoloop.offers.records import Offer
from promoloop.offers.rewards import Gift

__all__ = ["name_in", "unspoken"]


def name_in(texts: Mapping[str, str], locale: str, what: str) -> str:
    """The text for ``locale``, or the one of the nearest region of the same language.

    Chinese of another script is converted, with Taiwan's own words. ``what`` opens the error.

    Examples
    --------
    >>> names = {"en-US": "yogurt", "zh-CN": "咖啡机", "zh-HK": "咖啡機"}
    >>> [name_in(names, locale, "names") for locale in ("en-GB", "zh-TW", "zh-SG")]
    ['yogurt', '咖啡機', '咖啡机']
    """
    kin = [tag for tag in texts if language_of(tag) == language_of(locale)]
    if not kin:
        raise InvalidError(what, f"there is none for {locale}", f"Add one under {locale}.")
    nearest = min(kin, key=lambda tag: (-_nearness(tag, locale), tag))
    return in_script(texts[nearest], nearest, locale)


def _nearness(tag: str, locale: str) -> int:
    """How many kin two locales share; the locale itself is nearest of all."""
    if tag == locale:
        return len(locale) + 1
    return len(set(locale_kin(tag)) & set(locale_kin(locale)))


def unspoken(offer: Offer, locales: Iterable[str]) -> dict[str, InvalidError]:
    """The locales in which nothing can be said of ``offer``, each with what is missing.

    A name or gift title for one region of a language does for all its regions.
    """
    found = {}
    for locale in locales:
        try:
            tongue_of("promoloop.offers", "clauses", locale)
            name_in(offer.names, locale, f"offer {offer.offer_id!r}, field names")
            if isinstance(offer.reward, Gift):
                what = f"offer {offer.offer_id!r}, field reward, field titles"
                name_in(offer.reward.titles, locale, what)
        except InvalidError as error:
            found[locale] = error
    return found
