"""Offers these tests speak of, and their facts."""

from datetime import UTC, datetime

from promoloop.core import language_of
from promoloop.offers import Condition, Offer, OfferFacts, Reward, offer_facts


def offer(
    locale: str, name: str, reward: Reward, conditions: tuple[Condition, ...] = (), first: int = 20
) -> Offer:
    """An offer valid from November ``first`` to November 30, 2026 (UTC)."""
    return Offer(
        offer_id=f"{name}-offer",
        names={locale: name},
        group=name,
        reward=reward,
        valid_from=datetime(2026, 11, first, tzinfo=UTC),
        valid_until=datetime(2026, 12, 1, tzinfo=UTC),
        currency="CNY" if language_of(locale) == "zh" else "USD",
        conditions=conditions,
    )


def facts(
    locale: str, name: str, reward: Reward, conditions: tuple[Condition, ...] = (), first: int = 20
) -> OfferFacts:
    """The facts of that offer in its own locale."""
    return offer_facts(offer(locale, name, reward, conditions, first), locale, "UTC")
