"""Links that were followed, and what products cost, on SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.tables import CLICKS, PRICE_HISTORY
from promoloop.feedback import Click
from promoloop.offers import PricePoint

__all__ = ["SqlClicks", "SqlPriceHistory"]

_ROW = PRICE_HISTORY.table.c
#: Values in one statement: every database takes that many.
_MANY = 500


class SqlClicks:
    """The click log on SQL; see ``promoloop.feedback.ClickLog``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, clicks: Sequence[Click]) -> int:
        """Add clicks not there yet; return how many were new."""
        with self._database.write() as connection:
            rows = CLICKS.rows(clicks)
            return self._database.add_new(connection, CLICKS.table, CLICKS.key, rows)

    def of(self, decision_id: str) -> tuple[Click, ...]:
        """Every click of one decision's message, in order of ``at``."""
        return self._found(CLICKS.table.c.decision_id == decision_id)

    def between(self, start: datetime, end: datetime) -> tuple[Click, ...]:
        """Clicks with ``start <= at < end``, in order of ``at``."""
        columns = CLICKS.table.c
        return self._found(columns.at >= start, columns.at < end)

    def _found(self, *conditions: ColumnElement[bool]) -> tuple[Click, ...]:
        with self._database.read() as connection:
            found = CLICKS.read(connection.execute(CLICKS.select().where(*conditions)))
        return tuple(sorted(found, key=lambda one: (one.at, one.click_id)))


class SqlPriceHistory:
    """The price history on SQL; see ``promoloop.offers.PriceHistory``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, points: Sequence[PricePoint]) -> int:
        """Add points not there yet; return how many were new."""
        kept = PRICE_HISTORY
        with self._database.write() as connection:
            return self._database.add_new(connection, kept.table, kept.key, kept.rows(points))

    def standing(self, product_ids: Collection[str]) -> Mapping[str, PricePoint]:
        """The newest price offered of each of these products that has one."""
        return {one.product_id: one for one in self._last(product_ids)}

    def between(
        self, product_ids: Collection[str], kind: str, start: datetime, end: datetime
    ) -> Mapping[str, tuple[PricePoint, ...]]:
        """Points in the stretch by product; of prices offered also the last before."""
        found: dict[str, list[PricePoint]] = {key: [] for key in product_ids}
        if kind == "offered":
            for one in self._last(product_ids, start):
                found[one.product_id].append(one)
        within = (_ROW.kind == kind, _ROW.at >= start, _ROW.at < end)
        with self._database.read() as connection:
            for part in _parts(product_ids):
                query = PRICE_HISTORY.select().where(_ROW.product_id.in_(part), *within)
                for one in PRICE_HISTORY.read(connection.execute(query)):
                    found[one.product_id].append(one)
        return {
            key: tuple(sorted(points, key=lambda one: (one.at, one.price_minor)))
            for key, points in found.items()
        }

    def _last(
        self, product_ids: Collection[str], before: datetime | None = None
    ) -> Iterator[PricePoint]:
        """The newest price offered of each product, of two at one moment the lower."""
        place = func.row_number().over(
            partition_by=_ROW.product_id, order_by=(_ROW.at.desc(), _ROW.price_minor)
        )
        with self._database.read() as connection:
            for part in _parts(product_ids):
                wanted = [_ROW.kind == "offered", _ROW.product_id.in_(part)]
                if before is not None:
                    wanted.append(_ROW.at < before)
                ranked = select(_ROW.seq, place.label("place")).where(*wanted).subquery()
                newest = select(ranked.c.seq).where(ranked.c.place == 1)
                query = PRICE_HISTORY.select().where(_ROW.seq.in_(newest))
                yield from PRICE_HISTORY.read(connection.execute(query))


def _parts(values: Collection[str]) -> Iterator[list[str]]:
    listed = list(dict.fromkeys(values))
    for begin in range(0, len(listed), _MANY):
        yield listed[begin : begin + _MANY]
