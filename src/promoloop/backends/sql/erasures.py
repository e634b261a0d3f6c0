"""Who was erased, by digest, on SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import bindparam, func, select, update

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.tables import ERASURES
from promoloop.flows.privacy.records import Erasure

__all__ = ["SqlErasures"]

_ROW = ERASURES.table.c
#: Values in one statement: every database takes that many.
_MANY = 500
#: Built once: building it takes several times as long as running it.
_LATEST = (
    select(_ROW.digest, func.max(_ROW.begun_at, type_=_ROW.begun_at.type))
    .where(_ROW.digest.in_(bindparam("digests", expanding=True)))
    .group_by(_ROW.digest)
)


class SqlErasures:
    """See ``promoloop.flows.privacy.ports.ErasureBook``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, erasure: Erasure) -> Erasure:
        """Note it; the one that stands under its id is returned."""
        query = ERASURES.select().where(_ROW.erasure_id == erasure.erasure_id)
        with self._database.write() as connection:
            rows = ERASURES.rows([erasure])
            self._database.add_new(connection, ERASURES.table, ERASURES.key, rows)
            return ERASURES.read(connection.execute(query))[0]

    def finish(self, erasure: Erasure) -> None:
        """Enter its end and empty what was pending."""
        values = ERASURES.rows([erasure])[0] | {"pending": {}}
        mine = _ROW.erasure_id == erasure.erasure_id
        with self._database.write() as connection:
            connection.execute(
                update(ERASURES.table).where(mine, _ROW.finished_at.is_(None)).values(values)
            )

    def open(self) -> tuple[Erasure, ...]:
        """Those not finished, oldest first."""
        query = ERASURES.select().where(_ROW.finished_at.is_(None)).order_by(_ROW.seq)
        with self._database.read() as connection:
            return tuple(ERASURES.read(connection.execute(query)))

    def of(self, digest: str) -> tuple[Erasure, ...]:
        """Every erasure of one digest, oldest first."""
        query = ERASURES.select().where(_ROW.digest == digest).order_by(_ROW.seq)
        with self._database.read() as connection:
            return tuple(ERASURES.read(connection.execute(query)))

    def among(self, digests: Collection[str]) -> Mapping[str, datetime]:
        """Those that were erased, and when the last erasure began."""
        wanted = sorted(set(digests))
        found: dict[str, datetime] = {}
        with self._database.read() as connection:
            for start in range(0, len(wanted), _MANY):
                part = {"digests": wanted[start : start + _MANY]}
                found.update((row[0], row[1]) for row in connection.execute(_LATEST, part))
        return found

    def since(self, moment: datetime) -> frozenset[str]:
        """The digests whose erasure began at ``moment`` or later."""
        query = select(_ROW.digest).where(_ROW.begun_at >= moment)
        with self._database.read() as connection:
            return frozenset(connection.execute(query).scalars())
