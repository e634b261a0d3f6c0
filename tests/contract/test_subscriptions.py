"""Subscriptions and seen webhooks, in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from promoloop.backends.sql import State
from promoloop.deliver import SeenWebhooks, Subscriptions
from promoloop.testing.memory_subscriptions import MemorySeenWebhooks, MemorySubscriptions
from promoloop.testing.subscriptions import SeenWebhooksSuite, SubscriptionsSuite


class OnSql:
    """Each suite runs on SQLite and on PostgreSQL."""

    @pytest.fixture(autouse=True)
    def _states(self, fresh_state: Callable[[], State]) -> None:
        self.state = fresh_state


class TestSqlSubscriptions(OnSql, SubscriptionsSuite):
    def make(self) -> Subscriptions:
        return self.state().subscriptions


class TestSqlSeenWebhooks(OnSql, SeenWebhooksSuite):
    def make(self) -> SeenWebhooks:
        return self.state().webhooks


class TestMemorySubscriptions(SubscriptionsSuite):
    def make(self) -> Subscriptions:
        return MemorySubscriptions()


class TestMemorySeenWebhooks(SeenWebhooksSuite):
    def make(self) -> SeenWebhooks:
        return MemorySeenWebhooks()
