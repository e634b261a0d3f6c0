"""Files of a shop: events (JSON Lines, CSV, Parquet), catalogue, offers, campaign; and quarantine.

Text may be compressed (``.gz``). All rows are checked by the events and offers rooms; here bytes
become rows, and rows keep the number of the line they stood on.
"""

from __future__ import annotations

import csv
import errno
import gzip
import io
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec
import polars as pl
import yaml

from promoloop.core import InvalidError, UnavailableError
from promoloop.events import (
    EVENT_LINES,
    Batch,
    EventBatch,
    JsonLinesReader,
    Quarantined,
    TableReader,
    check_lines,
)
from promoloop.offers import (
    Campaign,
    Offer,
    Product,
    campaign_from_data,
    offers_from_data,
    products_from_rows,
)

__all__ = ["FileSource", "QuarantineFile", "read_campaign"]

_JSON_BYTES = 64 << 20
_CSV_ROWS = 200_000
_PARQUET_ROWS = 250_000
_SAMPLE = 64 << 10
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class FileSource:
    """Events, catalogue and offers from files.

    Parameters
    ----------
    events : Path
        ``.jsonl``, ``.csv`` (each also with ``.gz``) or ``.parquet``.
    catalog : Path, optional
        CSV with the columns product_id, title, category, department, brand, price, currency.
    offers : Path, optional
        YAML: a list of offers.
    currency : str, optional
        ISO 4217 currency of event amounts that do not name theirs.

    Raises
    ------
    InvalidError
        When a file is missing or its name says nothing of its format.
    """

    def __init__(
        self,
        events: Path,
        catalog: Path | None = None,
        offers: Path | None = None,
        currency: str | None = None,
    ) -> None:
        for path in (events, catalog, offers):
            if path is not None:
                _require_file(path)
        self._format = _format(events)
        self._events = events
        self._catalog = catalog
        self._offers = offers
        self._currency = currency

    @property
    def files(self) -> Mapping[str, int]:
        """The files rows come from, with about how many events each holds (0 when unknown)."""
        events = {str(self._events): _estimated_rows(self._events, self._format)}
        return events if self._catalog is None else {**events, str(self._catalog): 0}

    def events(self) -> Iterator[Batch]:
        """Events in chunks, in file order; first the catalogue's rows that were set aside.

        Raises
        ------
        InvalidError
            When the file as a whole cannot be read: cut short, no table, columns missing.
        """
        rejected = self._catalogue[1]
        if rejected:
            yield EventBatch(pl.DataFrame(schema=EVENT_LINES), rejected)
        chunks = {"jsonl": _json_chunks, "csv": _csv_chunks, "parquet": _parquet_chunks}
        with _readable(self._events):
            yield from chunks[self._format](self._events, self._currency)

    def products(self) -> tuple[Product, ...]:
        """The catalogue's good rows; empty without a file."""
        return self._catalogue[0]

    @cached_property
    def _catalogue(self) -> tuple[tuple[Product, ...], tuple[Quarantined, ...]]:
        if self._catalog is None:
            return (), ()
        with _readable(self._catalog), _opened(self._catalog) as binary:
            rows = csv.DictReader(io.TextIOWrapper(binary, encoding="utf-8-sig", newline=""))
            products, rejected = products_from_rows(rows, str(self._catalog))
        return products, tuple(
            Quarantined(str(self._catalog), row.line, row.field, row.reason, row.remedy, "")
            for row in rejected
        )

    def offers(self) -> tuple[Offer, ...]:
        """The offers; empty without a file."""
        if self._offers is None:
            return ()
        return offers_from_data(_yaml(self._offers), str(self._offers))


def read_campaign(path: Path) -> Campaign:
    """The campaign in a YAML file.

    Raises
    ------
    InvalidError
        When the file is missing, is no UTF-8 or no YAML, or does not describe a campaign; the
        message names the line or the field.
    """
    _require_file(path)
    return campaign_from_data(_yaml(path), str(path))


class QuarantineFile:
    """Rows that were set aside, as JSON Lines with file, line, field, reason, remedy and raw."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def replace(self, files: Iterable[str], entries: Iterable[Quarantined]) -> int:
        """Put ``entries`` in the place of all earlier ones of ``files``; return how many.

        The new file takes the old one's place in one step once ``entries`` is used up.

        Raises
        ------
        UnavailableError
            When the disk is full or refuses; the old file stands.
        """
        temporary = self._path.with_name(f"{self._path.name}.tmp")
        again = set(files)
        try:
            with temporary.open("wb") as out:
                out.writelines(line for line in self._lines() if _file_of(line) not in again)
                count = _write_entries(out, entries)
                out.flush()
                os.fsync(out.fileno())
            temporary.replace(self._path)
        except OSError as error:
            raise _unwritable(self._path, error) from error
        finally:
            temporary.unlink(missing_ok=True)
        return count

    def _lines(self) -> Iterator[bytes]:
        if self._path.exists():
            with self._path.open("rb") as file:
                yield from file


def _write_entries(out: IO[bytes], entries: Iterable[Quarantined]) -> int:
    count = 0
    for entry in entries:
        out.write(msgspec.json.encode(entry) + b"\n")
        count += 1
    return count


def _file_of(line: bytes) -> str:
    try:
        return msgspec.json.decode(line, type=Quarantined).file
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""


def _unwritable(path: Path, error: OSError) -> UnavailableError:
    full = error.errno in _FULL
    return UnavailableError(
        f"writing {path}",
        "the disk is full" if full else f"the system refused: {error.strerror or error}",
        ("Free some space" if full else "Put that right") + ", then run this again.",
    )


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise InvalidError(f"{path}", "there is no such file", "Check the path.")


def _format(path: Path) -> str:
    name = path.name.removesuffix(".gz")
    for suffix, kind in ((".jsonl", "jsonl"), (".ndjson", "jsonl"), (".csv", "csv")):
        if name.endswith(suffix):
            return kind
    if path.suffix == ".parquet":
        return "parquet"
    raise InvalidError(
        f"{path}",
        f"{path.suffix or 'no suffix'} names no format that is read",
        "Name the file .jsonl, .csv (each also .gz) or .parquet.",
    )


def _opened(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return io.BufferedReader(gzip.GzipFile(path))
    return path.open("rb")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what goes wrong with a file as a whole into an error that names it."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InvalidError(
            f"{path}", f"the compressed file is broken: {error}", "Copy the file again."
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidError(
            f"{path}, byte {error.start}", "it is not UTF-8", "Save the file as UTF-8."
        ) from error
    except (csv.Error, pl.exceptions.PolarsError) as error:
        raise InvalidError(
            f"{path}", f"it cannot be read: {error}", "Write the file again."
        ) from error


def _estimated_rows(path: Path, kind: str) -> int:
    if path.suffix == ".gz":
        return 0
    if kind == "parquet":
        with _readable(path):
            return int(pl.scan_parquet(path).select(pl.len()).collect().item())
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
    lines = sample.count(b"\n")
    return path.stat().st_size * lines // len(sample) if sample else 0


def _json_chunks(path: Path, currency: str | None) -> Iterator[Batch]:
    reader = JsonLinesReader(str(path), currency)
    with _opened(path) as file:
        while chunk := file.readlines(_JSON_BYTES):
            yield reader.read(chunk)


def _csv_chunks(path: Path, currency: str | None) -> Iterator[Batch]:
    file = str(path)
    reader = TableReader(file, currency)
    with _opened(path) as binary:
        text = io.TextIOWrapper(binary, "utf-8-sig", errors="surrogateescape", newline="")
        rows = _CsvRows(csv.reader(text), file)
        header = rows.header()
        first = True
        while (taken := rows.take(_CSV_ROWS)).any or first:
            first = False
            numbers = pl.Series(taken.numbers, dtype=pl.Int64)
            batch = reader.read(_texts(header, taken.rows), numbers)
            yield EventBatch(batch.lines, tuple(taken.bad) + batch.quarantined)


def _texts(header: list[str], rows: list[list[str]]) -> pl.DataFrame:
    columns = zip(*rows, strict=True) if rows else [()] * len(header)
    return pl.DataFrame(
        [
            pl.Series(name, values, dtype=pl.String)
            for name, values in zip(header, columns, strict=True)
        ]
    )


class _Taken(NamedTuple):
    rows: list[list[str]]
    numbers: list[int]
    bad: list[Quarantined]

    @property
    def any(self) -> bool:
        """Whether there was anything left to take."""
        return bool(self.rows or self.bad)


class _CsvRows:
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

    def take(self, most: int) -> _Taken:
        """The next rows, at most ``most``, with their lines, and the broken ones among them."""
        taken = _Taken([], [], [])
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


def _parquet_chunks(path: Path, currency: str | None) -> Iterator[Batch]:
    file = str(path)
    scan = pl.scan_parquet(path, hive_partitioning=False)
    reader = TableReader(file, currency)
    ours = set(EVENT_LINES) <= set(scan.collect_schema())
    for start in range(0, max(1, _estimated_rows(path, "parquet")), _PARQUET_ROWS):
        table = scan.slice(start, _PARQUET_ROWS).collect()
        if ours:
            yield check_lines(table, file, start + 1)
        else:
            numbers = pl.int_range(start + 1, start + 1 + len(table), eager=True)
            yield reader.read(table, numbers)


def _yaml(path: Path) -> object:
    """What ``path`` holds. YAML reads dates, so one in month 13 is a ``ValueError`` of its own."""
    with _readable(path):
        text = path.read_text(encoding="utf-8-sig")
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise InvalidError(
            f"{path}{where}",
            f"it is not YAML: {getattr(error, 'problem', None) or error}",
            "Mind indentation and dates, and quote texts with colons.",
        ) from error
