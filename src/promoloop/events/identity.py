"""Anonymous visitors who turn out to be known shoppers.

Segment's rule: an ``identify`` call with a ``userId`` and an ``anonymousId`` says that both are
one person.
"""

from __future__ import annotations

from typing import Literal

import polars as pl

__all__ = ["ANONYMOUS", "resolve_identities"]

#: Starts the ``shopper_id`` of a visitor known by ``anonymousId`` only.
ANONYMOUS = "anonymous:"


def resolve_identities(lines: pl.LazyFrame) -> pl.LazyFrame:
    """``lines`` with anonymous rows given to the shopper they belong to.

    On a device that several shoppers used, a row goes to the first who identified at or after
    it, else to the last who did before. Visitors who never identified stay anonymous. The order
    of rows is not kept.

    Parameters
    ----------
    lines : LazyFrame
        In the ``EVENT_LINES`` schema, all rows that may bear on each other.
    """
    nameless = pl.col("shopper_id").str.starts_with(ANONYMOUS)
    links = _links(lines)
    rows = lines.filter(nameless).sort("timestamp", "message_id", "line")
    after = _beside(rows, links.rename({"user": "after"}), "forward")
    both = _beside(after, links.rename({"user": "before"}), "backward")
    named = both.with_columns(shopper_id=pl.coalesce("after", "before", "shopper_id"))
    return pl.concat([lines.filter(~nameless), named.drop("after", "before")])


def _beside(
    rows: pl.LazyFrame, links: pl.LazyFrame, strategy: Literal["forward", "backward"]
) -> pl.LazyFrame:
    """``rows`` with the nearest link of their visitor in the direction of ``strategy``."""
    return rows.join_asof(
        links, on="timestamp", by="shopper_id", strategy=strategy, check_sortedness=False
    )


def _links(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Who identified from which anonymous id, when: ``timestamp, shopper_id, user``."""
    anonymous = pl.col("properties").str.json_path_match("$.anonymousId")
    return (
        lines.filter(
            pl.col("event") == "identify", ~pl.col("shopper_id").str.starts_with(ANONYMOUS)
        )
        .select(
            "timestamp",
            "message_id",
            shopper_id=pl.lit(ANONYMOUS) + anonymous,
            user=pl.col("shopper_id"),
        )
        .drop_nulls("shopper_id")
        .sort("timestamp", "message_id")
        .drop("message_id")
    )
