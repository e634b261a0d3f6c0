"""Users and what they did, in memory, for tests."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from promoloop.core import RefusedError
from promoloop.flows.staff.records import AuditEntry, User

__all__ = ["MemoryAudit", "MemoryUsers"]


class MemoryUsers:
    """See ``promoloop.flows.staff.ports.UserStore``."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}
        self._turn = threading.Lock()

    def put(self, user: User) -> None:
        """Store the next version."""
        with self._turn:
            old = self._users.get(user.user_id)
            if user.version != (old.version if old else 0) + 1:
                raise RefusedError(
                    f"changing the user {user.user_id}",
                    "somebody else has changed it meanwhile",
                    "Look at it again.",
                )
            self._users[user.user_id] = user

    def find(self, user_id: str) -> User | None:
        """The user of this name."""
        return self._users.get(user_id)

    def all(self) -> tuple[User, ...]:
        """Everybody, by name."""
        return tuple(self._users[key] for key in sorted(self._users))


class MemoryAudit:
    """See ``promoloop.flows.staff.ports.AuditLog``."""

    def __init__(self) -> None:
        self._entries: dict[str, AuditEntry] = {}

    def append(self, entries: Sequence[AuditEntry]) -> int:
        """Add what is new."""
        fresh = {one.entry_id: one for one in entries if one.entry_id not in self._entries}
        self._entries |= fresh
        return len(fresh)

    def latest(self, limit: int, skip: int = 0) -> tuple[AuditEntry, ...]:
        """The newest, newest first."""
        ordered = sorted(self._entries.values(), key=lambda entry: entry.at)
        return tuple(ordered[::-1][skip : skip + limit])

    def of(self, subject: str) -> tuple[AuditEntry, ...]:
        """Everything done to one subject, oldest first."""
        ordered = sorted(self._entries.values(), key=lambda entry: entry.at)
        return tuple(entry for entry in ordered if entry.subject == subject)
