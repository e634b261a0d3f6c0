"""Users and the audit log pass their suites, in memory, on SQLite and on PostgreSQL."""

from collections.abc import Callable

import pytest

from promoloop.backends.sql import State
from promoloop.testing.memory_staff import MemoryAudit, MemoryUsers
from promoloop.testing.staff import AuditLogSuite, UserStoreSuite


class TestMemoryUsers(UserStoreSuite):
    def make(self):
        return MemoryUsers()


class TestMemoryAudit(AuditLogSuite):
    def make(self):
        return MemoryAudit()


class OnSql:
    """On SQLite and on PostgreSQL."""

    @pytest.fixture(autouse=True)
    def _states(self, fresh_state: Callable[[], State]) -> None:
        self.state = fresh_state


class TestSqlUsers(OnSql, UserStoreSuite):
    def make(self):
        return self.state().users


class TestSqlAudit(OnSql, AuditLogSuite):
    def make(self):
        return self.state().audit
