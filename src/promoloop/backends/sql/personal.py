"""Everything the database holds on one person: listed, or removed.

What is about the person alone is deleted. What the books count with (decisions, money, uses,
messages that left) stays, under names nobody can work out again and with all that describes the
person emptied. All of it is one transaction; run again it finds nothing more to do.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, delete, func, or_, select, update

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.ledger import SqlLedger
from promoloop.backends.sql.tables import (
    ANSWERS,
    AUDIT,
    CLICKS,
    CODES,
    CONSENT_REQUESTS,
    CONSENTS,
    DECISIONS,
    INBOX,
    OFFER_USES,
    OUTBOX,
    OUTCOMES,
    REDEMPTIONS,
    RESERVATIONS,
    RESTS,
    SUBSCRIPTIONS,
    SUPPRESSIONS,
)
from promoloop.decide import Weighed
from promoloop.events import ANONYMOUS
from promoloop.flows.privacy.naming import named_in, without_names
from promoloop.flows.privacy.records import Person, pseudonym

__all__ = ["SqlPersonal"]

#: Rows that go as they are, by the column that names the shopper.
_GONE: tuple[Table, ...] = (
    CONSENTS.table,
    CONSENT_REQUESTS.table,
    RESTS.table,
    SUBSCRIPTIONS.table,
    OFFER_USES,
    INBOX.table,
)
_NAMED: tuple[Table, ...] = (
    DECISIONS.table,
    OUTCOMES.table,
    OUTBOX.table,
    REDEMPTIONS.table,
    CODES.table,
)
_WAITING = ("queued", "held", "leased")
#: Values in one statement: every database takes that many.
_MANY = 500


class SqlPersonal:
    """See ``promoloop.flows.privacy.ports.PersonalStore``."""

    name = "database"

    def __init__(self, database: Database, ledger: SqlLedger) -> None:
        self._database, self._ledger = database, ledger

    def aliases(self, person: Person) -> Person:
        """With addresses, devices of calls not read yet, and ids of what was made for them."""
        row = OUTBOX.table.c
        mail = select(row.address).where(row.shopper_id.in_(person.ids), row.channel != "onsite")
        body = select(INBOX.table.c.body).where(INBOX.table.c.shopper_id.in_(person.ids))
        decided = DECISIONS.table.c
        first = select(decided.decided_at).where(decided.shopper_id.in_(person.ids))
        with self._database.read() as connection:
            addresses = [one for (one,) in connection.execute(mail) if one not in person.ids]
            bodies = [raw for (raw,) in connection.execute(body)]
            for raw in bodies:
                addresses += _addresses_in(raw)
            devices = _devices_in(connection, bodies, person)
            since = connection.execute(first.order_by(decided.decided_at).limit(1)).scalar()
            return person.joined(devices, addresses, _marks(connection, person), since)

    def held(self, person: Person) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Every row about the person, by table."""
        found: dict[str, Sequence[Mapping[str, object]]] = {}
        with self._database.read() as connection:
            for table, which in _about(person):
                rows = [_plain(row) for row in connection.execute(select(table).where(which))]
                if rows:
                    found[table.name] = rows
            for table in (ANSWERS.table, AUDIT.table):
                rows = [_plain(row) for row in _naming(connection, table, person)]
                if rows:
                    found[table.name] = rows
            suppressed = SUPPRESSIONS.table.c.digest.in_(person.digests)
            listed = select(SUPPRESSIONS.table).where(suppressed)
            kept = [_plain(row) for row in connection.execute(listed)]
        return found | ({"suppressions": kept} if kept else {})

    def purge(self, person: Person) -> Mapping[str, int]:
        """Delete or rename every row about the person, in one transaction."""
        counts: Counter[str] = Counter()
        with self._database.write() as connection:
            marks = (*person.marks, *_marks(connection, person))
            whole = person.joined(marks=marks)
            counts["outbox"] += self._withdraw(connection, whole)
            self._keep_uses(connection, whole)
            for table in _GONE:
                mine = delete(table).where(table.c.shopper_id.in_(whole.ids))
                counts[table.name] += connection.execute(mine).rowcount
            for part in _parts(whole.marks):
                followed = delete(CLICKS.table).where(CLICKS.table.c.decision_id.in_(part))
                counts["clicks"] += connection.execute(followed).rowcount
            for table, which in _about(whole):
                if table in _NAMED or table is RESERVATIONS.table:
                    counts[table.name] += _rename(connection, table, which, whole)
            counts["answers"] += _forget_answers(connection, whole)
            counts["audit"] += _rename_audit(connection, whole)
        self._database.scrub([*_GONE, *_NAMED, INBOX.table, ANSWERS.table])
        return {name: count for name, count in counts.items() if count}

    def _keep_uses(self, connection: Connection, person: Person) -> None:
        """Keep how often each offer was used, under the digest alone: caps hold for who returns."""
        row = OFFER_USES.c
        mine = select(row.offer_id, func.sum(row.used)).where(row.shopper_id.in_(person.ids))
        found = connection.execute(mine.group_by(row.offer_id)).all() if person.kept_as else ()
        for offer_id, used in found:
            fresh = {"offer_id": offer_id, "shopper_id": person.kept_as, "used": 0}
            self._database.add_new(connection, OFFER_USES, ("offer_id", "shopper_id"), [fresh])
            kept = (row.offer_id == offer_id) & (row.shopper_id == person.kept_as)
            more = update(OFFER_USES).where(kept).values(used=row.used + int(used))
            connection.execute(more)

    def _withdraw(self, connection: Connection, person: Person) -> int:
        """Take back what has not left yet, with the money set aside for it."""
        row = OUTBOX.table.c
        waiting = (row.shopper_id.in_(person.ids), row.state.in_(_WAITING))
        taken = delete(OUTBOX.table).where(*waiting).returning(row.decision_id)
        decisions = [one for (one,) in connection.execute(taken)]
        self._ledger.release_within(connection, decisions)
        return len(decisions)


def _marks(connection: Connection, person: Person) -> list[str]:
    """The ids of decisions, messages, outcomes and uses of the person."""
    found: dict[str, None] = {}
    for table in _NAMED:
        names = [name for name in _KEYS if name in table.c]
        query = select(*(table.c[name] for name in names))
        for values in connection.execute(query.where(table.c.shopper_id.in_(person.ids))):
            found.update((value, None) for value in values if value)
    return list(found)


#: Columns whose values are derived from a shopper, or lead to one in the shop's own books.
_KEYS = ("decision_id", "outcome_id", "dedupe_key", "use_id", "key", "used_by")
#: What describes the person, and what stands there afterwards.
_EMPTIED: Mapping[str, Mapping[str, object]] = {
    "outbox": {"address": "", "time_zone": "", "slots": {}, "reason": ""},
    "redemptions": {"order_id": "", "code": ""},
    "decisions": {"rejected": {}},
}


def _rename(
    connection: Connection, table: Table, which: ColumnElement[bool], person: Person
) -> int:
    """Give rows other names and empty what describes the person."""
    names = [name for name in ("shopper_id", *_KEYS) if name in table.c]
    rows = connection.execute(select(table).where(which)).all()
    for row in rows:
        old = row._mapping
        values: dict[str, Any] = dict(_EMPTIED.get(table.name, {}))
        values |= {
            name: pseudonym(person, old[name])
            for name in names
            if old[name] and not str(old[name]).startswith("erased-")
        }
        if table is DECISIONS.table:
            values["features"] = tuple(0.0 for _ in old["features"])
            values["weighed"] = tuple(_faded(one) for one in old["weighed"])
        connection.execute(update(table).where(table.c.seq == old["seq"]).values(values))
    return len(rows)


def _faded(one: Weighed) -> Weighed:
    """An alternative with its odds, which evaluation needs, and nothing foretold of the person."""
    return Weighed(one.action, one.propensity, 0.0, 0.0, 0.0)


def _about(person: Person) -> Iterable[tuple[Table, ColumnElement[bool]]]:
    """Tables with the condition that finds the person's rows."""
    for table in (*_GONE, *_NAMED):
        mine: ColumnElement[bool] = table.c.shopper_id.in_(person.ids)
        if table in {OUTCOMES.table, CODES.table}:
            mine = or_(mine, *_any(table.c.decision_id, person.marks))
        yield table, mine
    for table in (RESERVATIONS.table, CLICKS.table):
        clauses = _any(table.c.decision_id, person.marks)
        if clauses:
            yield table, or_(*clauses)


def _any(column: ColumnElement[Any], values: Sequence[str]) -> list[ColumnElement[bool]]:
    return [column.in_(part) for part in _parts(values)]


def _parts(values: Sequence[str]) -> list[list[str]]:
    distinct = list(dict.fromkeys(values))
    return [distinct[start : start + _MANY] for start in range(0, len(distinct), _MANY)]


def _naming(connection: Connection, table: Table, person: Person) -> list[Any]:
    """Rows in whose text the person is named."""
    needles = person.needles
    return [
        row
        for row in connection.execute(select(table))
        if any(named_in(text, needles) for text in _texts(row))
    ]


def _texts(row: Any) -> Iterable[str]:
    for value in _plain(row).values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from (str(one) for one in value.values())


def _forget_answers(connection: Connection, person: Person) -> int:
    gone = [row.seq for row in _naming(connection, ANSWERS.table, person)]
    for start in range(0, len(gone), _MANY):
        part = ANSWERS.table.c.seq.in_(gone[start : start + _MANY])
        connection.execute(delete(ANSWERS.table).where(part))
    return len(gone)


def _rename_audit(connection: Connection, person: Person) -> int:
    """Who did what to whom stays; whom is not named any more."""
    rows = _naming(connection, AUDIT.table, person)
    for row in rows:
        details = {name: _without(text, person) for name, text in row.details.items()}
        values = {"subject": _without(row.subject, person), "details": details}
        connection.execute(update(AUDIT.table).where(AUDIT.table.c.seq == row.seq).values(values))
    return len(rows)


def _without(text: str, person: Person) -> str:
    return without_names(text, person.needles, pseudonym(person, person.shopper_id))


def _plain(row: Any) -> dict[str, object]:
    """A row as JSON can say it."""
    return {name: _said(value) for name, value in row._mapping.items() if name not in {"seq"}}


def _said(value: object) -> object:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return msgspec.to_builtins(value)


def _call_in(body: bytes) -> Mapping[str, Any]:
    """The call that a body holds; empty where it is none."""
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _devices_in(connection: Connection, bodies: Sequence[bytes], person: Person) -> list[str]:
    """Devices on which the person identified, and nobody else in calls not read yet."""
    named = [_call_in(raw).get("anonymousId") for raw in bodies]
    found = [one for one in dict.fromkeys(named) if isinstance(one, str) and one]
    if not found:
        return []
    row = INBOX.table.c
    strange = ~row.shopper_id.in_([*person.ids, *(ANONYMOUS + one for one in found)])
    others = connection.execute(select(row.body).where(strange)).scalars()
    shared = {_call_in(raw).get("anonymousId") for raw in others}
    return [ANONYMOUS + one for one in found if one not in shared]


def _addresses_in(body: bytes) -> list[str]:
    """Mail addresses and telephone numbers that an ``identify`` call carries."""
    traits = _call_in(body).get("traits")
    if not isinstance(traits, dict):
        return []
    return [str(traits[name]) for name in ("email", "phone") if isinstance(traits.get(name), str)]
