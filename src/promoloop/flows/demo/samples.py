"""Messages of a run as their readers saw them, with the proof of what they state."""

from __future__ import annotations

from promoloop.compose import Copy, facts_for_copy, fill, verify
from promoloop.core import InvalidError
from promoloop.decide import Decision
from promoloop.flows.books.stock import code_pool
from promoloop.flows.history.audience import Audience
from promoloop.flows.house import House
from promoloop.flows.schedule import WEEK, cycle_start, issued
from promoloop.offers import Campaign
from promoloop.report import MessageSample

__all__ = ["copy_of", "sample_of"]


def copy_of(house: House, audience: Audience, decision: Decision) -> Copy:
    """The approved text the decision's message was made from."""
    row = audience.ids.index(decision.shopper_id)
    stage, locale = str(audience.profiles["lifecycle"][row]), audience.locales[row]
    wanted = (decision.offer_id, locale, decision.channel, decision.variant)
    fitting = [
        copy
        for copy in house.copies.all()
        if (copy.offer_id, copy.locale, copy.channel, copy.variant) == wanted
    ]
    if not fitting:
        raise InvalidError(
            f"the copy of decision {decision.decision_id}",
            "the bank has none for its offer, locale, channel and variant",
            "Run `promoloop compose`.",
        )
    return next((copy for copy in fitting if copy.moment == stage), fitting[0])


def sample_of(
    house: House,
    campaign: Campaign,
    audience: Audience,
    decision: Decision,
    html: str,
    text: str,
) -> MessageSample:
    """One message that arrived as ``html`` (empty for on-site) and ``text``, with its claims."""
    copy = copy_of(house, audience, decision)
    row = audience.ids.index(decision.shopper_id)
    week = (decision.decided_at - campaign.starts_at) // WEEK + 1
    offer = issued(house.offers.get(copy.offer_id), cycle_start(campaign, week))
    drawn = next((code for code in code_pool(offer) if code in text + html), None)
    facts = facts_for_copy(offer, copy.locale, audience.time_zones[row], drawn)
    parts = fill(copy.parts, facts.clauses)
    verdict = verify(parts, facts, copy.channel, copy.moment)
    return MessageSample(
        locale=copy.locale,
        channel=copy.channel,
        subject=parts.get("subject", parts["headline"]),
        preheader=parts.get("preheader", ""),
        html=html,
        text=text or parts["body"],
        source=copy.source,
        claims=tuple(dict.fromkeys((claim.text, claim.proof) for claim in verdict.claims)),
        call=parts["call"],
    )
