"""Counts and narrow rows that people look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

__all__ = ["ArmCount", "ArmSent", "CodeCount", "Day", "Happened", "MessageCount", "MessageQuery"]


@dataclass(frozen=True, slots=True)
class ArmCount:
    """Decisions of one arm; ``shoppers`` have one or more, ``offered`` promise something."""

    arm: str
    shoppers: int
    decisions: int
    offered: int


@dataclass(frozen=True, slots=True)
class ArmSent:
    """Messages of one arm that left."""

    arm: str
    messages: int


@dataclass(frozen=True, slots=True)
class MessageCount:
    """Messages of one campaign on one channel that stand in one state for one reason."""

    campaign_id: str
    channel: str
    state: str
    reason: str
    messages: int


@dataclass(frozen=True, slots=True)
class Happened:
    """What came of one arm's decisions: ``decisions`` had an outcome of ``kind`` once or more.

    ``soon`` says that it came so soon after its message that a machine made it. ``discount_minor``
    is what was taken off in all.
    """

    arm: str
    kind: str
    source: str
    soon: bool
    decisions: int
    discount_minor: int


@dataclass(frozen=True, slots=True)
class Day:
    """One day in UTC: what promises took off, and how many messages left by channel."""

    day: date
    discount_minor: int
    sent: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MessageQuery:
    """Which messages to list; empty fields leave the choice open."""

    states: tuple[str, ...] = ()
    campaign_id: str = ""
    channel: str = ""
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class CodeCount:
    """One pool of codes: how many there are, were given away, and were used."""

    codes: int
    issued: int
    used: int
