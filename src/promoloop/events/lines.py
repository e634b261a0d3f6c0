"""Event lines from plug-in sources are checked like everybody's."""

from __future__ import annotations

import polars as pl

from promoloop.core import InvalidError
from promoloop.events.amounts import scale_of
from promoloop.events.calls import Fault
from promoloop.events.records import EVENT_LINES, EventBatch
from promoloop.events.rules import NUMBER, Rule, foreign_money, split, time_rule

__all__ = ["check_lines", "lines_in_currency"]

_PRESENT = ("message_id", "line", "event", "shopper_id", "timestamp")
_MONEY = ("revenue_minor", "discount_minor", "coupon_minor")
_COUNTS = ("line", "quantity", *_MONEY)


def check_lines(
    lines: pl.DataFrame, file: str, first: int = 1, shop: str | None = None
) -> EventBatch:
    """Set aside rows that miss an obligatory field or hold a negative number.

    Parameters
    ----------
    lines : DataFrame
        In the ``EVENT_LINES`` schema; columns in any order.
    file : str
        The name quarantined rows carry.
    first : int, default 1
        Where in ``file`` the first row stands.
    shop : str, optional
        The currency that the shop counts in: amounts in another are set aside.

    Raises
    ------
    InvalidError
        When a column is missing or of another type.
    """
    numbered = _in_schema(lines, file).with_row_index(NUMBER, first)
    rules = [*_rules(numbered), *foreign_money(_MONEY, shop)]
    good, bad = split(numbered, rules, file)
    return EventBatch(good.drop(NUMBER), bad)


def lines_in_currency(lines: pl.DataFrame, file: str, first: int, shop: str | None) -> EventBatch:
    """Set aside rows with amounts in another currency than the ``shop``'s; none without one.

    ``lines`` are checked already; the first stands at ``first`` in ``file``.
    """
    if shop is None:
        return EventBatch(lines)
    numbered = lines.with_row_index(NUMBER, first)
    good, bad = split(numbered, foreign_money(_MONEY, shop), file)
    return EventBatch(good.drop(NUMBER), bad)


def _in_schema(lines: pl.DataFrame, file: str) -> pl.DataFrame:
    wrong = [
        f"{name} ({lines.schema.get(name, 'missing')} instead of {dtype})"
        for name, dtype in EVENT_LINES.items()
        if lines.schema.get(name) != dtype
    ]
    if wrong:
        raise InvalidError(
            f"{file}, columns", "; ".join(wrong), "Use the schema promoloop.events.EVENT_LINES."
        )
    return lines.select(EVENT_LINES.names())


def _rules(lines: pl.DataFrame) -> list[Rule]:
    known = [code for code in lines["currency"].unique().drop_nulls() if scale_of(code)]
    has_money = pl.any_horizontal(pl.col(name).is_not_null() for name in _MONEY)
    rules = [
        Rule(
            pl.col(name).is_null() | (pl.col(name).cast(pl.String) == ""),
            Fault(name, "it is missing", "Every line needs it."),
        )
        for name in _PRESENT
    ]
    rules += [
        Rule(pl.col(name) < 0, Fault(name, "it is negative", "Give a number from 0 up."))
        for name in _COUNTS
    ]
    code = pl.col("currency")
    unknown = ~code.is_in(pl.Series(known, dtype=pl.String).implode())
    fault = Fault("currency", "it is no ISO 4217 currency", "Give the currency, for example USD.")
    return [*rules, time_rule(), Rule(unknown | (has_money & code.is_null()), fault)]
