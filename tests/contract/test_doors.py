"""Inbox, API keys and answers keep their contracts in memory, on SQLite and on PostgreSQL."""

from collections.abc import Callable

import pytest

from promoloop.backends.sql import State
from promoloop.testing.doors import AnswersSuite, ApiKeysSuite
from promoloop.testing.inbox import EventInboxSuite
from promoloop.testing.memory_doors import MemoryAnswers, MemoryApiKeys, MemoryInbox


class OnSql:
    @pytest.fixture(autouse=True)
    def _states(self, fresh_state: Callable[[], State]) -> None:
        self.state = fresh_state


class TestMemoryInbox(EventInboxSuite):
    def make(self):
        return MemoryInbox()


class TestSqlInbox(OnSql, EventInboxSuite):
    def make(self):
        return self.state().inbox


class TestMemoryApiKeys(ApiKeysSuite):
    def make(self):
        return MemoryApiKeys()


class TestSqlApiKeys(OnSql, ApiKeysSuite):
    def make(self):
        return self.state().keys


class TestMemoryAnswers(AnswersSuite):
    def make(self):
        return MemoryAnswers()


class TestSqlAnswers(OnSql, AnswersSuite):
    def make(self):
        return self.state().answers
