"""Narrow reads pass their suite, in memory, on SQLite and on PostgreSQL."""

from collections.abc import Callable

import pytest

from promoloop.backends.sql import State
from promoloop.testing.memory_state import MemoryState
from promoloop.testing.memory_views import MemoryViews
from promoloop.testing.views import ViewsSuite


class MemoryViewed(MemoryState):
    """The stores in memory, with views of them."""

    def __init__(self) -> None:
        super().__init__()
        self.views = MemoryViews(self)


class TestMemoryViews(ViewsSuite):
    def make(self):
        return MemoryViewed()


class TestSqlViews(ViewsSuite):
    @pytest.fixture(autouse=True)
    def _states(self, fresh_state: Callable[[], State]) -> None:
        self.state = fresh_state

    def make(self):
        return self.state()
