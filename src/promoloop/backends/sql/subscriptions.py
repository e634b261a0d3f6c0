"""Browsers that agreed to notifications, and webhooks that were taken, on SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.tables import SUBSCRIPTIONS, WEBHOOKS
from promoloop.deliver import PushSubscription, SeenWebhook

__all__ = ["SqlSeenWebhooks", "SqlSubscriptions"]

_ROW = SUBSCRIPTIONS.table.c
_SEEN = WEBHOOKS.table.c
#: Values in one statement: every database takes that many.
_MANY = 500


class SqlSubscriptions:
    """See ``promoloop.deliver.Subscriptions``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, subscriptions: Sequence[PushSubscription]) -> None:
        """Keep them; see the port."""
        rows = SUBSCRIPTIONS.rows(subscriptions)
        with self._database.write() as connection:
            self._database.replace(connection, SUBSCRIPTIONS.table, SUBSCRIPTIONS.key, rows)

    def of(self, shopper_ids: Sequence[str]) -> Mapping[str, tuple[PushSubscription, ...]]:
        """Theirs, oldest first; see the port."""
        found: dict[str, tuple[PushSubscription, ...]] = {}
        with self._database.read() as connection:
            for start in range(0, len(shopper_ids), _MANY):
                part = shopper_ids[start : start + _MANY]
                query = SUBSCRIPTIONS.select().where(_ROW.shopper_id.in_(part))
                rows = connection.execute(query.order_by(_ROW.added_at, _ROW.endpoint))
                for one in SUBSCRIPTIONS.read(rows):
                    found[one.shopper_id] = (*found.get(one.shopper_id, ()), one)
        return found

    def remove(self, endpoints: Sequence[str]) -> int:
        """Drop endpoints; see the port."""
        with self._database.write() as connection:
            return sum(
                connection.execute(
                    delete(SUBSCRIPTIONS.table).where(
                        _ROW.endpoint.in_(endpoints[start : start + _MANY])
                    )
                ).rowcount
                for start in range(0, len(endpoints), _MANY)
            )

    def forget(self, shopper_id: str) -> int:
        """Drop a shopper's; see the port."""
        statement = delete(SUBSCRIPTIONS.table).where(_ROW.shopper_id == shopper_id)
        with self._database.write() as connection:
            return connection.execute(statement).rowcount


class SqlSeenWebhooks:
    """See ``promoloop.deliver.SeenWebhooks``; the unique key decides who was first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def first_time(self, source: str, webhook_id: str, at: datetime) -> bool:
        """Remember the id; see the port."""
        rows = WEBHOOKS.rows([SeenWebhook(source, webhook_id, at)])
        with self._database.write() as connection:
            return self._database.add_new(connection, WEBHOOKS.table, WEBHOOKS.key, rows) == 1

    def forget_before(self, moment: datetime) -> int:
        """Drop old ids; see the port."""
        with self._database.write() as connection:
            return connection.execute(delete(WEBHOOKS.table).where(_SEEN.at < moment)).rowcount
