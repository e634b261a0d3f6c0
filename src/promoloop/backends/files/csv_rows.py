"""Rows of a CSV file with the lines they start on; broken rows apart."""

from __future__ import annotations

import csv
from typing import Any, NamedTuple

import polars as pl

from promoloop.core import InvalidError
from promoloop.events import Quarantined

__all__ = ["CsvRows", "Taken", "texts"]


def texts(header: list[str], rows: list[list[str]]) -> pl.DataFrame:
    """A table in which everything is text still; rows are as long as the header."""
    columns = zip(*rows, strict=True) if rows else [()] * len(header)
    return pl.DataFrame(
        [
            pl.Series(name, values, dtype=pl.String)
            for name, values in zip(header, columns, strict=True)
        ]
    )


class Taken(NamedTuple):
    rows: list[list[str]]
    numbers: list[int]
    bad: list[Quarantined]

    @property
    def any(self) -> bool:
        """Whether there was anything left to take."""
        return bool(self.rows or self.bad)


class CsvRows:
    """Rows of a CSV file with the lines they start on; broken rows apart."""

    def __init__(self, reader: Any, file: str) -> None:
        self._reader = reader
        self._file = file
        self._width = 0

    def header(self) -> list[str]:
        """The names in the first row."""
        names = [name.strip() for name in next(self._reader, [])]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice or not _clean(names):
            raise InvalidError(
                f"{self._file}, line 1",
                f"{', '.join(map(repr, twice))} stands twice" if twice else "it is not UTF-8",
                "Give every column one name, in UTF-8.",
            )
        self._width = len(names)
        return names

    def take(self, most: int) -> Taken:
        """The next rows, at most ``most``, with their lines, and the broken ones among them."""
        taken = Taken([], [], [])
        rows, numbers, bad = taken
        while len(rows) + len(bad) < most:
            number = self._reader.line_num + 1
            try:
                row = next(self._reader)
            except StopIteration:
                break
            except csv.Error as error:
                bad.append(self._broken(number, f"it is not CSV: {error}", []))
                continue
            if len(row) == self._width and _clean(row):
                rows.append(row)
                numbers.append(number)
            elif row:
                bad.append(self._broken(number, self._reason(row), row))
        return taken

    def _reason(self, row: list[str]) -> str:
        if len(row) != self._width:
            return f"it has {len(row)} fields where the first row has {self._width}"
        return "it is not UTF-8"

    def _broken(self, number: int, reason: str, row: list[str]) -> Quarantined:
        raw = ",".join(row).encode(errors="surrogateescape").decode(errors="replace")[:1000]
        remedy = "Quote fields that hold commas or quotes, and save the file as UTF-8."
        return Quarantined(self._file, number, "line", reason, remedy, raw)


def _clean(row: list[str]) -> bool:
    """Whether every byte was UTF-8: broken ones came in as lone surrogates."""
    text = "".join(row)
    return text.isascii() or not any("\udc80" <= char <= "\udcff" for char in text)
