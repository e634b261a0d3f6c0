"""Texts that the tests of the review speak of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from promoloop.compose import Copy, fill, verify
from promoloop.offers import OfferFacts, PercentOff

from ..made import facts

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PARTS = {
    "headline": "Coffee for slow mornings",
    "body": "A warm cup before the day begins. {{name}}: {{reward}}, {{deadline}}.",
    "call": "Have a look",
}


def about(locale: str = "en-US", name: str = "coffee") -> OfferFacts:
    """20 % off, until the end of November."""
    return facts(locale, name, PercentOff(20))


def text(
    copy_id: str,
    parts: Mapping[str, str] = PARTS,
    source: str = "model",
    on: OfferFacts | None = None,
    channel: str = "onsite",
    moment: str = "active",
    prompt_hash: str = "ab12",
) -> Copy:
    """A text with the verdict that the verifier gives it."""
    facts_here = on or about()
    verdict = verify(fill(parts, facts_here.clauses), facts_here, channel, moment)
    return Copy(
        copy_id=copy_id,
        brief_id="brief-1",
        offer_id=facts_here.offer_id,
        offer_revision=1,
        locale=facts_here.locale,
        channel=channel,
        moment=moment,
        variant="a",
        parts=parts,
        source=source,
        model="gemma-270m+shop" if source == "model" else "",
        prompt_hash=prompt_hash if source == "model" else "",
        verdict=verdict,
        refused=(),
        created_at=NOW,
    )
