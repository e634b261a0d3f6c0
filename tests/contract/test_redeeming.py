"""Codes, uses of promises and live decisions keep their contracts in memory and on SQL."""

from collections.abc import Callable

import pytest

from promoloop.backends.sql import State
from promoloop.testing.live_commit import LiveCommitSuite
from promoloop.testing.memory_state import MemoryState
from promoloop.testing.redeeming import CodePoolsSuite, RedemptionsSuite


class OnSql:
    @pytest.fixture(autouse=True)
    def _states(self, fresh_state: Callable[[], State]) -> None:
        self.state = fresh_state


class TestMemoryCodes(CodePoolsSuite):
    def make(self):
        return MemoryState().codes


class TestSqlCodes(OnSql, CodePoolsSuite):
    def make(self):
        return self.state().codes


class TestMemoryRedemptions(RedemptionsSuite):
    def make(self):
        return MemoryState()


class TestSqlRedemptions(OnSql, RedemptionsSuite):
    def make(self):
        return self.state()


class TestMemoryLive(LiveCommitSuite):
    def make(self):
        return MemoryState()


class TestSqlLive(OnSql, LiveCommitSuite):
    def make(self):
        return self.state()
