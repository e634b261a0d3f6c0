"""Derived tables as one Parquet file each, replaced atomically."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl

from promoloop.core import InvalidError, UnavailableError

__all__ = ["ParquetTables"]


class ParquetTables:
    """Tables in one folder: ``NAME.parquet``. Implements ``flows.ports.Tables``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, frame: pl.DataFrame) -> None:
        """Write beside the old file, make it durable, then rename over it."""
        target = self._path(name)
        half = target.with_suffix(".half")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with half.open("wb") as file:
                frame.write_parquet(file)
                file.flush()
                os.fsync(file.fileno())
            half.replace(target)
        except OSError as error:
            half.unlink(missing_ok=True)
            raise UnavailableError(
                f"writing the table {target}",
                str(error.strerror or error),
                "Free disk space or mend the permissions, then run the command again.",
            ) from error

    def get(self, name: str) -> pl.DataFrame:
        """Read the table whole."""
        return pl.read_parquet(self._there(name))

    def find(self, name: str, column: str, value: str) -> pl.DataFrame:
        """Read the rows whose ``column`` is ``value``; see the port."""
        return pl.scan_parquet(self._there(name)).filter(pl.col(column) == value).collect()

    def names(self) -> tuple[str, ...]:
        """Names of the files there are."""
        return tuple(sorted(path.stem for path in self._folder.glob("*.parquet")))

    def _there(self, name: str) -> Path:
        path = self._path(name)
        if not path.is_file():
            raise InvalidError(
                f"the table {path}", "it has not been made yet", "Run `promoloop learn` first."
            )
        return path

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.parquet"
