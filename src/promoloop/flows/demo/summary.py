"""The demo's figures as ``summary.json`` holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from promoloop.evaluate import Estimate
from promoloop.flows.demo.simulation import SimulatedWeek
from promoloop.flows.demo.story import DemoResult
from promoloop.report import BudgetSide

__all__ = ["summary_of"]

#: Arms in the order the summary names them, then the best plan there could have been.
_SERIES = ("policy", "random", "bau", "holdout", "oracle")


def summary_of(
    result: DemoResult, wrong_facts: int, duplicates: int, peak_memory_mb: float
) -> dict[str, object]:
    """Every figure of one run. Money in minor units.

    ``learn.weeks`` and ``share_of_oracle`` are simulated truth: expected incremental margin per
    shopper and week, known because the shoppers are simulated. ``learn.lift_vs_bau`` is what a
    shop would see: an estimate from (simulated) outcomes.
    """
    return {
        "input": _input(result),
        "recommend": _recommend(result),
        "respond": _respond(result),
        "compose": _compose(result, wrong_facts),
        "decide": _decide(result),
        "deliver": _deliver(result, duplicates),
        "learn": _learn(result),
        "evaluate": _evaluate(result),
        "simulated": ["decide.spent_minor", "deliver's recipients", "learn", "evaluate"],
        "seconds": {step: round(seconds, 2) for step, seconds in result.seconds.items()},
        "peak_memory_mb": round(peak_memory_mb, 1),
    }


def _input(result: DemoResult) -> Mapping[str, object]:
    ingested = result.ingested
    return {
        "events": ingested.events,
        "quarantined": ingested.quarantined,
        "shoppers": ingested.shoppers,
        "products": ingested.products,
        "offers": ingested.offers + len(result.campaign.offer_ids),
        "rows_per_second": round(ingested.events / max(ingested.seconds, 1e-9)),
        "profile_seconds": round(result.learnt.profile_seconds, 2),
        "lifecycle": dict(result.learnt.lifecycle),
    }


def _recommend(result: DemoResult) -> Mapping[str, object]:
    return {key: _rounded(value) for key, value in asdict(result.ranking).items()}


def _respond(result: DemoResult) -> Mapping[str, object]:
    names = ("redemption_auc", "redemption_ap", "calibration_error", "past_redemption_auc")
    found = result.redemption
    figures = {name: _rounded(getattr(found, name)) if found else None for name in names}
    return {**figures, "baseline_calibration_error": _rounded(result.learnt.calibration_error)}


def _compose(result: DemoResult, wrong_facts: int) -> Mapping[str, object]:
    composed = result.composed
    return {
        "model": composed.model,
        "variants": composed.variants,
        "by_model": composed.by_model,
        "by_template": composed.by_template,
        "rejected": composed.rejected,
        "reasons": dict(composed.reasons),
        "wrong_facts": wrong_facts,
        "locales": list(composed.locales),
        "model_calls": composed.model_calls,
        "unavailable": composed.unavailable,
    }


def _decide(result: DemoResult) -> Mapping[str, object]:
    weeks = result.weeks
    return {
        "decisions": sum(week.decided.decisions for week in weeks),
        "budget_minor": result.campaign.budget_minor,
        "spent_minor": weeks[-1].spent_minor,
        "most_promised_minor": max(week.spent_before_minor + week.reserved_minor for week in weeks),
        "over_budget": sum(week.over_budget_minor for week in weeks),
        "over_promise": sum(week.over_promise for week in weeks),
        "certified_gap": max(week.decided.gap for week in weeks),
        "min_propensity": min(week.decided.min_propensity for week in weeks),
        "messages": sum(week.decided.messages for week in weeks),
        **({"sides": [_side(one) for one in result.sides]} if result.sides else {}),
    }


def _side(side: BudgetSide) -> Mapping[str, object]:
    """One side's figures; the terms stand in the offers."""
    return {key: value for key, value in asdict(side).items() if key != "terms"}


def _deliver(result: DemoResult, duplicates: int) -> Mapping[str, object]:
    names = ("sent", "failed", "unknown", "capped", "held", "expired")
    total = {name: sum(getattr(week.delivered, name) for week in result.weeks) for name in names}
    return {**total, "duplicates": duplicates}


def _learn(result: DemoResult) -> Mapping[str, object]:
    weeks = result.weeks
    earned = {arm: sum(week.incremental.get(arm, 0.0) for week in weeks) for arm in _SERIES}
    last = weeks[-1]
    return {
        "weeks": [_week(week) for week in weeks],
        "share_of_oracle": _rounded(earned["policy"] / max(earned["oracle"], 1e-9)),
        "lift_vs_bau": _estimate(last.lift_vs_bau),
        "lift_vs_holdout": _estimate(last.lift_vs_holdout),
        "promoted": sum(
            week.retrained is not None and week.retrained.gate.promote for week in weeks
        ),
        "unit": "minor units per shopper and week",
    }


def _week(week: SimulatedWeek) -> Mapping[str, object]:
    series = {arm: _rounded(week.incremental.get(arm, 0.0)) for arm in _SERIES}
    return {"week": week.week, **series, "lift_vs_bau": _estimate(week.lift_vs_bau)}


def _evaluate(result: DemoResult) -> Mapping[str, object]:
    figures = {
        name: _estimate(found) if isinstance(found, Estimate) else {"refused": found}
        for name, found in result.check.estimates.items()
    }
    true = result.check.true_value
    return {
        "off_policy": figures,
        "true_value": None if true is None else _rounded(true),
        "unit": "minor units per decision",
    }


def _estimate(found: Estimate) -> Mapping[str, object]:
    return {
        "estimate": _rounded(found.value),
        "low": _rounded(found.low),
        "high": _rounded(found.high),
        "n": found.n,
        "effective_n": round(found.effective_n, 1),
    }


def _rounded(value: float) -> float:
    return round(value, 5)
