"""Who let which text pass, on SQL.

Entries are numbered within their text, and the number is part of the key: of two writers who saw
the same last entry, the second finds its number taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, func, select

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.tables import REVIEWS
from promoloop.compose import ReviewEntry, new_steps
from promoloop.core import RefusedError

__all__ = ["SqlReviews"]

_ROW = REVIEWS.table.c
#: Values in one statement: every database takes that many.
_MANY = 500


class SqlReviews:
    """The log of reviews on SQL; see ``promoloop.compose.ReviewLog``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, entries: Sequence[ReviewEntry]) -> int:
        """Add entries in one transaction; see the port."""
        with self._database.write() as connection:
            known = _histories(connection, [entry.copy_id for entry in entries])
            steps = new_steps({key: each[-1] for key, each in known.items()}, entries)
            places = {key: len(each) for key, each in known.items()}
            rows = REVIEWS.rows(steps)
            for row in rows:
                row["step"] = places[row["copy_id"]] = places.get(row["copy_id"], 0) + 1
            added = self._database.add_new(connection, REVIEWS.table, REVIEWS.key, rows)
            if added < len(rows):
                raise RefusedError(
                    f"reviewing {len(rows)} steps",
                    "somebody else decided on one of these texts meanwhile",
                    "Look at the list again.",
                )
            return added

    def of(self, copy_id: str) -> tuple[ReviewEntry, ...]:
        """Every entry of one text, oldest first."""
        with self._database.read() as connection:
            return tuple(_histories(connection, [copy_id])[copy_id])

    def standing(self, copy_ids: Sequence[str]) -> Mapping[str, ReviewEntry]:
        """The last entry of each of these texts, in their order."""
        with self._database.read() as connection:
            known = _histories(connection, copy_ids)
        return {key: known[key][-1] for key in dict.fromkeys(copy_ids) if key in known}

    def standing_in(self, state: str) -> Mapping[str, ReviewEntry]:
        """The last entry of every text in ``state``, by id."""
        last = (
            select(_ROW.copy_id, func.max(_ROW.step).label("step"))
            .group_by(_ROW.copy_id)
            .subquery()
        )
        newest = (_ROW.copy_id == last.c.copy_id) & (_ROW.step == last.c.step)
        query = REVIEWS.select().join(last, newest).where(_ROW.state == state)
        with self._database.read() as connection:
            found = {entry.copy_id: entry for entry in REVIEWS.read(connection.execute(query))}
        # sorted here: databases differ in how they order text
        return {key: found[key] for key in sorted(found)}


def _histories(
    connection: Connection, copy_ids: Sequence[str]
) -> defaultdict[str, list[ReviewEntry]]:
    """The entries of these texts, in order; nothing under a text without any."""
    found: defaultdict[str, list[ReviewEntry]] = defaultdict(list)
    wanted = list(dict.fromkeys(copy_ids))
    for begin in range(0, len(wanted), _MANY):
        mine = _ROW.copy_id.in_(wanted[begin : begin + _MANY])
        rows = connection.execute(REVIEWS.select().where(mine).order_by(_ROW.copy_id, _ROW.step))
        for entry in REVIEWS.read(rows):
            found[entry.copy_id].append(entry)
    return found
