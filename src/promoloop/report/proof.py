"""The evidence: lift with intervals, the learning curve, models and off-policy estimates."""

from __future__ import annotations

from functools import partial
from math import isfinite

from promoloop.evaluate import Estimate
from promoloop.learn import GateResult, ModelVersion
from promoloop.report.blocks import Figure, Table, both, figure_of
from promoloop.report.charts import Look, Row, Series, Spot, curves, intervals
from promoloop.report.records import ArmResult, PageData
from promoloop.report.wording import Wording

__all__ = ["curve", "lift", "models", "off_policy"]

#: Drawn in this order, so that what matters lies on top.
_ARMS = ("holdout", "random", "bau", "oracle", "policy")


def lift(data: PageData, words: Wording) -> dict[str, object] | None:
    """Lift by week and by arm; None when nothing has been measured."""
    weekly = _weekly_lift(data, words)
    if weekly is None and not data.arms:
        return None
    seen = [week.lift_vs_bau for week in data.weeks if week.lift_vs_bau is not None]
    lede = words.say("lift", "lede_short")
    if seen:
        level = words.percent(seen[-1].level)
        lede = words.say("lift", "lede", weeks=len(data.weeks), level=level)
    return {
        "lede": lede,
        "weekly": weekly,
        "arms": _arms(data, words) if data.arms else None,
        "against_holdout": _against_holdout(data, words),
    }


def curve(data: PageData, words: Wording) -> dict[str, object] | None:
    """The curve of every arm and the oracle; None before the first week."""
    there = {name for week in data.weeks for name in week.incremental}
    arms = [name for name in _ARMS if name in there]
    if not arms:
        return None
    share = figure_of(data.summary, "learn", "share_of_oracle")
    known = share is not None and data.simulated
    said = words.say("curve", "share", share=words.percent(share)) if share and known else ""
    promoted = any(week.promoted for week in data.weeks)
    note = words.say("curve", "mark_note") if promoted else ""
    return {"figure": _curve(data, arms, words), "share": said, "note": note}


def models(data: PageData, words: Wording) -> Table | None:
    """Every model version with the gate's judgement."""
    if not data.models:
        return None
    keys = ("kind", "trained", "status", "verdict", "gain", "effective")
    rows = tuple(
        _model(model, words) for model in sorted(data.models, key=lambda one: one.created_at)
    )
    head = tuple(words.say("models", key) for key in keys)
    return Table(words.say("models", "table"), head, rows, data.simulated, words=4)


def off_policy(data: PageData, words: Wording) -> dict[str, object] | None:
    """Estimates from the log beside true values; None when there are none."""
    if not data.off_policy:
        return None
    rows = [
        _row(_policy(name, words), estimate, words, truth)
        for name, estimate, truth in data.off_policy
        if _finite(estimate)
    ]
    known = [(e, truth) for _, e, truth in data.off_policy if truth is not None]
    hits = sum(estimate.low <= truth <= estimate.high for estimate, truth in known)
    caption = words.say("offpolicy", "chart")
    look = Look("offpolicy", caption, _told(rows, words), words.gain)
    picture = both(partial(intervals, rows), look)
    table = _off_policy_table(data, words)
    return {
        "figure": Figure(caption, picture, table, data.simulated),
        "hits": words.say("offpolicy", "hits", hits=hits, all=len(known)) if known else "",
        "truth": bool(known),
    }


def _finite(estimate: Estimate) -> bool:
    """Whether it can be drawn; with hardly any data an interval may have no end."""
    return all(isfinite(edge) for edge in (estimate.value, estimate.low, estimate.high))


def _policy(name: str, words: Wording) -> str:
    """``bau/dr`` in words; what has no word stays as it is."""
    known = {**words.words["offpolicy"], **words.words["arms"]}
    return words.say("page", "list_join").join(
        known.get(part.lower(), part) for part in name.split("/")
    )


def _weekly_lift(data: PageData, words: Wording) -> Figure | None:
    seen = [
        (week.week, week.lift_vs_bau)
        for week in data.weeks
        if week.lift_vs_bau is not None and _finite(week.lift_vs_bau)
    ]
    if not seen:
        return None
    spots = tuple(
        Spot(float(week), 1000 * e.value, 1000 * e.low, 1000 * e.high) for week, e in seen
    )
    points = tuple((spot.x, spot.value) for spot in spots)
    said = [words.span((spot.value, spot.low, spot.high)) for spot in spots]
    value, low, high = said[-1]
    caption = words.say("lift", "chart")
    told = words.say("lift", "chart_desc", week=seen[-1][0], value=value, low=low, high=high)
    look = Look("lift", caption, told, words.gain, x_name=words.say("lift", "axis"))
    draw = partial(curves, [Series(caption, "line-policy", points, spots)])
    head = (words.say("page", "week"), *(words.say("lift", k) for k in ("estimate", "low", "high")))
    rows = tuple((f"{spot.x:g}", *texts) for spot, texts in zip(spots, said, strict=True))
    table = Table(words.say("lift", "table"), head, rows, data.simulated)
    return Figure(caption, both(draw, look), table, data.simulated)


def _arms(data: PageData, words: Wording) -> Table:
    keys = ["arm", "shoppers", "messages", "redemptions", "spend", "margin", "against_bau"]
    truth = any(arm.true_incremental_minor is not None for arm in data.arms)
    head = tuple(words.say("lift", key) for key in [*keys, *(["truth"] if truth else [])])
    rows = tuple(_arm(arm, truth, words) for arm in data.arms)
    return Table(words.say("lift", "arms"), head, rows, data.simulated)


def _arm(arm: ArmResult, truth: bool, words: Wording) -> tuple[str, ...]:
    row = (
        words.named("arms", arm.arm),
        words.number(arm.shoppers),
        words.number(arm.messages),
        words.number(arm.redemptions),
        words.rounded(arm.spend_minor),
        words.rounded(1000 * arm.margin),
        _range(arm.against_bau, words),
    )
    if not truth:
        return row
    known = arm.true_incremental_minor
    return (*row, words.say("page", "nothing") if known is None else words.per_thousand(known))


def _range(estimate: Estimate | None, words: Wording) -> str:
    if estimate is None:
        return words.say("page", "nothing")
    value, low, high = (1000 * edge for edge in (estimate.value, estimate.low, estimate.high))
    return words.range(value, low, high)


def _against_holdout(data: PageData, words: Wording) -> Figure | None:
    """Each arm's difference to the holdout, with the truth where it is known."""
    seen = [
        (arm, arm.against_holdout)
        for arm in data.arms
        if arm.against_holdout is not None and _finite(arm.against_holdout)
    ]
    if not seen:
        return None
    rows = [
        _row(words.named("arms", arm.arm), estimate, words, arm.true_incremental_minor)
        for arm, estimate in seen
    ]
    caption = words.say("lift", "arms_chart")
    look = Look("arms", caption, _told(rows, words), words.gain)
    head = (words.say("lift", "arm"), words.say("lift", "against_holdout"))
    table = Table(
        caption,
        head,
        tuple((row.name, _range(e, words)) for row, (_, e) in zip(rows, seen, strict=True)),
        data.simulated,
    )
    return Figure(caption, both(partial(intervals, rows), look), table, data.simulated)


def _row(name: str, estimate: Estimate, words: Wording, truth: float | None) -> Row:
    """An estimate per unit as a row per thousand."""
    value, low, high = (1000 * edge for edge in (estimate.value, estimate.low, estimate.high))
    known = None if truth is None else 1000 * truth
    said, short = words.range(value, low, high), words.span((value, low, high))[0]
    return Row(name, value, low, high, said, known, short)


def _told(rows: list[Row], words: Wording) -> str:
    return words.say("page", "list_join").join(f"{row.name} {row.written}" for row in rows)


def _curve(data: PageData, arms: list[str], words: Wording) -> Figure:
    series = [
        Series(
            words.named("arms", arm),
            f"line-{arm}",
            tuple(
                (float(week.week), 1000 * week.incremental[arm])
                for week in data.weeks
                if arm in week.incremental
            ),
        )
        for arm in arms
    ]
    caption = words.say("curve", "chart")
    last = data.weeks[-1]
    figures = words.say("page", "list_join").join(
        f"{words.named('arms', arm)} {words.per_thousand(last.incremental[arm])}"
        for arm in reversed(arms)
        if arm in last.incremental
    )
    told = words.say("curve", "chart_desc", week=last.week, figures=figures)
    look = Look("curve", caption, told, words.gain, x_name=words.say("page", "weeks"))
    table = _curve_table(data, list(reversed(arms)), words)
    legend = tuple((one.style, one.name) for one in reversed(series))
    marks = {float(w.week): words.say("curve", "mark") for w in data.weeks if w.promoted}
    picture = both(partial(curves, series, marks=marks), look)
    return Figure(caption, picture, table, data.simulated, legend)


def _curve_table(data: PageData, arms: list[str], words: Wording) -> Table:
    head = (words.say("page", "week"), *(words.named("arms", arm) for arm in arms))
    nothing = words.say("page", "nothing")
    rows = tuple(
        (
            str(week.week),
            *(
                words.per_thousand(week.incremental[arm]) if arm in week.incremental else nothing
                for arm in arms
            ),
        )
        for week in data.weeks
    )
    return Table(words.say("curve", "table"), head, rows, data.simulated)


def _model(model: ModelVersion, words: Wording) -> tuple[str, ...]:
    gate = model.gate
    judged = gate is not None and gate.effective_n > 0
    nothing = words.say("page", "nothing")
    return (
        words.named("models", model.kind),
        f"{words.day(model.trained_from)}\u00a0– {words.day(model.trained_until)}",
        words.named("models", model.status),
        _verdict(gate, words),
        _gain(gate, words) if gate is not None and judged else nothing,
        words.number(gate.effective_n) if gate is not None and judged else nothing,
    )


def _gain(gate: GateResult, words: Wording) -> str:
    return words.range(1000 * gate.difference, 1000 * gate.low, 1000 * gate.high)


def _verdict(gate: GateResult | None, words: Wording) -> str:
    """Why a model decides or does not, from the gate's own figures."""
    if gate is None:
        return words.say("models", "no_gate")
    if gate.promote:
        return words.say("models", "promoted")
    if gate.effective_n <= 0:
        return words.say("models", "no_estimate")
    return words.say("models", "thin" if gate.low > 0 else "unsure")


def _off_policy_table(data: PageData, words: Wording) -> Table:
    known = any(truth is not None for _, _, truth in data.off_policy)
    keys = ("policy", "estimate", *(("truth", "inside") if known else ()), "effective")
    rows = []
    for name, estimate, truth in data.off_policy:
        held = truth is not None and estimate.low <= truth <= estimate.high
        true = words.say("page", "nothing") if truth is None else words.per_thousand(truth)
        middle = (true, words.say("page", "yes" if held else "no")) if known else ()
        effective = words.number(estimate.effective_n)
        rows.append((_policy(name, words), _range(estimate, words), *middle, effective))
    caption = words.say("offpolicy", "table")
    head = tuple(words.say("offpolicy", key) for key in keys)
    return Table(caption, head, tuple(rows), data.simulated)
