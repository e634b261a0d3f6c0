"""Who may use the console, and what they did, on SQL."""

from __future__ import annotations

from collections.abc import Sequence

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.tables import AUDIT, USERS
from promoloop.core import RefusedError
from promoloop.flows.staff.records import AuditEntry, User

__all__ = ["SqlAudit", "SqlUsers"]


class SqlUsers:
    """See ``promoloop.flows.staff.ports.UserStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, user: User) -> None:
        """One statement, which only fits the version before."""
        with self._database.write() as connection:
            rows = USERS.rows([user])
            if user.version == 1:
                done = self._database.add_new(connection, USERS.table, USERS.key, rows)
            else:
                column = USERS.table.c
                before = (column.user_id == user.user_id) & (column.version == user.version - 1)
                done = connection.execute(
                    USERS.table.update().where(before).values(rows[0])
                ).rowcount
        if not done:
            raise RefusedError(
                f"changing the user {user.user_id}",
                "somebody else has changed it meanwhile",
                "Look at it again.",
            )

    def find(self, user_id: str) -> User | None:
        """The user of this name."""
        query = USERS.select().where(USERS.table.c.user_id == user_id)
        with self._database.read() as connection:
            found = USERS.read(connection.execute(query))
        return found[0] if found else None

    def all(self) -> tuple[User, ...]:
        """Everybody, by name of sign-in."""
        with self._database.read() as connection:
            found = USERS.read(connection.execute(USERS.select()))
        # sorted here: databases differ in how they order text
        return tuple(sorted(found, key=lambda user: user.user_id))


class SqlAudit:
    """See ``promoloop.flows.staff.ports.AuditLog``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, entries: Sequence[AuditEntry]) -> int:
        """Add what is new."""
        with self._database.write() as connection:
            rows = AUDIT.rows(entries)
            return self._database.add_new(connection, AUDIT.table, AUDIT.key, rows)

    def latest(self, limit: int, skip: int = 0) -> tuple[AuditEntry, ...]:
        """The newest, newest first."""
        column = AUDIT.table.c
        query = AUDIT.select().order_by(column.at.desc(), column.seq.desc())
        with self._database.read() as connection:
            return tuple(AUDIT.read(connection.execute(query.limit(limit).offset(skip))))

    def of(self, subject: str) -> tuple[AuditEntry, ...]:
        """Everything done to one subject, oldest first."""
        column = AUDIT.table.c
        query = AUDIT.select().where(column.subject == subject).order_by(column.at, column.seq)
        with self._database.read() as connection:
            return tuple(AUDIT.read(connection.execute(query)))
