"""Decisions of real time on SQL: the decision, its money, its unit and what was shown, in one."""

from __future__ import annotations

from concurrent.futures import Future

from sqlalchemy import Connection

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.ledger import SqlLedger
from promoloop.backends.sql.logs import SqlDecisions
from promoloop.backends.sql.tables import OUTBOX
from promoloop.backends.sql.writes import WriteQueue
from promoloop.decide import Decision
from promoloop.flows.realtime.ports import LivePromise

__all__ = ["SqlLive"]


class SqlLive:
    """See ``promoloop.flows.realtime.ports.LiveCommit``."""

    def __init__(
        self, database: Database, writes: WriteQueue, decisions: SqlDecisions, ledger: SqlLedger
    ) -> None:
        self._database, self._writes = database, writes
        self._decisions, self._ledger = decisions, ledger

    def submit(self, promise: LivePromise) -> Future[Decision]:
        """Store a decision with all that belongs to it; see the port."""
        return self._writes.submit(lambda connection: self.submit_within(connection, promise))

    def submit_within(self, connection: Connection, promise: LivePromise) -> Decision:
        """``submit`` as a part of a transaction that others share."""
        decision = promise.decision
        if not self._decisions.append_within(connection, [decision]):
            return self._decisions.known_within(connection, [decision])[0]
        if promise.reservation is not None:
            self._ledger.reserve_within(connection, promise.account, [promise.reservation])
        if promise.shown is not None:
            rows = OUTBOX.rows([promise.shown], ever_held=False)
            self._database.add_new(connection, OUTBOX.table, OUTBOX.key, rows)
        return decision
