"""A person who works with the console, and an entry on what somebody did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from promoloop.core import InvalidError

__all__ = ["ROLES", "AuditEntry", "User", "require_role"]

#: From least to most; each may do what those before it may.
ROLES = ("viewer", "marketer", "approver", "admin")


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in.

    ``user_id`` is the sign-in name, in lower case. ``version`` counts the changes from 1: a
    session names the version it was opened for, so any change ends the sessions of before.
    ``password_hash`` is empty for those who come by OIDC only.
    """

    user_id: str
    name: str
    role: str
    password_hash: str
    version: int
    active: bool
    created_at: datetime
    changed_at: datetime

    def may(self, role: str) -> bool:
        """Whether this person stands at ``role`` or above it.

        >>> from datetime import UTC, datetime
        >>> day = datetime(2026, 11, 22, tzinfo=UTC)
        >>> ana = User("ana", "Ana", "marketer", "", 1, True, day, day)
        >>> ana.may("viewer"), ana.may("approver")
        (True, False)
        """
        return self.active and ROLES.index(self.role) >= ROLES.index(role)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that somebody did.

    ``action`` is a dotted name such as ``campaign.approve``, ``subject`` the id of what was acted
    on, ``outcome`` ``done`` or ``refused``. ``details`` hold no personal data of shoppers and no
    secrets.
    """

    entry_id: str
    at: datetime
    user_id: str
    action: str
    subject: str
    outcome: str = "done"
    address: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


def require_role(role: str) -> str:
    """``role`` when there is such a one."""
    if role not in ROLES:
        raise InvalidError(
            f"the role {role!r}", "there is no such role", f"Use one of {', '.join(ROLES)}."
        )
    return role
