"""How the providers of channels stand, kept so that other processes can show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from promoloop.deliver import Health
from promoloop.flows.ports import Tables

__all__ = ["Provider", "keep_health", "providers"]

#: One table for each channel: they change at the same time.
_NAME = "provider-"
_SCHEMA = pl.Schema(
    {
        "state": pl.String(),
        "failures": pl.Int64(),
        "cause": pl.String(),
        "rest_seconds": pl.Float64(),
        "at": pl.Datetime("us", "UTC"),
    }
)


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider of a channel as it stood ``at`` the last change of its circuit.

    ``state`` is ``closed``, ``open`` (asked nothing before ``until``) or ``half-open``: its rest is
    over, and the next message shows whether it is back.
    """

    channel: str
    state: str
    failures: int
    cause: str
    at: datetime
    until: datetime | None


def keep_health(tables: Tables, channel: str, health: Health, now: datetime) -> None:
    """Write down how the channel's provider stands at ``now``."""
    row = (health.state, health.failures, health.cause, health.rest_seconds, now)
    tables.put(f"{_NAME}{channel}", pl.DataFrame([row], schema=_SCHEMA, orient="row"))


def providers(tables: Tables, now: datetime) -> tuple[Provider, ...]:
    """Every provider whose circuit ever opened, as it stands at ``now``, by channel."""
    names = [name for name in tables.names() if name.startswith(_NAME)]
    return tuple(_read(tables, name, now) for name in names)


def _read(tables: Tables, name: str, now: datetime) -> Provider:
    row = tables.get(name).row(0, named=True)
    until = row["at"] + timedelta(seconds=row["rest_seconds"])
    closed = row["state"] == "closed"
    return Provider(
        channel=name.removeprefix(_NAME),
        state="closed" if closed else "open" if now < until else "half-open",
        failures=row["failures"],
        cause=row["cause"],
        at=row["at"],
        until=None if closed else until,
    )
