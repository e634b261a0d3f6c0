"""The page's opening: what came of it, what of it is simulated, and the funnel."""

from __future__ import annotations

from promoloop.evaluate import Estimate
from promoloop.report.blocks import Figure, Stat, Table, both, figure_of
from promoloop.report.charts import Bar, Look, bars
from promoloop.report.records import PageData
from promoloop.report.wording import Wording

__all__ = ["funnel", "headline", "lift_now", "simulated_note"]


def lift_now(data: PageData) -> Estimate | None:
    """The latest estimate of policy against business as usual."""
    seen = [week.lift_vs_bau for week in data.weeks if week.lift_vs_bau is not None]
    if seen:
        return seen[-1]
    return next((arm.against_bau for arm in data.arms if arm.arm == "policy"), None)


def headline(data: PageData, words: Wording) -> dict[str, object]:
    """The verdict in a sentence, and the figures that must not be missed."""
    lift = lift_now(data)
    return {
        "verdict": words.say("headline", _verdict(lift)),
        "sentences": _sentences(data, lift, words),
        "simulated": data.simulated and lift is not None,
        "stats": _stats(data, lift, words),
    }


def simulated_note(data: PageData, words: Wording) -> dict[str, object]:
    """What of the page is simulated, in plain sentences."""
    state = "on_all" if data.history_simulated else "on" if data.simulated else "off"
    return {
        "on": state != "off",
        "title": words.say("simulated", state),
        "body": words.say("simulated", f"{state}_body"),
        "real": "" if state == "off" else words.say("simulated", f"{state}_real"),
    }


def funnel(data: PageData, words: Wording) -> Figure | None:
    """How many were left after each step."""
    if not data.funnel:
        return None
    counts = [count for _, count, _ in data.funnel]
    pairs = zip(counts[1:], counts, strict=False)
    shares = ["", *(_share(now, before, words) for now, before in pairs)]
    names = [words.named("funnel", key) for key, _, _ in data.funnel]
    rows = [
        Bar(
            name,
            count,
            words.number(count),
            words.say("page", "tag") if simulated else "",
            words.say("funnel", "share_short", share=share) if share else "",
        )
        for name, share, (_, count, simulated) in zip(names, shares, data.funnel, strict=True)
    ]
    caption = words.say("funnel", "chart")
    told = words.say("page", "list_join").join(f"{row.name} {row.written}" for row in rows)
    look = Look("funnel", caption, told, words.number)
    head = tuple(words.say("funnel", key) for key in ("step", "count", "share"))
    marks = [words.say("page", "tag") if simulated else "" for _, _, simulated in data.funnel]
    table = Table(
        caption,
        (*head, ""),
        tuple(
            (row.name, row.written, share, mark)
            for row, share, mark in zip(rows, shares, marks, strict=True)
        ),
    )
    return Figure(caption, both(lambda one: bars(rows, one), look), table)


def _share(now: int, before: int, words: Wording) -> str:
    """The share that is left; nothing where the count is of another kind and grows."""
    return words.percent(now / before) if 0 < now <= before else ""


def _verdict(lift: Estimate | None) -> str:
    if lift is None:
        return "none"
    return "yes" if lift.low > 0 else "no" if lift.high < 0 else "open"


def _sentences(data: PageData, lift: Estimate | None, words: Wording) -> list[str]:
    if lift is None:
        return [words.say("headline", "none_lede")]
    value, low, high = _plain(lift, 1000, words)
    level = words.percent(lift.level)
    said = [words.say("headline", "lift", value=value, level=level, low=low, high=high)]
    shoppers = next((arm.shoppers for arm in data.arms if arm.arm == "policy"), 0)
    weeks = len(data.weeks)
    if shoppers and weeks:
        total, low, high = _plain(lift, shoppers * weeks, words)
        served = words.number(shoppers)
        said.append(
            words.say(
                "headline", "total", weeks=weeks, shoppers=served, total=total, low=low, high=high
            )
        )
    return [*said, words.say("headline", "after")]


def _plain(lift: Estimate, times: int, words: Wording) -> tuple[str, ...]:
    """The figure and its interval for ``times`` shopper-weeks, as a sentence says them."""
    edges = (lift.value * times, lift.low * times, lift.high * times)
    return tuple(text.removeprefix("+") for text in words.span(edges))


def _stats(data: PageData, lift: Estimate | None, words: Wording) -> list[Stat]:
    found = [
        _lift_stat(data, lift, words),
        _share_stat(data, words),
        _spend_stat(data, words),
        _sent_stat(data, words),
        _wrong_stat(data, words),
        _chance_stat(data, words),
    ]
    return [stat for stat in found if stat is not None]


def _lift_stat(data: PageData, lift: Estimate | None, words: Wording) -> Stat | None:
    if lift is None:
        return None
    value, low, high = words.span([1000 * edge for edge in (lift.value, lift.low, lift.high)])
    level = words.percent(lift.level)
    return Stat(
        words.say("headline", "figure_lift"),
        value,
        words.say("headline", "figure_lift_note", level=level, low=low, high=high),
        data.simulated,
    )


def _share_stat(data: PageData, words: Wording) -> Stat | None:
    share = figure_of(data.summary, "learn", "share_of_oracle")
    if share is None or not data.simulated:
        return None
    label, note = (words.say("headline", key) for key in ("figure_share", "figure_share_note"))
    return Stat(label, words.percent(share), note, data.simulated)


def _spend_stat(data: PageData, words: Wording) -> Stat | None:
    spent = figure_of(data.summary, "decide", "spent_minor")
    if spent is None and data.weeks:
        spent = data.weeks[-1].spent_minor
    if spent is None or data.budget_minor <= 0:
        return None
    over = figure_of(data.summary, "decide", "over_budget") or 0.0
    return Stat(
        words.say("headline", "figure_spend"),
        words.percent(spent / data.budget_minor),
        words.say(
            "headline",
            "figure_spend_note",
            spent=words.rounded(spent),
            budget=words.money(data.budget_minor),
            over=words.money(over),
        ),
        data.simulated,
    )


def _sent_stat(data: PageData, words: Wording) -> Stat | None:
    sent = figure_of(data.summary, "deliver", "sent")
    if sent is None:
        return None
    duplicates, failed = (
        words.number(figure_of(data.summary, "deliver", key) or 0.0)
        for key in ("duplicates", "failed")
    )
    note = words.say("headline", "figure_sent_note", duplicates=duplicates, failed=failed)
    return Stat(words.say("headline", "figure_sent"), words.number(sent), note)


def _wrong_stat(data: PageData, words: Wording) -> Stat | None:
    wrong = figure_of(data.summary, "compose", "wrong_facts")
    if wrong is None:
        return None
    variants = words.number(figure_of(data.summary, "compose", "variants") or 0.0)
    note = words.say("headline", "figure_wrong_note", variants=variants)
    return Stat(words.say("headline", "figure_wrong"), words.number(wrong), note)


def _chance_stat(data: PageData, words: Wording) -> Stat | None:
    chance = figure_of(data.summary, "decide", "min_propensity")
    if chance is None:
        return None
    label, note = (words.say("headline", key) for key in ("figure_chance", "figure_chance_note"))
    return Stat(label, words.percent(chance, 2), note)
