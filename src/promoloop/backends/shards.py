"""Audiences and their plans as Parquet files, read by row groups and written file by file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop.core import InvalidError, UnavailableError
from promoloop.decide import Shard, ShardedPlan

__all__ = ["ParquetShards", "ShardColumns", "write_choices"]

Matrix = NDArray[np.float32] | NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ShardColumns:
    """Which columns of the files hold what, one per action, in the same order throughout.

    ``budgets`` maps further budgets to their cost columns; ``eligible`` and ``value_sd`` may be
    left out. ``key`` is copied beside each choice.
    """

    key: str
    value: tuple[str, ...]
    cost: tuple[str, ...]
    budgets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    eligible: tuple[str, ...] = ()
    value_sd: tuple[str, ...] = ()


class ParquetShards:
    """The rows of some Parquet files, ``rows`` at a time. Implements ``decide.ShardSource``.

    Parameters
    ----------
    files : sequence of Path
        Read in this order. They must not change while a plan is made from them.
    columns : ShardColumns
    rows : int, default 262144
        Rows of a shard: what is in memory at once, with the row groups they lie in.

    Raises
    ------
    InvalidError
        When a file is missing or lacks a column, or columns do not pair up with actions.
    """

    def __init__(self, files: Sequence[Path], columns: ShardColumns, rows: int = 262_144) -> None:
        self._files, self._columns, self._rows = tuple(files), columns, rows
        _require_paired(columns)
        self._counts = [_count(path, _needed(columns)) for path in self._files]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows of all files, and actions."""
        return sum(self._counts), len(self._columns.value)

    @property
    def budgets(self) -> tuple[str, ...]:
        """Names of the further budgets, in the order of the columns given."""
        return tuple(self._columns.budgets)

    @property
    def key(self) -> str:
        """The column that tells rows apart."""
        return self._columns.key

    @property
    def mark(self) -> str:
        """A hash of which files these are, by name, size and time of change."""
        digest = blake2b(digest_size=16)
        for path in self._files:
            there = path.stat()
            digest.update(f"{path.name} {there.st_size} {there.st_mtime_ns}\n".encode())
        digest.update(f"{self._columns} {self._rows}".encode())
        return digest.hexdigest()

    def shards(self) -> Iterator[Shard]:
        """See ``ShardSource``."""
        return (self._shard(frame) for frame in self._frames(_needed(self._columns)))

    def keys(self) -> Iterator[pl.Series]:
        """The key column of each shard."""
        return (frame.to_series() for frame in self._frames((self._columns.key,)))

    def _frames(self, names: tuple[str, ...]) -> Iterator[pl.DataFrame]:
        for path, count in zip(self._files, self._counts, strict=True):
            for start in range(0, max(1, count), self._rows):
                lines = pl.scan_parquet(path).select(names).slice(start, self._rows)
                yield lines.collect()

    def _shard(self, frame: pl.DataFrame) -> Shard:
        columns = self._columns
        costs = [columns.cost, *columns.budgets.values()]
        eligible = frame.select(columns.eligible).to_numpy() if columns.eligible else None
        spread = _numbers(frame, columns.value_sd) if columns.value_sd else None
        value = _numbers(frame, columns.value)
        return Shard(value, tuple(_numbers(frame, names) for names in costs), eligible, spread)


def write_choices(plan: ShardedPlan, source: ParquetShards, folder: Path) -> int:
    """Write ``key`` and ``choice`` of every shard to a file of its own; return how many were new.

    Each file is written beside, flushed and renamed, so it is there whole or not at all. A run
    that was killed is run again: files of the same plan over the same source are left alone, and
    the plan is the same to the bit. ``plan.json`` comes last: when it is there, all is there.

    Raises
    ------
    InvalidError
        When the folder holds another plan.
    UnavailableError
        When the disk refuses.
    """
    summary = plan.summary
    named = {"source": source.mark, "value": summary.value, "prices": dict(summary.prices)}
    text = json.dumps(named, sort_keys=True)
    mark = blake2b(text.encode(), digest_size=8).hexdigest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _require_same_plan(folder, mark)
        written = 0
        for number, (keys, choice) in enumerate(zip(source.keys(), plan.choices(), strict=True)):
            path = folder / f"{mark}-{number:06d}.parquet"
            if not path.exists():
                frame = pl.DataFrame({source.key: keys, "choice": choice.astype(np.int32)})
                _put(path, frame)
                written += 1
        done = folder / "plan.half"
        done.write_text(text, encoding="utf-8")
        done.replace(folder / "plan.json")
    except OSError as error:
        raise UnavailableError(
            f"writing choices under {folder}",
            str(error.strerror or error),
            "Free disk space or mend the permissions, then run it again: what is there is kept.",
        ) from error
    return written


def _put(path: Path, frame: pl.DataFrame) -> None:
    half = path.with_suffix(".half")
    with half.open("wb") as file:
        frame.write_parquet(file)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def _require_same_plan(folder: Path, mark: str) -> None:
    others = [path.name for path in folder.glob("*.parquet") if not path.name.startswith(mark)]
    if others:
        raise InvalidError(
            f"writing choices under {folder}",
            f"it holds {others[0]}, of another plan or of files that have changed since",
            "Give an empty folder, or remove the old plan.",
        )


def _needed(columns: ShardColumns) -> tuple[str, ...]:
    names = [columns.key, *columns.value, *columns.cost, *columns.eligible, *columns.value_sd]
    names += [name for cost in columns.budgets.values() for name in cost]
    return tuple(dict.fromkeys(names))


def _require_paired(columns: ShardColumns) -> None:
    given = {"cost": columns.cost, **columns.budgets}
    given |= {"eligible": columns.eligible} if columns.eligible else {}
    given |= {"value_sd": columns.value_sd} if columns.value_sd else {}
    for name, names in given.items():
        if len(names) != len(columns.value):
            raise InvalidError(
                f"{len(names)} columns of {name}",
                f"there are {len(columns.value)} actions",
                "Name one column per action.",
            )


def _count(path: Path, needed: tuple[str, ...]) -> int:
    if not path.is_file():
        raise InvalidError(f"the file {path}", "it is not there", "Give files that are.")
    try:
        there = pl.read_parquet_schema(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InvalidError(
            f"the file {path}", f"it cannot be read as Parquet: {error}", "Write it anew."
        ) from error
    lacking = [name for name in needed if name not in there]
    if lacking:
        raise InvalidError(
            f"the file {path}", f"it lacks the column {lacking[0]}", "Name columns that it has."
        )
    return int(pl.scan_parquet(path).select(pl.len()).collect().item())


def _numbers(frame: pl.DataFrame, names: tuple[str, ...]) -> Matrix:
    """The columns as a matrix; what is missing becomes NaN, which is refused with its row."""
    narrow = all(frame.schema[name] == pl.Float32 for name in names)
    kind = pl.Float32 if narrow else pl.Float64
    matrix: Matrix = frame.select(pl.col(names).cast(kind).fill_null(np.nan)).to_numpy()
    return matrix
