"""Guardrails in the form of a campaign: one limit per metric, left empty for none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from promoloop.console.forms import money_of
from promoloop.console.visit import Visit
from promoloop.core import InvalidError, Money
from promoloop.offers import GUARDRAIL_METRICS, Guardrail

__all__ = ["SIDES", "rails_of", "values_of"]

#: On which side of its limit a metric is bad, usually.
SIDES: Mapping[str, str] = {
    metric: "below" if metric == "margin_per_shopper" else "above" for metric in GUARDRAIL_METRICS
}


def rails_of(visit: Visit) -> Sequence[Mapping[str, Any]]:
    """What was sent, as ``campaign_from_data`` reads it: rates as shares, money in minor units."""
    found = []
    for metric in GUARDRAIL_METRICS:
        text = visit.text(f"rail.{metric}")
        if text:
            side = visit.text(f"side.{metric}") or SIDES[metric]
            limit = _limit(visit, metric, text)
            found.append({"metric": metric, "direction": side, "limit": limit})
    return found


def values_of(guardrails: Sequence[Guardrail], currency: str) -> Mapping[str, str]:
    """Guardrails as the form shows them: rates in per cent, money in major units."""
    limits = {f"rail.{rail.metric}": _shown(rail, currency) for rail in guardrails}
    return limits | {f"side.{rail.metric}": rail.direction for rail in guardrails}


def _shown(rail: Guardrail, currency: str) -> str:
    if rail.metric == "margin_per_shopper":
        return str(Money(round(rail.limit), currency).decimal())
    return f"{100 * rail.limit if rail.metric.endswith('_rate') else rail.limit:.10g}"


def _limit(visit: Visit, metric: str, text: str) -> float:
    where = f"{visit.words.say('campaigns.the_form')}, field guardrails, field {metric}"
    if metric == "margin_per_shopper":
        return float(money_of(visit, where, text))
    try:
        limit = float(text.removesuffix("%"))
    except ValueError as error:
        raise InvalidError(where, f"{text!r} is not a number", "Write it like 0.5.") from error
    if not metric.endswith("_rate"):
        return limit
    if not 0 < limit < 100:
        case = f"{text!r} is no percentage between 0 and 100"
        raise InvalidError(where, case, "Write it like 0.5: that is 5 in 1,000.")
    return round(limit / 100, 10)
