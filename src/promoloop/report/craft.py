"""How the texts were written, how well the models foretell, and what it cost to run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from promoloop.report.blocks import Figure, Stat, Table, both, figure_of, part_of
from promoloop.report.charts import Bar, Look, bars
from promoloop.report.records import PageData
from promoloop.report.wording import Wording
from promoloop.respond import IDENTIFICATION

__all__ = ["copy", "cost", "quality"]

_RANKERS = (
    "ndcg_at_10",
    "frequency_recency_ndcg_at_10",
    "frequency_ndcg_at_10",
    "collaborative_ndcg_at_10",
    "popularity_ndcg_at_10",
)
_REDEMPTION = (
    "redemption_auc",
    "past_redemption_auc",
    "redemption_ap",
    "calibration_error",
    "baseline_calibration_error",
)


def copy(data: PageData, words: Wording) -> dict[str, object] | None:
    """Texts by model and by template, and why proposals were refused."""
    made = {
        key: figure_of(data.summary, "compose", key)
        for key in ("variants", "by_model", "by_template", "rejected")
    }
    stats = [
        Stat(words.say("copy", key), words.number(value))
        for key, value in made.items()
        if value is not None
    ]
    if not stats and not data.copy_reasons:
        return None
    part = part_of(data.summary, "compose")
    locales = part.get("locales")
    tags = [str(tag) for tag in locales] if isinstance(locales, Sequence | dict) else []
    return {
        "stats": stats,
        "model": str(part.get("model") or ""),
        "locales": words.say("page", "list_join").join(tags),
        "reasons": _reasons(data, words),
    }


def quality(data: PageData, words: Wording) -> dict[str, object] | None:
    """Ranking and redemption on history, beside the rules they must beat."""
    ranking = _ranking(data, words)
    redemption = _redemption(data, words)
    if ranking is None and redemption is None:
        return None
    return {
        "ranking": ranking,
        "redemption": redemption,
        "identification": IDENTIFICATION.get(words.language, ""),
    }


def cost(data: PageData, words: Wording) -> dict[str, object] | None:
    """Seconds per step and peak memory."""
    seconds = {
        key: float(value)
        for key, value in part_of(data.summary, "seconds").items()
        if isinstance(value, int | float)
    }
    if not seconds:
        return None
    total = words.seconds(seconds.pop("total", sum(seconds.values())))
    memory = data.summary.get("peak_memory_mb")
    if isinstance(memory, int | float):
        lede = words.say("cost", "lede", total=total, memory=words.number(memory))
    else:
        lede = words.say("cost", "lede_time", total=total)
    return {"lede": lede, "figure": _seconds(seconds, words)}


def _reasons(data: PageData, words: Wording) -> Figure | None:
    """Reasons by their code, the part before a colon, most frequent first."""
    counts: Counter[str] = Counter()
    for reason, count in data.copy_reasons.items():
        counts[reason.partition(":")[0].strip()] += count
    if not counts:
        return None
    named = [(words.named("reasons", code), count) for code, count in counts.most_common()]
    head = (words.say("copy", "reason"), words.say("copy", "count"))
    return _ranked("reasons", words.say("copy", "reasons"), named, head, words, 0)


def _ranking(data: PageData, words: Wording) -> Figure | None:
    found = [(key, figure_of(data.summary, "recommend", key)) for key in _RANKERS]
    named = [(words.named("quality", key), value) for key, value in found if value is not None]
    if not named:
        return None
    head = (words.say("quality", "measure"), "NDCG@10")
    caption = words.say("quality", "ranking_chart")
    figure = _ranked("ranking", caption, named, head, words, 3, quiet=True)
    table = replace(figure.table, simulated=data.history_simulated)
    return replace(figure, table=table, simulated=data.history_simulated)


def _redemption(data: PageData, words: Wording) -> list[Stat] | None:
    found = [(key, figure_of(data.summary, "respond", key)) for key in _REDEMPTION]
    stats = [
        Stat(
            words.named("quality", key),
            words.number(value, 3),
            words.say("quality", f"{key}_note"),
            data.history_simulated,
        )
        for key, value in found
        if value is not None
    ]
    return stats or None


def _seconds(seconds: dict[str, float], words: Wording) -> Figure:
    named = [(words.named("cost", step), value) for step, value in seconds.items()]
    caption = words.say("cost", "chart")
    head = (words.say("cost", "step"), caption)
    return _ranked("seconds", caption, named, head, words, 1)


def _ranked(
    uid: str,
    caption: str,
    named: Sequence[tuple[str, float]],
    head: tuple[str, str],
    words: Wording,
    digits: int,
    quiet: bool = False,
) -> Figure:
    """Bars with the table of the same figures; with ``quiet`` all but the first stand back."""
    rows = [
        Bar(name, value, words.number(value, digits), quiet=quiet and spot > 0)
        for spot, (name, value) in enumerate(named)
    ]
    told = words.say("page", "list_join").join(f"{row.name} {row.written}" for row in rows)
    look = Look(uid, caption, told, partial(words.number, digits=digits))
    table = Table(caption, head, tuple((row.name, row.written) for row in rows))
    return Figure(caption, both(partial(bars, rows), look), table)
