"""What the console's sign-in and its records need from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from promoloop.flows.staff.records import AuditEntry, User

__all__ = ["AuditLog", "Passwords", "UserStore"]


class UserStore(Protocol):
    """Everybody who may, or might once, sign in."""

    def put(self, user: User) -> None:
        """Store version 1 of somebody new, or the version after the one that is stored.

        Raises ``RefusedError`` for any other version: somebody else changed the user meanwhile.
        """
        ...

    def find(self, user_id: str) -> User | None:
        """The user of this name; ``None`` when there is none."""
        ...

    def all(self) -> tuple[User, ...]:
        """Everybody, by name of sign-in."""
        ...


class AuditLog(Protocol):
    """Who did what; entries are only ever added."""

    def append(self, entries: Sequence[AuditEntry]) -> int:
        """Add the entries whose id is not there yet; return how many were new."""
        ...

    def latest(self, limit: int, skip: int = 0) -> tuple[AuditEntry, ...]:
        """The newest ``limit`` entries, newest first, after the newest ``skip``."""
        ...

    def of(self, subject: str) -> tuple[AuditEntry, ...]:
        """Everything that was done to one subject, oldest first."""
        ...


class Passwords(Protocol):
    """A slow, salted hash for passwords."""

    def hashed(self, password: str) -> str:
        """What is stored instead of the password."""
        ...

    def fits(self, password_hash: str, password: str) -> bool:
        """Whether the password is the one that was hashed; an empty hash fits none."""
        ...
