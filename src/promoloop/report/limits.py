"""The campaign's limits, whether one of them has paused it, and what all campaigns bring."""

from __future__ import annotations

from promoloop.evaluate import GuardrailCheck
from promoloop.report.blocks import Table
from promoloop.report.records import PageData
from promoloop.report.wording import Wording

__all__ = ["limits"]


def limits(data: PageData, words: Wording) -> dict[str, object] | None:
    """Every guardrail as it stands, and why the campaign is paused; None without any.

    With the effect of all campaigns together, where a global holdout shows it.
    """
    if not data.guardrails and data.overall is None:
        return None
    return {
        "paused": _paused(data, words),
        "table": _table(data, words) if data.guardrails else None,
        "overall": _overall(data, words),
    }


def _paused(data: PageData, words: Wording) -> str:
    pause = data.paused
    if pause is None:
        return ""
    metric = words.named("guardrails", pause.metric)
    return words.say("guardrails", "paused", metric=metric, when=words.day(pause.at))


def _overall(data: PageData, words: Wording) -> str:
    found = data.overall
    if found is None:
        return ""
    span = words.range(1000 * found.value, 1000 * found.low, 1000 * found.high)
    return words.say("guardrails", "overall", range=span)


def _table(data: PageData, words: Wording) -> Table:
    keys = ("metric", "limit", "found", "interval", "state")
    head = tuple(words.say("guardrails", key) for key in keys)
    rows = tuple(_row(check, words) for check in data.guardrails)
    return Table(words.say("guardrails", "table"), head, rows, data.simulated, tail=True)


def _row(check: GuardrailCheck, words: Wording) -> tuple[str, ...]:
    rail, found = check.guardrail, check.estimate
    name = words.named("guardrails", rail.metric)
    limit = words.say("guardrails", rail.direction, limit=_figure(rail.metric, rail.limit, words))
    if found is None:
        nothing = words.say("page", "nothing")
        return name, limit, nothing, nothing, words.say("guardrails", "unknown")
    low, high = (_figure(rail.metric, end, words) for end in (found.low, found.high))
    counted = found.low == found.high
    span = words.say("guardrails", "between", low=low, high=high) if not counted else ""
    state = words.say("guardrails", "crossed" if check.breached else "kept")
    return name, limit, _figure(rail.metric, found.value, words), span, state


def _figure(metric: str, value: float, words: Wording) -> str:
    if metric == "margin_per_shopper":
        return words.gain(value)
    return words.percent(value, 2)
