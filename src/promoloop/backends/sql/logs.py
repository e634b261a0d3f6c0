"""What is only ever added to: decisions, outcomes, consents and approved copies, on SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, delete, func, select

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.tables import CONSENTS, COPIES, DECISIONS, OUTCOMES
from promoloop.compose import Copy
from promoloop.core import InvalidError
from promoloop.decide import Decision
from promoloop.feedback import Outcome
from promoloop.profiles import Consent

__all__ = ["SqlConsents", "SqlCopies", "SqlDecisions", "SqlOutcomes"]

#: Values in one statement: every database takes that many.
_MANY = 500


class SqlDecisions:
    """The decision log on SQL; see ``promoloop.decide.DecisionLog``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, decisions: Sequence[Decision]) -> None:
        """Add in one transaction; a known ``decision_id`` is left alone."""
        with self._database.write() as connection:
            self.append_within(connection, decisions)

    def append_within(self, connection: Connection, decisions: Sequence[Decision]) -> int:
        """``append`` as a part of a transaction that others share; return how many were new."""
        rows = DECISIONS.rows(decisions)
        return self._database.add_new(connection, DECISIONS.table, DECISIONS.key, rows)

    def known_within(
        self, connection: Connection, decisions: Sequence[Decision]
    ) -> tuple[Decision, ...]:
        """What is stored under the ids of ``decisions``, in no order."""
        ids = [one.decision_id for one in decisions]
        found: list[Decision] = []
        for begin in range(0, len(ids), _MANY):
            wanted = DECISIONS.table.c.decision_id.in_(ids[begin : begin + _MANY])
            found += DECISIONS.read(connection.execute(DECISIONS.select().where(wanted)))
        return tuple(found)

    def get(self, decision_id: str) -> Decision:
        """The decision; ``InvalidError`` when there is none."""
        query = DECISIONS.select().where(DECISIONS.table.c.decision_id == decision_id)
        with self._database.read() as connection:
            found = DECISIONS.read(connection.execute(query))
        if not found:
            raise InvalidError(
                f"the decision {decision_id!r}", "there is none of this id", "Check the id."
            )
        return found[0]

    def of_campaign(self, campaign_id: str) -> tuple[Decision, ...]:
        """Every decision of one campaign, in order of ``decision_id``."""
        return self._found(DECISIONS.table.c.campaign_id == campaign_id)

    def of_shopper(self, shopper_id: str) -> tuple[Decision, ...]:
        """Every decision for one shopper, in order of ``decision_id``."""
        return self._found(DECISIONS.table.c.shopper_id == shopper_id)

    def decided_between(
        self, campaign_id: str, start: datetime, end: datetime
    ) -> tuple[Decision, ...]:
        """Those of one campaign with ``start <= decided_at < end``."""
        columns = DECISIONS.table.c
        return self._found(
            columns.campaign_id == campaign_id,
            columns.decided_at >= start,
            columns.decided_at < end,
        )

    def _found(self, *conditions: ColumnElement[bool]) -> tuple[Decision, ...]:
        with self._database.read() as connection:
            found = DECISIONS.read(connection.execute(DECISIONS.select().where(*conditions)))
        return tuple(sorted(found, key=lambda decision: decision.decision_id))


class SqlOutcomes:
    """The outcome log on SQL; see ``promoloop.feedback.OutcomeLog``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, outcomes: Sequence[Outcome]) -> int:
        """Add outcomes not there yet; return how many were new."""
        with self._database.write() as connection:
            rows = OUTCOMES.rows(outcomes)
            return self._database.add_new(connection, OUTCOMES.table, OUTCOMES.key, rows)

    def take_back(self, outcome_ids: Sequence[str]) -> int:
        """Take outcomes out; return how many were there."""
        named = OUTCOMES.table.c.outcome_id
        with self._database.write() as connection:
            return sum(
                connection.execute(
                    delete(OUTCOMES.table).where(named.in_(outcome_ids[at : at + _MANY]))
                ).rowcount
                for at in range(0, len(outcome_ids), _MANY)
            )

    def between(self, start: datetime, end: datetime) -> tuple[Outcome, ...]:
        """Outcomes with ``start <= at < end``, in order of ``at``."""
        columns = OUTCOMES.table.c
        query = (
            OUTCOMES.select()
            .where(columns.at >= start, columns.at < end)
            .order_by(columns.at, columns.seq)
        )
        with self._database.read() as connection:
            return tuple(OUTCOMES.read(connection.execute(query)))


class SqlConsents:
    """The consent ledger on SQL; see ``promoloop.profiles.ConsentLedger``.

    The same entry twice changes nothing. Of two entries with the same time a no counts.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, entries: Sequence[Consent]) -> None:
        """Append entries."""
        with self._database.write() as connection:
            rows = CONSENTS.rows(entries)
            self._database.add_new(connection, CONSENTS.table, CONSENTS.key, rows)

    def granted(self, channel: str, purpose: str) -> frozenset[str]:
        """Shoppers whose latest entry for this channel and purpose is a yes."""
        with self._database.read() as connection:
            found = connection.execute(_AGREEING, {"channel": channel, "purpose": purpose})
            return frozenset(row[0] for row in found)

    def among(self, shopper_ids: Collection[str], channel: str, purpose: str) -> frozenset[str]:
        """Those of some shoppers whose latest entry is a yes."""
        wanted = sorted(set(shopper_ids))
        found: set[str] = set()
        with self._database.read() as connection:
            for start in range(0, len(wanted), _MANY):
                asked = {"channel": channel, "purpose": purpose}
                part = {"people": wanted[start : start + _MANY]}
                found.update(row[0] for row in connection.execute(_AGREEING_AMONG, asked | part))
        return frozenset(found)

    def of(self, shopper_id: str) -> tuple[Consent, ...]:
        """Every entry of one shopper, oldest first."""
        query = CONSENTS.select().where(CONSENTS.table.c.shopper_id == shopper_id)
        with self._database.read() as connection:
            found = CONSENTS.read(connection.execute(query))
        return tuple(sorted(found, key=lambda one: (one.at, not one.granted, one.channel)))


class SqlCopies:
    """The copy bank on SQL; see ``promoloop.compose.CopyBank``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, copies: Sequence[Copy]) -> None:
        """Insert by ``copy_id``; the same copy twice changes nothing."""
        with self._database.write() as connection:
            self._database.add_new(connection, COPIES.table, COPIES.key, COPIES.rows(copies))

    def get(self, copy_id: str) -> Copy:
        """The copy; ``InvalidError`` when there is none."""
        query = COPIES.select().where(COPIES.table.c.copy_id == copy_id)
        with self._database.read() as connection:
            found = COPIES.read(connection.execute(query))
        if not found:
            raise InvalidError(f"the copy {copy_id!r}", "there is none of this id", "Check the id.")
        return found[0]

    def all(self) -> tuple[Copy, ...]:
        """Every copy, by ``copy_id``."""
        with self._database.read() as connection:
            found = COPIES.read(connection.execute(COPIES.select()))
        return tuple(sorted(found, key=lambda copy: copy.copy_id))


def _agreeing(*which: ColumnElement[bool]) -> Select[Any]:
    columns = CONSENTS.table.c
    place = func.row_number().over(
        partition_by=columns.shopper_id, order_by=(columns.at.desc(), columns.granted)
    )
    entries = (
        select(columns.shopper_id, columns.granted, place.label("place"))
        .where(
            columns.channel == bindparam("channel"), columns.purpose == bindparam("purpose"), *which
        )
        .subquery()
    )
    return select(entries.c.shopper_id).where(entries.c.place == 1, entries.c.granted)


#: Built once: building them takes several times as long as running them.
_AGREEING = _agreeing()
_AGREEING_AMONG = _agreeing(CONSENTS.table.c.shopper_id.in_(bindparam("people", expanding=True)))
