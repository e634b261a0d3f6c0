"""Progress on stderr: bars on a terminal, one line per finished step in a pipe or a log."""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

__all__ = ["Bars"]

#: What steps are called to people; one without an entry keeps its own name.
NAMES = {
    "ingest": "Reading events",
    "learn": "Learning from history",
    "campaigns": "Collecting outcomes",
    "close": "Closing weeks",
    "recommend": "Ranking products",
    "respond": "Foretelling redemptions",
    "compose": "Writing texts",
    "decide": "Deciding",
    "deliver": "Sending messages",
    "simulated weeks": "Simulated weeks",
    "evaluate": "Judging the policy",
    "proof": "Checking facts in messages",
    "report": "Writing the report",
}


class Bars:
    """Draws the steps of a command; a ``Progress`` for the flows.

    Parameters
    ----------
    quiet : bool
        Show nothing at all.
    console : rich.console.Console, optional
        Where to draw; stderr by default.
    """

    def __init__(self, *, quiet: bool = False, console: Console | None = None) -> None:
        # Loaded where something is drawn, so that --help need not wait for it.
        from rich.console import Console

        self._console = console or Console(stderr=True, quiet=quiet)
        # Without a terminal, one line per step: a log file has no use for redrawing.
        self._steps = _Drawn(self._console) if self._console.is_terminal else _Told(self._console)

    def __enter__(self) -> Bars:
        self._steps.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._steps.close(finished=error is None)

    def __call__(self, step: str, done: int, total: int) -> None:
        """``done`` of ``total`` units of ``step`` are finished; 0 of 0: it has begun."""
        self._steps.update(step, done, total)


class _Drawn:
    """One bar per step; it moves to and fro until its total is known."""

    def __init__(self, console: Console) -> None:
        from rich import progress

        self._bars = progress.Progress(
            progress.TextColumn("{task.description:<28}"),
            progress.BarColumn(bar_width=32),
            progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}

    def open(self) -> None:
        self._bars.start()

    def update(self, step: str, done: int, total: int) -> None:
        if step not in self._tasks:
            self._tasks[step] = self._bars.add_task(NAMES.get(step, step), total=total or None)
        self._bars.update(self._tasks[step], completed=done, total=total or None)

    def close(self, *, finished: bool) -> None:
        if finished:
            # Totals may be estimates; what ended well is shown as full.
            for task in self._bars.tasks:
                done = task.completed or 1
                self._bars.update(task.id, completed=done, total=done)
        self._bars.stop()


@dataclass(slots=True)
class _Step:
    """A step under way, in seconds of a running count."""

    began: float
    done: int = 0
    total: int = 0
    ended: float = 0.0

    @property
    def complete(self) -> bool:
        return 0 < self.total <= self.done


class _Told:
    """One line per step, written once it is over: its total reached and another begun."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._open: dict[str, _Step] = {}

    def open(self) -> None:
        self._open.clear()

    def update(self, step: str, done: int, total: int) -> None:
        for other in [name for name, one in self._open.items() if one.complete and name != step]:
            self._tell(other)
        now = time.monotonic()
        under_way = self._open.setdefault(step, _Step(began=now))
        under_way.done, under_way.total, under_way.ended = done, total, now

    def close(self, *, finished: bool) -> None:
        for name in [name for name, one in self._open.items() if finished or one.complete]:
            self._tell(name)

    def _tell(self, name: str) -> None:
        step = self._open.pop(name)
        count = f"{step.done:,}" if step.done else "done"
        seconds = step.ended - step.began if step.complete else time.monotonic() - step.began
        self._console.print(
            f"{NAMES.get(name, name):<28} {count:>12} {seconds:8.1f} s",
            highlight=False,
            soft_wrap=True,
        )
