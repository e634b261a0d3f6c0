"""Users and the audit log pass their suites: in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from promoloop.backends.sql import State
from promoloop.flows.staff.ports import AuditLog, UserStore
from promoloop.testing.memory_staff import MemoryAudit, MemoryUsers
from promoloop.testing.staff import AuditLogSuite, UserStoreSuite


class OnSql:
    """Each suite runs on SQLite and on PostgreSQL."""

    @pytest.fixture(autouse=True)
    def _states(self, fresh_state: Callable[[], State]) -> None:
        self.state = fresh_state


class TestSqlUsers(OnSql, UserStoreSuite):
    def make(self) -> UserStore:
        return self.state().users


class TestSqlAudit(OnSql, AuditLogSuite):
    def make(self) -> AuditLog:
        return self.state().audit


class TestMemoryUsers(UserStoreSuite):
    def make(self) -> UserStore:
        return MemoryUsers()


class TestMemoryAudit(AuditLogSuite):
    def make(self) -> AuditLog:
        return MemoryAudit()
