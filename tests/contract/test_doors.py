"""Inbox, API keys and answers keep their contracts in memory, on SQLite and on PostgreSQL."""

from collections.abc import Callable
from contextlib import closing

import pytest

from promoloop.backends.sql import State, open_state
from promoloop.testing.doors import AnswersSuite, ApiKeysSuite
from promoloop.testing.inbox import EventInboxSuite, received
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


def test_of_two_processes_each_can_read_what_the_other_took_in(state_url):
    """Stretches of one lie between those of the other."""
    with closing(open_state(state_url)) as one, closing(open_state(state_url)) as other:
        for n in range(6):
            taking = one if n % 3 else other
            taking.inbox.put([received(f"m{n}-{k}") for k in range(3)]).result()
            taking.inbox.put([received(f"m{n}-0")]).result()

        def heard(state, most):
            place, found = 0, []
            while calls := state.inbox.read(place, most, ours=False):
                place = calls[-1][0]
                found += [call.message_id for _, call in calls]
            return found

        for most in (1, 4, 100):
            assert heard(one, most) == [f"m{n}-{k}" for n in (0, 3) for k in range(3)]
            assert heard(other, most) == [f"m{n}-{k}" for n in (1, 2, 4, 5) for k in range(3)]
