"""Events (JSON Lines, CSV, Parquet), catalogue and offers from a shop's files.

Text may be compressed (``.gz``). All rows are checked by the events and offers rooms; here bytes
become rows, and rows keep the number of the line they stood on.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

import polars as pl

from promoloop.backends.files.csv_rows import CsvRows, texts
from promoloop.backends.files.opening import format_of, opened, readable, require_file
from promoloop.backends.files.plans import read_offers
from promoloop.events import (
    EVENT_LINES,
    Batch,
    EventBatch,
    JsonLinesReader,
    Quarantined,
    TableReader,
    check_lines,
)
from promoloop.offers import Offer, Product, products_from_rows

__all__ = ["FileSource"]

_JSON_BYTES = 64 << 20
_CSV_ROWS = 200_000
_PARQUET_ROWS = 250_000
_SAMPLE = 64 << 10


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
    shop : str, optional
        The currency that the shop counts in: events with amounts in another are set aside.

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
        shop: str | None = None,
    ) -> None:
        for path in (events, catalog, offers):
            if path is not None:
                require_file(path)
        self._format = format_of(events)
        self._events = events
        self._catalog = catalog
        self._offers = offers
        self._currency = currency
        self._shop = shop

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
        with readable(self._events):
            yield from chunks[self._format](self._events, self._currency, self._shop)

    def products(self) -> tuple[Product, ...]:
        """The catalogue's good rows; empty without a file."""
        return self._catalogue[0]

    @cached_property
    def _catalogue(self) -> tuple[tuple[Product, ...], tuple[Quarantined, ...]]:
        if self._catalog is None:
            return (), ()
        with readable(self._catalog), opened(self._catalog) as binary:
            rows = csv.DictReader(io.TextIOWrapper(binary, encoding="utf-8-sig", newline=""))
            products, rejected = products_from_rows(rows, str(self._catalog))
        return products, tuple(
            Quarantined(str(self._catalog), row.line, row.field, row.reason, row.remedy, "")
            for row in rejected
        )

    def offers(self) -> tuple[Offer, ...]:
        """The offers; empty without a file."""
        return () if self._offers is None else read_offers(self._offers)


def _estimated_rows(path: Path, kind: str) -> int:
    if path.suffix == ".gz":
        return 0
    if kind == "parquet":
        with readable(path):
            return int(pl.scan_parquet(path).select(pl.len()).collect().item())
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
    lines = sample.count(b"\n")
    return path.stat().st_size * lines // len(sample) if sample else 0


def _json_chunks(path: Path, currency: str | None, shop: str | None) -> Iterator[Batch]:
    reader = JsonLinesReader(str(path), currency, shop)
    with opened(path) as file:
        while chunk := file.readlines(_JSON_BYTES):
            yield reader.read(chunk)


def _csv_chunks(path: Path, currency: str | None, shop: str | None) -> Iterator[Batch]:
    file = str(path)
    reader = TableReader(file, currency, shop)
    with opened(path) as binary:
        text = io.TextIOWrapper(binary, "utf-8-sig", errors="surrogateescape", newline="")
        rows = CsvRows(csv.reader(text), file)
        header = rows.header()
        first = True
        while (taken := rows.take(_CSV_ROWS)).any or first:
            first = False
            numbers = pl.Series(taken.numbers, dtype=pl.Int64)
            batch = reader.read(texts(header, taken.rows), numbers)
            yield EventBatch(batch.lines, tuple(taken.bad) + batch.quarantined)


def _parquet_chunks(path: Path, currency: str | None, shop: str | None) -> Iterator[Batch]:
    file = str(path)
    scan = pl.scan_parquet(path, hive_partitioning=False)
    reader = TableReader(file, currency, shop)
    ours = set(EVENT_LINES) <= set(scan.collect_schema())
    for start in range(0, max(1, _estimated_rows(path, "parquet")), _PARQUET_ROWS):
        table = scan.slice(start, _PARQUET_ROWS).collect()
        if ours:
            yield check_lines(table, file, start + 1, shop)
        else:
            numbers = pl.int_range(start + 1, start + 1 + len(table), eager=True)
            yield reader.read(table, numbers)
