"""Opening a shop's files, and what goes wrong with a file as a whole."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import polars as pl

from promoloop.core import InvalidError

__all__ = ["format_of", "opened", "readable", "require_file"]


def require_file(path: Path) -> None:
    """Raise ``InvalidError`` naming ``path`` unless it is a file."""
    if not path.is_file():
        raise InvalidError(f"{path}", "there is no such file", "Check the path.")


def format_of(path: Path) -> str:
    """``jsonl``, ``csv`` or ``parquet``, by the name alone; ``InvalidError`` for any other."""
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


def opened(path: Path) -> IO[bytes]:
    """The bytes of a file; of a ``.gz`` those that were packed."""
    if path.suffix == ".gz":
        return io.BufferedReader(gzip.GzipFile(path))
    return path.open("rb")


@contextmanager
def readable(path: Path) -> Iterator[None]:
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
