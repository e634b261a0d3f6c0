"""A promotion together with a partner: both are named, who pays for it is not said."""

from __future__ import annotations

from dataclasses import dataclass, replace

from promoloop.compose.kinds.checks import WHO_PAYS, require_name, require_no_offer
from promoloop.compose.kinds.drafting import Drafting, better
from promoloop.compose.kinds.wording import drawn, limits_of
from promoloop.compose.kinds.written import Known, Written, proven
from promoloop.compose.proof import Fact, FactSheet, sheet_of
from promoloop.compose.slots import fill
from promoloop.compose.templates import offer_clause
from promoloop.core import InvalidError
from promoloop.offers import OfferFacts

__all__ = ["JointPromotion", "write_joint_promotion"]

_KIND = "joint"


@dataclass(frozen=True, slots=True)
class JointPromotion:
    """One offer that a shop and its partner make together; the offer's facts are the content."""

    shop: str
    partner: str
    facts: OfferFacts
    channel: str = "email"

    def __post_init__(self) -> None:
        for field, name in (("shop", self.shop), ("partner", self.partner)):
            require_no_offer(require_name(name, field), field)
        if self.shop.casefold() == self.partner.casefold():
            raise InvalidError("field partner", "it is the shop itself", "Name the partner.")


def write_joint_promotion(
    joint: JointPromotion, drafting: Drafting | None = None, turn: int = 0
) -> Written:
    """The message for its channel (``email``, ``push``, ``sms`` or ``onsite``)."""
    facts, channel = joint.facts, joint.channel
    known = {
        "shop": Known(joint.shop, ("joint.shop",)),
        "partner": Known(joint.partner, ("joint.partner",)),
        "offer": Known(_offer(facts), tuple(f"offer.{slot}" for slot in facts.clauses)),
        **{slot: Known(text, (f"offer.{slot}",)) for slot, text in facts.clauses.items()},
    }
    own = (Fact("name", joint.shop, "joint.shop"), Fact("name", joint.partner, "joint.partner"))
    of_offer = sheet_of(facts)
    sheet = FactSheet(facts.locale, (*own, *of_offer.facts), of_offer.currency)
    text = drawn(_KIND, facts.locale, channel, known, turn)
    limits = limits_of(facts.locale, _KIND, channel)
    verdict = proven(text.parts, sheet, limits)
    written = Written(_KIND, facts.locale, channel, text.parts, verdict, text.sources)
    asked = replace(drafting, forbidden=WHO_PAYS) if drafting else None
    return better(written, known, ("shop", "partner", "offer"), sheet, limits, asked)


def _offer(facts: OfferFacts) -> str:
    """Every term of the offer in one clause; mid-sentence, so without a capital."""
    clause = offer_clause(facts.locale, facts.clauses)
    filled = fill({"offer": f"; {clause}"}, facts.clauses)["offer"]
    return filled.removeprefix("; ")
