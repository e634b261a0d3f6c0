"""Read accepted events out of the inbox into the history, each exactly once.

The lines go to the history first, which knows lines it has seen; only then is the place in the
inbox moved on. Killed in between, the next run reads the same calls again and adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from promoloop.events import EventInbox, History, JsonLinesReader, Quarantined, Received
from promoloop.flows.history.ingest import Quarantine

__all__ = ["READER", "DrainReport", "drain"]

#: Under this name the place of the history in the inbox is kept.
READER = "history"


@dataclass(frozen=True, slots=True)
class DrainReport:
    """What was read: calls, lines the history did not know, and calls that were set aside."""

    calls: int
    new_lines: int
    quarantined: int


def drain(
    inbox: EventInbox,
    history: History,
    quarantine: Quarantine,
    currency: str | None = None,
    most: int = 20_000,
    between: Callable[[], None] = lambda: None,
) -> DrainReport:
    """Read until the inbox is empty, ``most`` calls at a time; ``between`` is called after each.

    Amounts in another currency than ``currency`` are set aside, like calls that are malformed.

    Raises
    ------
    UnavailableError
        The history or the inbox cannot be written; what was read so far is kept, and the rest
        stays in the inbox.
    """
    report = DrainReport(0, 0, 0)
    while waiting := inbox.read(inbox.place(READER), most):
        report = _read(waiting, history, quarantine, currency, report)
        inbox.advance(READER, waiting[-1][0])
        between()
    return report


def _read(
    waiting: Sequence[tuple[int, Received]],
    history: History,
    quarantine: Quarantine,
    currency: str | None,
    before: DrainReport,
) -> DrainReport:
    reader = JsonLinesReader("inbox", shop=currency)
    batch = reader.read(call.body for _, call in waiting)
    bad = tuple(_placed(one, waiting) for one in batch.quarantined)
    if bad:
        quarantine.replace([one.file for one in bad], bad)
    new = history.append(batch.lines)
    return DrainReport(
        before.calls + len(waiting), before.new_lines + new, before.quarantined + len(bad)
    )


def _placed(bad: Quarantined, waiting: Sequence[tuple[int, Received]]) -> Quarantined:
    """Under a name of its own, so that reading it again puts it in the same place."""
    return replace(bad, file=f"inbox/{waiting[bad.line - 1][0]}", line=1)
