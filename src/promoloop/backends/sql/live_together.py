"""Decisions of real time that wait for the same commit, by a few statements for all of them.

Each would be taken if it came alone and found room for all that could have been drawn for it. So
if there is room for the sum of that, each of them finds its own, whatever their order: one check
of the sum stands for all. Where the sum does not fit, or a decision is there already, nothing is
said, and they are written one after another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from sqlite3 import Connection as SqliteConnection
from typing import Any, Protocol, TypeAlias, cast

from sqlalchemy import Connection

from promoloop.backends.sql.inserts import Insert, Values
from promoloop.flows.ports import LivePromise

__all__ = ["Rows", "Tables", "Thing", "all_kept", "others_of"]

#: Of a decision, its reservation and its message; empty where there is none.
Rows: TypeAlias = tuple[Values, Values, Values]
Thing: TypeAlias = tuple[LivePromise, Rows]

_MONEY = (
    "UPDATE accounts SET reserved_minor = reserved_minor + {at}"
    " WHERE account = {at} AND reserved_minor + spent_minor + {at} <= budget_minor"
)
_UNITS = (
    "UPDATE stock SET taken = taken + {at}"
    " WHERE account = {at} AND offer_id = {at} AND taken + {at} <= units"
)
_LIMITED = "SELECT offer_id FROM stock WHERE account = {at}"
_CODE = "SELECT 1 FROM codes WHERE offer_id = {at} AND decision_id = '' LIMIT 1"


class _Result(Protocol):
    """What a statement did, of either driver."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> Sequence[Any]: ...


class _Run(Protocol):
    def __call__(self, sql: str, values: tuple[Any, ...], /) -> _Result: ...


@dataclass(frozen=True, slots=True)
class Tables:
    """How rows go into the tables of one make of database; ``at`` is its mark for a value."""

    decision: Insert
    reservation: Insert
    message: Insert
    at: str
    at_once: str = ""

    @classmethod
    def on_file(cls, decision: Insert, reservation: Insert, message: Insert) -> Tables:
        """SQLite: one statement for each table."""
        return cls(decision, reservation, message, "?")

    @classmethod
    def on_server(cls, decision: Insert, reservation: Insert, message: Insert) -> Tables:
        """PostgreSQL: one statement for all, to go there and back once."""
        parts = (
            ("fresh", decision.from_json),
            ("held", reservation.from_json),
            ("told", message.from_json),
        )
        whole = ", ".join(f"{name} AS ({sql} RETURNING 1)" for name, sql in parts)
        counted = "SELECT count(*) FROM fresh"
        return cls(decision, reservation, message, "%s", " ".join(("WITH", whole, counted)))

    def runner(self, connection: Connection) -> _Run:
        """Runs statements in the transaction of ``connection``."""
        if self.at_once:
            return connection.exec_driver_sql
        return cast(SqliteConnection, connection.connection.driver_connection).execute

    def added(self, run: _Run, things: Sequence[Thing]) -> int:
        """Put all rows in; return how many decisions were new."""
        columns = zip(*(rows for _, rows in things), strict=True)
        decisions, held, shown = ([row for row in column if row] for column in columns)
        if self.at_once:
            texts = (
                self.decision.as_json(decisions),
                self.reservation.as_json(held),
                self.message.as_json(shown),
            )
            return int(run(self.at_once, texts).fetchone()[0])
        fresh = _inserted(run, self.decision, decisions)
        if fresh == len(decisions):
            _inserted(run, self.reservation, held)
            _inserted(run, self.message, shown)
        return fresh


@dataclass(slots=True)
class _Wanted:
    """What things take, and what must be there for what could have been drawn: ``room``."""

    money: Counter[str] = field(default_factory=Counter)
    money_room: Counter[str] = field(default_factory=Counter)
    units: Counter[tuple[str, str]] = field(default_factory=Counter)
    units_room: Counter[tuple[str, str]] = field(default_factory=Counter)
    pools: set[str] = field(default_factory=set)

    def add(self, promise: LivePromise) -> None:
        """One more promise."""
        account, held = promise.account, promise.reservation
        taken = {} if held is None else {**held.shared, account: held.amount_minor}
        for name in promise.room.keys() | taken.keys():
            self.money[name] += taken.get(name, 0)
            self.money_room[name] += max(taken.get(name, 0), promise.room.get(name, 0))
        drawn = {held.offer_id} if held is not None else set()
        for offer_id in drawn.union(promise.limited):
            self.units[account, offer_id] += offer_id in drawn
            self.units_room[account, offer_id] += 1
        self.pools.update(others_of(promise))


def all_kept(connection: Connection, things: Sequence[Thing], tables: Tables) -> bool:
    """Write all; whether that could be done, else what was begun must be undone."""
    # One order for all, in every table: no deadlock.
    ordered = sorted(things, key=lambda thing: thing[0].decision.decision_id)
    wanted = _Wanted()
    for promise, _ in ordered:
        wanted.add(promise)
    run = tables.runner(connection)
    return tables.added(run, ordered) == len(ordered) and _taken(run, wanted, tables.at)


def others_of(promise: LivePromise) -> tuple[str, ...]:
    """Pools that something else would have been given a code of; the drawn one has its own."""
    drawn = promise.decision.offer_id
    return tuple(offer_id for offer_id in promise.pools if offer_id != drawn)


def _taken(run: _Run, wanted: _Wanted, at: str) -> bool:
    """Take the money and the units of all, if there is room for all."""
    for account in sorted(wanted.money):
        values = (wanted.money[account], account, wanted.money_room[account])
        if run(_MONEY.format(at=at), values).rowcount != 1:
            return False
    limited = {
        (account, offer_id)
        for account in {account for account, _ in wanted.units}
        for (offer_id,) in run(_LIMITED.format(at=at), (account,)).fetchall()
    }
    for account, offer_id in sorted(limited & wanted.units.keys()):
        place = (account, offer_id)
        units = (wanted.units[place], account, offer_id, wanted.units_room[place])
        if run(_UNITS.format(at=at), units).rowcount != 1:
            return False
    return all(run(_CODE.format(at=at), (pool,)).fetchone() for pool in sorted(wanted.pools))


def _inserted(run: _Run, insert: Insert, rows: Sequence[Values]) -> int:
    """Rows put in by one statement; how many were new."""
    if not rows:
        return 0
    return run(insert.sql_of(len(rows)), tuple(value for row in rows for value in row)).rowcount
