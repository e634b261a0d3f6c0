"""What the command line shows: results, progress bars, errors."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from promoloop.core import PromoloopError

__all__ = ["Bars", "as_figures", "errors_as_exit_codes", "show"]

INTERRUPTED = 130


def show(result: object, *, as_json: bool) -> None:
    """Print a report record: one JSON object for machines, aligned lines for people."""
    figures = as_figures(result)
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False, default=str))
        return
    width = max((len(key) for key in figures), default=0)
    for key, value in figures.items():
        click.echo(f"{key.replace('_', ' '):<{width}}  {_plain(value)}")


def as_figures(result: object) -> Mapping[str, object]:
    """The fields of a report record, in order."""
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        return dataclasses.asdict(result)
    if isinstance(result, Mapping):
        return result
    return {"result": result}


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(item)}" for key, item in value.items()) or "-"
    if isinstance(value, (list, tuple)):
        return ", ".join(_plain(item) for item in value) or "-"
    return str(value)


@contextmanager
def errors_as_exit_codes(*, as_json: bool) -> Iterator[None]:
    """Turn promoloop's errors into a message on stderr and the exit code of their family."""
    try:
        yield
    except PromoloopError as error:
        if as_json:
            body = {"error": type(error).__name__, "asked": error.asked, "case": error.case}
            click.echo(json.dumps(body | {"remedy": error.remedy}, ensure_ascii=False))
        click.echo(f"promoloop: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        click.echo("promoloop: stopped. What was finished is kept; run it again.", err=True)
        sys.exit(INTERRUPTED)


class Bars:
    """Progress bars on stderr, one per step; a ``Progress`` for the flows.

    On a pipe or in a log file only finished steps are written, one line each.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(stderr=True, quiet=quiet)
        self._bars = Progress(
            TextColumn("{task.description:<28}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Bars:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def __call__(self, step: str, done: int, total: int) -> None:
        """Draw ``done`` of ``total`` units of ``step``."""
        if step not in self._tasks:
            self._tasks[step] = self._bars.add_task(step, total=total)
        self._bars.update(self._tasks[step], completed=done, total=total)
