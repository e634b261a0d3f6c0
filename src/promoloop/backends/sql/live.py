"""Decisions of real time on SQL: the decision, its money, its unit and what was shown, in one.

Every request of a page goes through here, so the statements are written by hand: SQLAlchemy's
handling of a row took five times as long as the database. What they take is taken as everywhere
else: the room left stands in the ``WHERE`` of the update that takes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from sqlite3 import Connection as SqliteConnection
from typing import cast

from sqlalchemy import URL, Connection

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.inserts import IS_FRESH, THERE, Insert
from promoloop.backends.sql.ledger import SqlLedger
from promoloop.backends.sql.live_together import Rows, Tables, Thing, all_kept, others_of
from promoloop.backends.sql.logs import SqlDecisions
from promoloop.backends.sql.tables import DECISIONS, OUTBOX, RESERVATIONS
from promoloop.backends.sql.writes import WriteQueue
from promoloop.core import RefusedError
from promoloop.decide import Decision
from promoloop.flows.ports import LivePromise

__all__ = ["SqlLive"]

_MONEY = (
    "UPDATE accounts SET reserved_minor = reserved_minor + {at}"
    " WHERE account = {at} AND reserved_minor + spent_minor + {at} <= budget_minor"
)
_UNIT = (
    "UPDATE stock SET taken = taken + 1 WHERE account = {at} AND offer_id = {at} AND taken < units"
)


class SqlLive:
    """See ``promoloop.flows.ports.LiveCommit``."""

    def __init__(
        self, database: Database, writes: WriteQueue, decisions: SqlDecisions, ledger: SqlLedger
    ) -> None:
        self._database, self._writes = database, writes
        self._decisions, self._ledger = decisions, ledger
        one_writer = database.has_one_writer
        name = "sqlite" if one_writer else "postgresql+psycopg"
        dialect = URL.create(name).get_dialect()()
        mark = "?" if one_writer else "%s"
        self._decision = Insert.of(DECISIONS, dialect, mark)
        self._reservation = Insert.of(RESERVATIONS, dialect, mark, _FRESH)
        self._message = Insert.of(OUTBOX, dialect, mark, {"ever_held": False})
        made = (self._decision, self._reservation, self._message)
        self._tables = Tables.on_file(*made) if one_writer else Tables.on_server(*made)
        self._write = self._to_file if one_writer else self._to_server
        self._at_once = _at_once(*made)

    def submit(self, promise: LivePromise) -> Future[Decision]:
        """Store a decision with all that belongs to it; see the port."""
        return self._writes.submit_with(self, self.thing(promise))

    def thing(self, promise: LivePromise) -> Thing:
        """A promise as ``one`` and ``many`` take it, with its rows made."""
        held, shown = promise.reservation, promise.shown
        rows = (
            self._decision.row(promise.decision),
            self._reservation.row(held, promise.account) if held is not None else (),
            self._message.row(shown) if shown is not None else (),
        )
        return promise, rows

    def one(self, connection: Connection, thing: Thing) -> Decision:
        """One promise; see ``writes.Together``."""
        promise, rows = thing
        if self._write(connection, promise, rows):
            return promise.decision
        return self._decisions.known_within(connection, [promise.decision])[0]

    def many(self, connection: Connection, things: Sequence[Thing]) -> Sequence[Decision] | None:
        """Promises that wait together; see ``writes.Together``."""
        if not all_kept(connection, things, self._tables):
            return None
        return [promise.decision for promise, _ in things]

    def _to_file(self, connection: Connection, promise: LivePromise, rows: Rows) -> bool:
        """Write to SQLite; whether the decision was new."""
        run = cast(SqliteConnection, connection.connection.driver_connection).execute
        decision, reservation, message = rows
        if run(self._decision.sql, decision).rowcount != 1:
            return False
        held = promise.reservation
        taken = {} if held is None else {**held.shared, promise.account: held.amount_minor}
        for account in sorted(promise.room.keys() | taken.keys()):
            amount = taken.get(account, 0)
            room = max(amount, promise.room.get(account, 0))
            if run(_FILE_MONEY, (amount, account, room)).rowcount != 1:
                raise _no_money(account, room)
        for offer_id in promise.limited:
            if run(_FILE_GONE, (promise.account, offer_id)).fetchone():
                raise _no_unit(promise.account, offer_id)
        for offer_id in others_of(promise):
            if not run(_FILE_CODE, (offer_id,)).fetchone():
                raise _no_unit(promise.account, offer_id)
        if held is not None:
            place = (promise.account, held.offer_id)
            if run(_FILE_UNIT, place).rowcount != 1 and run(_FILE_LIMITED, place).fetchone():
                raise _no_unit(*place)
            run(self._reservation.sql, reservation)
        if message:
            run(self._message.sql, message)
        return True

    def _to_server(self, connection: Connection, promise: LivePromise, rows: Rows) -> bool:
        """Write to PostgreSQL; whether the decision was new."""
        decision, reservation, message = rows
        held, account = promise.reservation, promise.account
        if held is None or not message or held.shared or set(promise.room) - {account}:
            return self._step_by_step(connection, promise, rows)
        amount = held.amount_minor
        room = max(amount, promise.room.get(account, 0))
        spent = (amount, account, room)
        options = (account, list(promise.limited), list(others_of(promise)))
        place = (account, held.offer_id)
        values = (*decision, *spent, *place, *reservation, *message, *place, *options)
        found = connection.exec_driver_sql(self._at_once, values).one()
        if not found.fresh:
            return False
        if not found.paid:
            raise _no_money(account, room)
        # Another transaction may have taken the last unit meanwhile: the update itself knows.
        lost = found.limited and not found.unit
        if lost or found.gone or found.empty:
            raise _no_unit(account, ", ".join((*promise.limited, *promise.pools)))
        return True

    def _step_by_step(self, connection: Connection, promise: LivePromise, rows: Rows) -> bool:
        """On a server, where several accounts pay or there is nothing to set aside."""
        decision, _, message = rows
        run = connection.exec_driver_sql
        if run(self._decision.sql, decision).rowcount != 1:
            return False
        for account in sorted(promise.room):
            room = promise.room[account]
            if run(_SERVER_MONEY, (0, account, room)).rowcount != 1:
                raise _no_money(account, room)
        options = (promise.account, list(promise.limited), list(others_of(promise)))
        if run(_SERVER_OPTIONS, options).one()[0]:
            raise _no_unit(promise.account, ", ".join((*promise.limited, *promise.pools)))
        if promise.reservation is not None:
            self._ledger.reserve_within(connection, promise.account, [promise.reservation])
        if message:
            run(self._message.sql, message)
        return True


_FILE_MONEY, _FILE_UNIT = (text.format(at="?") for text in (_MONEY, _UNIT))
_SERVER_MONEY = _MONEY.format(at="%s")
_FILE_GONE = "SELECT 1 FROM stock WHERE account = ? AND offer_id = ? AND taken >= units"
_FILE_LIMITED = "SELECT 1 FROM stock WHERE account = ? AND offer_id = ?"
_FILE_CODE = "SELECT 1 FROM codes WHERE offer_id = ? AND decision_id = '' LIMIT 1"
_GONE = "SELECT 1 FROM stock WHERE account = %s AND offer_id = ANY(%s) AND taken >= units"
_EMPTY = (
    "SELECT 1 FROM unnest(%s::text[]) AS pool WHERE NOT EXISTS"
    " (SELECT 1 FROM codes WHERE offer_id = pool AND decision_id = '')"
)
_LIMITED = "SELECT 1 FROM stock WHERE account = %s AND offer_id = %s"
_TOLD = ("fresh", "paid", "unit", "limited", "gone", "empty")
_SERVER_OPTIONS = " ".join(("SELECT EXISTS", f"({_GONE})", "OR EXISTS", f"({_EMPTY})"))
#: What a reservation begins with, besides its own fields and its account.
_FRESH: Mapping[str, object] = {
    "account": "",
    "state": "reserved",
    "spent_minor": 0,
    "shared_spent": {},
    "redeemed": False,
}


def _at_once(decision: Insert, reservation: Insert, message: Insert) -> str:
    """Everything of one promise in one statement, for a server: one way there and back.

    Money and unit are taken only for a decision that is new; what could not be taken is told, and
    the transaction is undone then.
    """
    written = {
        "fresh": decision.sql,
        "paid": f"{_MONEY.format(at='%s')} AND {IS_FRESH}",
        "unit": f"{_UNIT.format(at='%s')} AND {IS_FRESH}",
        "held": reservation.after_fresh,
        "told": message.after_fresh,
    }
    parts = [f"{name} AS ({sql} RETURNING 1)" for name, sql in written.items()]
    parts += [f"limited AS ({_LIMITED})", f"gone AS ({_GONE})", f"empty AS ({_EMPTY})"]
    found = [f"{THERE.format(name)} AS {name}" for name in _TOLD]
    return " ".join(("WITH", ", ".join(parts), "SELECT", ", ".join(found)))


def _no_money(account: str, amount: int) -> RefusedError:
    return RefusedError(
        f"reserving {amount} minor units from {account!r}",
        "less is left",
        "Promise less, raise the budget in a new account, or wait until reservations expire.",
    )


def _no_unit(account: str, offer_id: str) -> RefusedError:
    return RefusedError(
        f"reserving one of the units of the offer {offer_id!r} from {account!r}",
        "none is left",
        "Promise another offer, or wait until reservations expire.",
    )
