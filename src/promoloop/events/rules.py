"""Rules over columns: which rows of a table are malformed, and why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from promoloop.events.calls import END_OF_TIME, FIRST_TIME, Fault, time_fault
from promoloop.events.records import Quarantined

__all__ = [
    "MOST_RAW",
    "NUMBER",
    "Rule",
    "foreign_fault",
    "foreign_money",
    "quarantined_rows",
    "split",
    "time_rule",
]

#: Column that holds where in the file a row stood.
NUMBER = "__number"
#: Characters of a malformed row that are kept; enough to find it, little enough to store.
MOST_RAW = 1000


class Rule(NamedTuple):
    """``bad`` is true for rows that break the rule, which ``fault`` describes."""

    bad: pl.Expr
    fault: Fault


def foreign_money(amounts: Sequence[str], shop: str | None) -> list[Rule]:
    """Rows with one of ``amounts`` in another currency than the ``shop``'s; none without one."""
    if shop is None:
        return []
    money = pl.any_horizontal(pl.col(name).is_not_null() for name in amounts)
    return [Rule(money & (pl.col("currency") != shop), foreign_fault("currency", shop))]


def foreign_fault(field: str, shop: str) -> Fault:
    """Amounts are added up as they stand, so all of a shop's are in its own currency."""
    return Fault(
        field,
        f"it is not {shop}, which the shop counts in",
        f"Send amounts in {shop}; a shop in another currency is a project of its own.",
    )


def time_rule() -> Rule:
    """Rows with a time from which nothing can be reckoned."""
    within = pl.col("timestamp").is_between(FIRST_TIME, END_OF_TIME, closed="left")
    return Rule(~within, time_fault("timestamp"))


def split(
    frame: pl.DataFrame, rules: Sequence[Rule], file: str
) -> tuple[pl.DataFrame, tuple[Quarantined, ...]]:
    """Rows of ``frame`` that keep all ``rules``, and the others with the first they break.

    ``frame`` has the rows' places in the file in the column ``NUMBER``; a null in ``bad`` counts
    as kept.
    """
    broken = pl.coalesce(
        pl.when(rule.bad.fill_null(value=False)).then(pl.lit(i, pl.Int32))
        for i, rule in enumerate(rules)
    )
    marks = frame.select(broken.alias("broken")).to_series()
    if marks.null_count() == len(frame):
        return frame, ()
    bad = frame.filter(marks.is_not_null())
    faults = [rules[i].fault for i in marks.drop_nulls()]
    return frame.filter(marks.is_null()), quarantined_rows(bad, faults, file)


def quarantined_rows(
    bad: pl.DataFrame, faults: Sequence[Fault], file: str
) -> tuple[Quarantined, ...]:
    """One quarantine entry per row of ``bad``, with the fault that stands beside it."""
    # As text: a column holds times that Python's have no room for.
    bad = bad.with_columns(pl.col(pl.Datetime).dt.to_string("%Y-%m-%d %H:%M:%S%.f%:z"))
    return tuple(
        Quarantined(file, row.pop(NUMBER), *fault, _raw(row))
        for row, fault in zip(bad.iter_rows(named=True), faults, strict=True)
    )


def _raw(row: dict[str, object]) -> str:
    shown = {name: value for name, value in row.items() if value is not None}
    return json.dumps(shown, ensure_ascii=False, default=str)[:MOST_RAW]
