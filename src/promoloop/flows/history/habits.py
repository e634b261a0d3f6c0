"""The baseline as tables, with the trees it came from, so that it can be explained later.

``baseline`` is what decisions read, and names its trees; ``trees-KEY`` holds these trees and
``habits-KEY`` what they saw of every shopper. A later baseline leaves the earlier ones' trees.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from promoloop.core import InvalidError
from promoloop.flows.history.audience import baseline_frame
from promoloop.flows.ports import Tables
from promoloop.respond import BASELINE_FEATURES, FittedBaseline, Habit, TreeModel

__all__ = ["habit_of", "keep_baseline", "trees_key"]


def keep_baseline(tables: Tables, fitted: FittedBaseline) -> None:
    """Store the baseline, its trees and what they saw."""
    baseline, trees = fitted.baseline, fitted.trees
    key = trees.key
    tables.put(f"trees-{key}", pl.DataFrame({"text": [trees.text]}))
    frame = baseline_frame(baseline)
    seen = fitted.features.reshape(len(frame), -1)
    names = frame.select("shopper_id", "group")
    tables.put(f"habits-{key}", names.with_columns(features=seen))
    tables.put("baseline", frame.with_columns(trees=pl.lit(key)))


def trees_key(tables: Tables) -> str:
    """The key of the trees behind the baseline in force; empty where it names none."""
    frame = tables.get("baseline")
    return str(frame["trees"][0]) if "trees" in frame.columns and len(frame) else ""


def habit_of(tables: Tables, key: str, shopper_id: str, group: str) -> Habit:
    """Explain one probability of the baseline that the trees ``key`` made.

    Raises
    ------
    InvalidError
        When the trees, or what they saw of this shopper, are not kept any more.
    """
    names = tables.names()
    gone = [name for name in (f"trees-{key}", f"habits-{key}") if name not in names]
    if gone:
        raise InvalidError(
            f"why shopper {shopper_id} buys {group}",
            f"the table {gone[0]} is not kept any more",
            "Bring it back from a backup; baselines older than these tables have none.",
        )
    mine = (pl.col("shopper_id") == shopper_id) & (pl.col("group") == group)
    rows = tables.get(f"habits-{key}").filter(mine)
    if rows.is_empty():
        raise InvalidError(
            f"why shopper {shopper_id} buys {group}",
            "what was seen of this shopper was purged",
            "Nothing can be said of it; the decision itself stays in the log.",
        )
    trees = TreeModel(str(tables.get(f"trees-{key}")["text"][0]), BASELINE_FEATURES)
    seen = rows["features"].to_numpy().reshape(1, -1).astype(np.float64)
    parts, expected = trees.contributions(seen)
    return Habit(
        group=group,
        probability=float(trees.predict(seen)[0]),
        expected=float(expected[0]),
        parts=dict(zip(BASELINE_FEATURES, parts[0].tolist(), strict=True)),
        seen=dict(zip(BASELINE_FEATURES, seen[0].tolist(), strict=True)),
    )
