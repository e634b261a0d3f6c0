"""The transactional outbox: who holds a message, and what became of it.

queued → leased → sending → sent | failed | unknown. ``sending`` is committed just before the
message leaves. A worker that dies before it leaves its messages ``leased``, which another one
takes over when the lease runs out. A worker that dies after it leaves them ``sending``: nobody
knows whether they went, so they become ``unknown`` and are never sent blindly.

A result is taken only from the worker that still holds the message, in the attempt it was leased
for: a worker that slept through its lease speaks for nobody, even if it has leased it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection, func, select, update

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.outbox_moves import (
    BEGIN,
    CHOOSE,
    HELD,
    IN_DOUBT,
    PARK,
    SENT_TO,
    TAKE,
    WAITING,
    marking,
)
from promoloop.backends.sql.tables import OUTBOX
from promoloop.core import InvalidError
from promoloop.deliver import STATES, FrequencyCap, Message, counted

__all__ = ["SqlOutbox"]

V = TypeVar("V")

_ROW = OUTBOX.table.c
#: What a message in doubt can turn out to be.
_RESOLVED = ("sent", "failed", "queued")
#: Values in one statement: every database takes that many.
_MANY = 500


class SqlOutbox:
    """The outbox on SQL; see ``promoloop.deliver.Outbox``.

    Parameters
    ----------
    database : Database
        Where it lives.
    lease : timedelta, default 2 minutes
        How long a worker may be silent before others take its messages over. Marking them
        ``sending`` starts it anew.
    """

    def __init__(self, database: Database, lease: timedelta = timedelta(minutes=2)) -> None:
        self._database = database
        self._lease = lease

    def enqueue(self, messages: Sequence[Message]) -> int:
        """Add new messages; see the port."""
        with self._database.write() as connection:
            return self.enqueue_within(connection, messages)

    def enqueue_within(self, connection: Connection, messages: Sequence[Message]) -> int:
        """``enqueue`` as a part of a transaction that others share."""
        for message in messages:
            if message.state not in ("queued", "held"):
                raise InvalidError(
                    f"putting {message.dedupe_key!r} in the outbox as {message.state}",
                    "a message starts as queued or held",
                    "Put it in as queued.",
                )
        rows = OUTBOX.rows(messages)
        for row in rows:
            row["ever_held"] = row["state"] == "held"
        return self._database.add_new(connection, OUTBOX.table, OUTBOX.key, rows)

    def lease(self, owner: str, now: datetime, limit: int) -> list[Message]:
        """Take due messages; see the port."""
        if not owner:
            raise InvalidError("leasing messages", "the owner has no name", "Name the worker.")
        with self._database.write() as connection:
            _park(connection, now)
            chosen = list(connection.execute(CHOOSE, {"at": now, "most": limit}).scalars())
            return _take(connection, chosen, owner, now + self._lease)

    def mark(
        self,
        dedupe_keys: Sequence[str] | Mapping[str, int],
        owner: str,
        state: str,
        now: datetime,
        reason: str = "",
        not_before: datetime | None = None,
        *,
        tried: bool = False,
    ) -> int:
        """Move messages ``owner`` holds; see the port."""
        one_attempt = isinstance(dedupe_keys, Mapping)
        change = marking(state, timed=not_before is not None, tried=tried, one_attempt=one_attempt)
        told = {"by": owner, "at": now, "until": now + self._lease, "why": reason}
        if not_before is not None:
            told["again"] = not_before
        with self._database.write() as connection:
            return sum(
                connection.execute(change, {**told, **which}).rowcount
                for which in _named(dedupe_keys)
            )

    def begin(
        self, messages: Sequence[Message], owner: str, now: datetime, caps: Sequence[FrequencyCap]
    ) -> Mapping[str, str]:
        """Mark sending what no cap is against; see ``deliver.SendGate``."""
        attempts = {message.dedupe_key: message.attempt for message in messages}
        people = sorted({message.shopper_id for message in messages})
        mine = {"by": owner, "at": now}
        said: dict[str, str] = {}
        with self._database.write() as connection:
            self._database.take_turns(connection, people)
            held = {
                key
                for which in _named(attempts)
                for (key,) in connection.execute(HELD, {**mine, **which})
            }
            tally = counted(caps, _sent_to(connection, people, caps, now), now)
            for message in messages:
                if message.dedupe_key in held:
                    full = tally.full(message.shopper_id, message.channel)
                    said[message.dedupe_key] = full
                    if not full:
                        tally.add(message.shopper_id, message.channel)
            begun = mine | {"until": now + self._lease, "why": ""}
            for part in _parts([key for key, full in said.items() if not full]):
                connection.execute(BEGIN, begun | {"keys": part})
        return said

    def park(self, now: datetime) -> int:
        """Make unknown what was left sending; see ``deliver.ParkedMessages``."""
        with self._database.write() as connection:
            return _park(connection, now)

    def parked(self, limit: int = 10_000) -> tuple[Message, ...]:
        """Messages in doubt; see ``deliver.ParkedMessages``."""
        query = OUTBOX.select().where(_ROW.state == "unknown")
        query = query.order_by(_ROW.sent_at, _ROW.seq).limit(limit)
        with self._database.read() as connection:
            return tuple(OUTBOX.read(connection.execute(query)))

    def resolve(self, dedupe_keys: Sequence[str], state: str, now: datetime, reason: str) -> int:
        """End the doubt about messages; see ``deliver.ParkedMessages``."""
        if state not in _RESOLVED:
            raise InvalidError(
                f"resolving messages as {state!r}",
                "a message in doubt cannot become that",
                f"Use one of {', '.join(_RESOLVED)}.",
            )
        values: dict[str, object] = {"state": state, "reason": reason, "lease_until": None}
        if state != "sent":  # what left keeps the moment when its sending began
            values["sent_at"] = None
        if state == "queued":
            values["not_before"] = now
        change = update(OUTBOX.table).where(_ROW.state == "unknown").values(values)
        with self._database.write() as connection:
            return sum(
                connection.execute(change.where(_ROW.dedupe_key.in_(part))).rowcount
                for part in _parts(dedupe_keys)
            )

    def waiting_since(self, now: datetime) -> datetime | None:
        """When the oldest message in want of a worker fell due; see ``deliver.ParkedMessages``."""
        with self._database.read() as connection:
            return connection.execute(WAITING, {"at": now}).scalar()

    def contacts(self, since: datetime) -> Mapping[tuple[str, str], int]:
        """Contacts per shopper and channel; see the port.

        ``sent_at`` of a message in doubt is when its sending began.
        """
        query = (
            select(_ROW.shopper_id, _ROW.channel, func.count())
            .where(_ROW.sent_at >= since, _ROW.state.in_(IN_DOUBT))
            .group_by(_ROW.shopper_id, _ROW.channel)
        )
        with self._database.read() as connection:
            return {(shopper, channel): n for shopper, channel, n in connection.execute(query)}

    def sent_between(self, start: datetime, end: datetime) -> Mapping[str, datetime]:
        """When each decision's message left; see ``deliver.DeliveryLog``."""
        query = select(_ROW.decision_id, _ROW.sent_at).where(
            _ROW.state == "sent", _ROW.sent_at >= start, _ROW.sent_at < end
        )
        with self._database.read() as connection:
            return {row.decision_id: row.sent_at for row in connection.execute(query)}

    def copies_between(self, start: datetime, end: datetime) -> Mapping[str, str]:
        """Which text each decision's message carried; see ``deliver.DeliveryLog``."""
        query = select(_ROW.decision_id, _ROW.copy_id).where(
            _ROW.state == "sent", _ROW.sent_at >= start, _ROW.sent_at < end
        )
        with self._database.read() as connection:
            return {row.decision_id: row.copy_id for row in connection.execute(query)}

    def copy_of(self, decision_id: str) -> str:
        """Which text one decision's message has; see ``deliver.DeliveryLog``."""
        query = select(_ROW.copy_id).where(_ROW.decision_id == decision_id).limit(1)
        with self._database.read() as connection:
            return str(connection.execute(query).scalar() or "")

    def counts(self) -> Mapping[str, int]:
        """Messages per state, zeros included; see the port."""
        states = select(_ROW.state, func.count()).group_by(_ROW.state)
        held = select(func.count()).where(_ROW.ever_held.is_(True))
        with self._database.read() as connection:
            found = dict.fromkeys(STATES, 0)
            for state, n in connection.execute(states):
                found[state] = n
            found["held"] = connection.execute(held).scalar_one()
        return found


def _sent_to(
    connection: Connection, people: Sequence[str], caps: Sequence[FrequencyCap], now: datetime
) -> list[tuple[str, str, datetime]]:
    """What may have reached these shoppers within the longest window of ``caps``."""
    if not caps:
        return []
    since = min(cap.since(now) for cap in caps)
    return [
        (who, channel, at)
        for part in _parts(people)
        for who, channel, at in connection.execute(SENT_TO, {"since": since, "people": part})
    ]


def _park(connection: Connection, now: datetime) -> int:
    return connection.execute(PARK, {"at": now}).rowcount


def _named(dedupe_keys: Sequence[str] | Mapping[str, int]) -> Iterator[Mapping[str, object]]:
    """The messages meant, in parts that fit a statement; of a mapping in that attempt only."""
    if not isinstance(dedupe_keys, Mapping):
        yield from ({"keys": part} for part in _parts(dedupe_keys))
        return
    for attempt in sorted(set(dedupe_keys.values())):
        keys = [key for key, tried in dedupe_keys.items() if tried == attempt]
        for part in _parts(keys):
            yield {"attempt_was": attempt, "keys": part}


def _parts(values: Sequence[V]) -> list[Sequence[V]]:
    return [values[start : start + _MANY] for start in range(0, len(values), _MANY)]


def _take(
    connection: Connection, chosen: Sequence[int], owner: str, until: datetime
) -> list[Message]:
    taken: list[tuple[int, Message]] = []
    for part in _parts(chosen):
        rows = connection.execute(TAKE, {"chosen": part, "by": owner, "until": until})
        taken += [(seq, Message(*values)) for seq, *values in rows]
    taken.sort(key=lambda pair: (pair[1].not_before, pair[0]))
    return [message for _, message in taken]
