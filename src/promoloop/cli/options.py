"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from promoloop.cli.console import errors_as_exit_codes, show
from promoloop.cli.progress import Bars
from promoloop.core import InvalidError, minor_from_decimal
from promoloop.settings import CONFIG_NAME

if TYPE_CHECKING:
    from promoloop.bootstrap import Shop

__all__ = ["amount", "common_options", "moment", "now_option", "run"]

#: Years with room on both sides for the spans that are added and taken off.
_YEARS = range(1971, 9000)

#: The largest amount of money that is taken: far beyond any shop, exact in every count of ours.
_MOST = 10**12

_F = TypeVar("_F", bound=Callable[..., Any])


def common_options(command: _F) -> _F:
    """``--config`` and ``--json``, which every command has."""
    command = click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON object instead of text."
    )(command)
    return click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        default=CONFIG_NAME,
        show_default=True,
        help="The project's configuration file.",
    )(command)


def now_option(command: _F) -> _F:
    """``--now``, for replaying and for simulated time."""
    return click.option(
        "--now",
        "now_text",
        default="",
        help="Act as if it were this moment, e.g. 2026-11-30T18:00:00Z. Default: the present.",
    )(command)


def moment(text: str) -> datetime | None:
    """The moment given with ``--now``, in UTC; ``None`` when none was given."""
    if not text:
        return None
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidError(
            f"--now {text}", "it is not an RFC 3339 time", "Write it like 2026-11-30T18:00:00Z."
        ) from error
    if given.tzinfo is None:
        raise InvalidError(
            f"--now {text}", "it has no time zone", "Add one, for example a Z for UTC."
        )
    if given.year not in _YEARS:
        raise InvalidError(
            f"--now {text}",
            "nothing can be reckoned from that year",
            f"Give a moment from {_YEARS.start} on and before {_YEARS.stop}.",
        )
    return given.astimezone(UTC)


def amount(text: str, option: str, currency: str) -> int:
    """Money given as people write it, in minor units of ``currency``.

    >>> amount("1999.50", "--budget", "USD"), amount("2,000", "--budget", "JPY")
    (199950, 2000)
    """
    try:
        given = Decimal(text.replace(",", ""))
    except InvalidOperation as error:
        raise InvalidError(
            f"{option} {text}", "it is no amount of money", "Write it like 2000 or 1999.50."
        ) from error
    if not given.is_finite() or given < 0:
        raise InvalidError(
            f"{option} {text}", "it is no amount of 0 or more", "Write it like 2000 or 1999.50."
        )
    if given > _MOST:
        raise InvalidError(
            f"{option} {text}", "it is more than any shop spends", f"Give at most {_MOST:,}."
        )
    return minor_from_decimal(given, currency)


def run(config: Path, work: Callable[[Shop, Bars], object], *, as_json: bool) -> None:
    """Open the shop, do ``work`` with progress bars, print its report, map errors to exits."""
    with errors_as_exit_codes(as_json=as_json):
        # Loading takes a second or two, and Ctrl-C in it means what it always means.
        from promoloop.bootstrap import open_shop

        with open_shop(config) as shop, Bars(quiet=as_json) as bars:
            result = work(shop, bars)
        show(result, as_json=as_json)
