"""The people who work with a shop's console, and the book of what they did."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property

from promoloop.backends.passwords import ArgonPasswords
from promoloop.bootstrap.shop.moments import present
from promoloop.bootstrap.shop.opened import OpenedShop
from promoloop.core import UnavailableError
from promoloop.flows.staff import managing
from promoloop.flows.staff.ports import AuditLog, Passwords, UserStore
from promoloop.flows.staff.records import AuditEntry, User

__all__ = ["Staff"]


class Staff(OpenedShop):
    """Who may sign in to the console, and what they did."""

    @cached_property
    def passwords(self) -> Passwords:
        """How passwords are kept; needs the extra ``serve``."""
        return ArgonPasswords()

    @property
    def users(self) -> UserStore:
        """Everybody who may sign in."""
        if self.house.users is None:
            raise _without("users")
        return self.house.users

    @property
    def audit(self) -> AuditLog:
        """What they did."""
        if self.house.audit is None:
            raise _without("audit log")
        return self.house.audit

    def add_user(
        self, user_id: str, password: str, role: str, name: str = "", now: datetime | None = None
    ) -> User:
        """Let somebody sign in; see ``flows.staff.managing``."""
        moment = now or present()
        return managing.add_user(self.users, self.passwords, user_id, password, role, moment, name)

    def change_user(
        self,
        user_id: str,
        now: datetime | None = None,
        *,
        role: str = "",
        password: str = "",
        active: bool | None = None,
    ) -> User:
        """Change a user; their sessions end. See ``flows.staff.managing``."""
        return managing.change_user(
            self.users,
            self.passwords,
            user_id,
            now or present(),
            role=role,
            password=password,
            active=active,
        )

    def sign_in(self, user_id: str, password: str) -> User | None:
        """The user, or ``None`` when name and password do not fit."""
        return managing.sign_in(self.users, self.passwords, user_id, password)

    def note(
        self,
        user_id: str,
        action: str,
        subject: str,
        *,
        outcome: str = "done",
        address: str = "",
        details: Mapping[str, str] | None = None,
        now: datetime | None = None,
    ) -> None:
        """Write down what somebody did."""
        entry = AuditEntry(
            secrets.token_hex(16),
            now or present(),
            user_id,
            action,
            subject,
            outcome,
            address,
            dict(details or {}),
        )
        self.audit.append([entry])


def _without(what: str) -> UnavailableError:
    return UnavailableError(
        "the console", f"this shop has no {what}", "Open the shop with bootstrap.open_shop."
    )
