"""What the command line shows: results and errors. Progress has a module of its own."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import click

from promoloop.core import PromoloopError, UnavailableError

__all__ = ["Told", "as_figures", "errors_as_exit_codes", "show"]

INTERRUPTED = 130


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """A result that is a text of its own, printed as it is."""

    text: str


def show(result: object, *, as_json: bool) -> None:
    """Print a report record: one JSON object for machines, aligned lines for people."""
    if isinstance(result, Told) and not as_json:
        click.echo(result.text)
        return
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
    return str(value) or "-"


@contextmanager
def errors_as_exit_codes(*, as_json: bool) -> Iterator[None]:
    """Turn promoloop's errors into a message on stderr and the exit code of their family.

    With ``as_json`` the error is also one object on stdout, so that a machine always gets one.
    """
    try:
        yield
    except PromoloopError as error:
        _stop(error, as_json=as_json)
    except OSError as error:
        _stop(_refused_by_system(error), as_json=as_json)
    except KeyboardInterrupt:
        # A second Ctrl-C need not be caught: everything is whole at any moment.
        click.echo("promoloop: stopped. What was finished is kept; run it again.", err=True)
        sys.exit(INTERRUPTED)


def _stop(error: PromoloopError, *, as_json: bool) -> None:
    if as_json:
        body = {"error": type(error).__name__, "asked": error.asked, "case": error.case}
        click.echo(json.dumps(body | {"remedy": error.remedy}, ensure_ascii=False))
    click.echo(f"promoloop: {error}", err=True)
    sys.exit(error.exit_code)


def _refused_by_system(error: OSError) -> UnavailableError:
    """An operating system's refusal that no driver foresaw."""
    name = error.filename
    return UnavailableError(
        f"using {name}" if isinstance(name, str) else "using a file or the network",
        error.strerror or str(error),
        "Free disk space or mend the permissions, then run it again.",
    )
