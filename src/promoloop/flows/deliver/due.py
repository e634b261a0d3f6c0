"""Everything that is due, sent."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from promoloop.core import Clock
from promoloop.flows.deliver.desk import DeliverReport, Desk
from promoloop.flows.deliver.run import Run
from promoloop.flows.ports import Progress, silent

__all__ = ["deliver_due"]


def deliver_due(
    desk: Desk,
    owner: str,
    clock: Clock,
    limit_group: int = 20,
    progress: Progress = silent,
    seconds: Callable[[], float] = time.perf_counter,
) -> DeliverReport:
    """Send every message that is due, as ``owner``; return when none is left.

    Each channel works in a thread of its own, so a slow one holds up nobody else. A channel that
    cannot be reached is left alone for the rest of the run and its messages go back to the queue.

    Parameters
    ----------
    desk : Desk
    owner : str
        Names this worker; no two workers at a time may share a name.
    clock : Clock
    limit_group : int, default 20
        Messages marked and handed over together: so many can be in doubt after a kill. They are
        taken five groups at a time.
    progress : Progress
        Called as ``("deliver", done, total so far)``.
    seconds : callable
        A running count of seconds, to measure the run by; ``clock`` may stand still.
    """
    started = seconds()
    with ThreadPoolExecutor(max_workers=max(1, len(desk.channels))) as pool:
        run = Run(desk, owner, clock, progress, pool)
        try:
            while run.step(limit_group):
                pass
        finally:
            # Also after Ctrl-C: what was handed over is recorded, the rest goes back.
            run.settle()
    return run.report(seconds() - started)
