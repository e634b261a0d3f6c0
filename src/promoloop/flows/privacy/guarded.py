"""A history that takes nobody back who was erased, whichever old file is read again."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from promoloop.events import ForgettingHistory
from promoloop.flows.privacy.ports import ErasureBook
from promoloop.flows.privacy.records import shopper_digest

__all__ = ["GuardedHistory"]


class GuardedHistory:
    """Lines from before a shopper's erasure are dropped when they are appended again.

    What happens after it is taken in: somebody who was erased may come back as a new shopper.

    Parameters
    ----------
    history : ForgettingHistory
        Where lines are kept.
    erasures : ErasureBook
    key : bytes
        The key of digests.
    """

    def __init__(self, history: ForgettingHistory, erasures: ErasureBook, key: bytes) -> None:
        self._history, self._erasures, self._key = history, erasures, key

    def append(self, lines: pl.DataFrame) -> int:
        """Add lines not seen before, of people who may be known; return how many were new."""
        return self._history.append(self._allowed(lines))

    def scan(self) -> pl.LazyFrame:
        """All lines, lazily."""
        return self._history.scan()

    def forget(self, shopper_ids: Collection[str], message_ids: Collection[str]) -> int:
        """Remove all lines of these shoppers and calls."""
        return self._history.forget(shopper_ids, message_ids)

    def _allowed(self, lines: pl.DataFrame) -> pl.DataFrame:
        if "shopper_id" not in lines.columns or "timestamp" not in lines.columns:
            return lines  # the history says what is wrong with it
        names = {shopper_digest(one, self._key): one for one in lines["shopper_id"].unique() if one}
        erased = self._erasures.among(names.keys())
        if not erased:
            return lines
        ends = pl.DataFrame(
            {
                "shopper_id": [names[digest] for digest in erased],
                "erased_at": list(erased.values()),
            },
            schema_overrides={"erased_at": pl.Datetime("us", "UTC")},
        )
        marked = lines.join(ends, on="shopper_id", how="left", maintain_order="left")
        kept = pl.col("erased_at").is_null() | (pl.col("timestamp") > pl.col("erased_at"))
        return marked.filter(kept).drop("erased_at")
