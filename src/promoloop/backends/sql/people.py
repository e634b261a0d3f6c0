"""Consent on its way, rests and suppressed addresses, on SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, or_, select, update

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.tables import CONSENT_REQUESTS, RESTS, SUPPRESSIONS
from promoloop.core import InvalidError
from promoloop.profiles import ConsentRequest, ContactRest, Suppression

__all__ = ["SqlConsentRequests", "SqlRests", "SqlSuppressions"]

#: Values in one statement: every database takes that many.
_MANY = 500


def _resting() -> Select[Any]:
    columns = RESTS.table.c
    now = bindparam("now", type_=columns.at.type)
    place = func.row_number().over(
        partition_by=(columns.shopper_id, columns.channel), order_by=columns.at.desc()
    )
    on_it = or_(columns.channel == bindparam("channel"), columns.channel == "*")
    entries = (
        select(columns.shopper_id, columns.until, place.label("place"))
        .where(on_it, columns.at <= now)
        .subquery()
    )
    return (
        select(entries.c.shopper_id, func.max(entries.c.until, type_=columns.until.type))
        .where(entries.c.place == 1, entries.c.until > now)
        .group_by(entries.c.shopper_id)
    )


#: Built once: building them takes several times as long as running them.
_RESTING = _resting()
_SUPPRESSED = SUPPRESSIONS.select().where(
    SUPPRESSIONS.table.c.digest.in_(bindparam("digests", expanding=True))
)


class SqlConsentRequests:
    """Yeses that wait, on SQL; see ``promoloop.profiles.ConsentRequests``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, requests: Sequence[ConsentRequest]) -> int:
        """Add requests not there yet; return how many were new."""
        kept = CONSENT_REQUESTS
        with self._database.write() as connection:
            return self._database.add_new(connection, kept.table, kept.key, kept.rows(requests))

    def get(self, request_id: str) -> ConsentRequest:
        """The request; ``InvalidError`` when there is none."""
        query = CONSENT_REQUESTS.select().where(CONSENT_REQUESTS.table.c.request_id == request_id)
        with self._database.read() as connection:
            found = CONSENT_REQUESTS.read(connection.execute(query))
        if not found:
            raise InvalidError(
                f"the consent request {request_id!r}", "there is none of this id", "Ask anew."
            )
        return found[0]

    def confirm(self, request_id: str, at: datetime) -> bool:
        """Confirm an open request, in one conditional update."""
        columns = CONSENT_REQUESTS.table.c
        statement = (
            update(CONSENT_REQUESTS.table)
            .where(
                columns.request_id == request_id,
                columns.confirmed_at.is_(None),
                columns.expires_at > at,
            )
            .values(confirmed_at=at)
        )
        with self._database.write() as connection:
            return bool(connection.execute(statement).rowcount)

    def of(self, shopper_id: str) -> tuple[ConsentRequest, ...]:
        """Every request of one shopper, oldest first."""
        columns = CONSENT_REQUESTS.table.c
        query = CONSENT_REQUESTS.select().where(columns.shopper_id == shopper_id)
        with self._database.read() as connection:
            found = CONSENT_REQUESTS.read(connection.execute(query))
        return tuple(sorted(found, key=lambda one: (one.asked_at, one.request_id)))

    def asked_since(self, digest: str, since: datetime) -> int:
        """How many requests went to one address."""
        columns = CONSENT_REQUESTS.table.c
        query = select(func.count()).where(columns.digest == digest, columns.asked_at >= since)
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()


class SqlRests:
    """Who wants to hear nothing for a while, on SQL; see ``promoloop.profiles.RestBook``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, entries: Sequence[ContactRest]) -> None:
        """Add entries; the same again changes nothing."""
        with self._database.write() as connection:
            self._database.add_new(connection, RESTS.table, RESTS.key, RESTS.rows(entries))

    def resting(self, channel: str, now: datetime) -> Mapping[str, datetime]:
        """Shoppers at rest now, and until when."""
        with self._database.read() as connection:
            found = connection.execute(_RESTING, {"channel": channel, "now": now})
            return {row[0]: row[1] for row in found}

    def of(self, shopper_id: str) -> tuple[ContactRest, ...]:
        """Every entry of one shopper, oldest first."""
        query = RESTS.select().where(RESTS.table.c.shopper_id == shopper_id)
        with self._database.read() as connection:
            found = RESTS.read(connection.execute(query))
        return tuple(sorted(found, key=lambda one: (one.at, one.channel)))


class SqlSuppressions:
    """Addresses never to be written to, on SQL; see ``promoloop.profiles.SuppressionList``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, entries: Sequence[Suppression]) -> int:
        """Add those not there yet; return how many were new."""
        kept = SUPPRESSIONS
        with self._database.write() as connection:
            return self._database.add_new(connection, kept.table, kept.key, kept.rows(entries))

    def among(self, digests: Collection[str]) -> Mapping[str, Suppression]:
        """Those that are suppressed, with why."""
        found: dict[str, Suppression] = {}
        with self._database.read() as connection:
            for part in _parts(digests):
                rows = connection.execute(_SUPPRESSED, {"digests": part})
                found.update((one.digest, one) for one in SUPPRESSIONS.read(rows))
        return found

    def lift(self, digests: Collection[str]) -> int:
        """Take entries back; return how many there were."""
        gone = 0
        with self._database.write() as connection:
            for part in _parts(digests):
                mine = SUPPRESSIONS.table.c.digest.in_(part)
                gone += connection.execute(delete(SUPPRESSIONS.table).where(mine)).rowcount
        return gone

    def counts(self) -> Mapping[str, int]:
        """Entries per reason."""
        reason = SUPPRESSIONS.table.c.reason
        query = select(reason, func.count()).group_by(reason)
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}


def _parts(values: Collection[str]) -> Iterator[list[str]]:
    listed = list(dict.fromkeys(values))
    for begin in range(0, len(listed), _MANY):
        yield listed[begin : begin + _MANY]
