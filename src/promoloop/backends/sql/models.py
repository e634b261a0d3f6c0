"""Model versions on SQL."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.tables import MODELS, RETRAINING
from promoloop.core import InvalidError, RefusedError
from promoloop.learn import ModelVersion, RetrainMark

__all__ = ["SqlModels"]

_ROW = MODELS.table.c


class SqlModels:
    """The model registry on SQL; see ``promoloop.learn.ModelRegistry``.

    Adding a version as ``running`` beside a running one is refused: promote it instead.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, version: ModelVersion) -> None:
        """Store a version; the same id again changes nothing."""
        with self._database.write() as connection:
            if _with_id(connection, version.version_id):
                return
            if version.status == "running" and _running(connection, version.kind):
                raise RefusedError(
                    f"adding {version.version_id!r} as running",
                    f"another version of the kind {version.kind!r} is running",
                    "Add it as shadow, then promote it.",
                )
            connection.execute(MODELS.table.insert(), MODELS.rows([version]))

    def running(self, kind: str) -> ModelVersion:
        """The running version; ``InvalidError`` when there is none."""
        with self._database.read() as connection:
            found = _running(connection, kind)
        if not found:
            raise InvalidError(
                f"the running model of the kind {kind!r}", "there is none", "Promote one."
            )
        return found[0]

    def promote(self, version_id: str) -> None:
        """Make this version the running one and retire the one before."""
        with self._database.write() as connection:
            found = _with_id(connection, version_id)
            if not found:
                raise InvalidError(
                    f"promoting the model {version_id!r}", "there is none", "Add it first."
                )
            retire = update(MODELS.table).where(
                _ROW.kind == found[0].kind, _ROW.status == "running", _ROW.version_id != version_id
            )
            connection.execute(retire.values(status="retired"))
            run = update(MODELS.table).where(_ROW.version_id == version_id)
            connection.execute(run.values(status="running"))

    def mark(self, since: datetime, reason: str, at: datetime) -> tuple[str, ...]:
        """Mark what learnt from ``since`` on; see ``learn.RetrainBook``."""
        query = select(_ROW.version_id).where(_ROW.trained_until >= since).order_by(_ROW.seq)
        marks = RETRAINING
        known = select(marks.table.c.version_id).where(marks.table.c.reason == reason)
        with self._database.write() as connection:
            found = [row[0] for row in connection.execute(known.order_by(marks.table.c.seq))]
            if not found:
                found = [row[0] for row in connection.execute(query)]
                rows = marks.rows([RetrainMark(one, reason, at) for one in found])
                self._database.add_new(connection, marks.table, marks.key, rows)
        return tuple(found)

    def marked(self) -> tuple[RetrainMark, ...]:
        """All marks; see ``learn.RetrainBook``."""
        query = RETRAINING.select().order_by(RETRAINING.table.c.at, RETRAINING.table.c.seq)
        with self._database.read() as connection:
            return tuple(RETRAINING.read(connection.execute(query)))

    def all(self, kind: str) -> tuple[ModelVersion, ...]:
        """Every version of this kind, oldest first."""
        query = MODELS.select().where(_ROW.kind == kind).order_by(_ROW.created_at, _ROW.seq)
        with self._database.read() as connection:
            return tuple(MODELS.read(connection.execute(query)))


def _with_id(connection: Connection, version_id: str) -> list[ModelVersion]:
    query = MODELS.select().where(_ROW.version_id == version_id)
    return MODELS.read(connection.execute(query))


def _running(connection: Connection, kind: str) -> list[ModelVersion]:
    query = MODELS.select().where(_ROW.kind == kind, _ROW.status == "running")
    return MODELS.read(connection.execute(query))
