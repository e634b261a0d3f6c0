"""Users and the audit log pass their suites, in memory and on SQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from promoloop.backends.sql import State, open_state
from promoloop.testing.memory_staff import MemoryAudit, MemoryUsers
from promoloop.testing.staff import AuditLogSuite, UserStoreSuite


class TestMemoryUsers(UserStoreSuite):
    def make(self):
        return MemoryUsers()


class TestMemoryAudit(AuditLogSuite):
    def make(self):
        return MemoryAudit()


class OnSqlite:
    @pytest.fixture(autouse=True)
    def _state(self, tmp_path: Path) -> Iterator[None]:
        self._opened: State = open_state(f"sqlite:///{tmp_path}/state.db")
        yield
        self._opened.close()


class TestSqlUsers(OnSqlite, UserStoreSuite):
    def make(self):
        return self._opened.users


class TestSqlAudit(OnSqlite, AuditLogSuite):
    def make(self):
        return self._opened.audit
