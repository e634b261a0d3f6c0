"""History as Parquet files, append-only.

Each append is one directory under ``batches/``: it is written beside, flushed to disk and renamed
into place, so it is there whole or not at all, whenever the process is killed. The directory's
name is the hash of its content, and ``batch.json`` in it says what it holds. ``compact`` writes a
batch that names those it replaces; replaced batches are passed over from the moment the new one is
in place. Who is reading them may finish: they are removed by a later ``compact`` or opening, once
they have been out of use for ``grace``. Only an erasure removes them at once.

Within a batch there is one file per month and bucket of shoppers, so work can be split by shopper
and old months can be left alone.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO

import msgspec
import polars as pl

from promoloop.core import InvalidError, UnavailableError, stable_hash
from promoloop.events import ANONYMOUS, EVENT_LINES, resolve_identities

__all__ = ["ParquetHistory"]

_KEY = ["message_id", "line"]
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_TEMPORARY = "tmp-"
#: Seconds that an erasure waits for another writer.
PATIENCE = 20.0


class _Batch(msgspec.Struct, frozen=True):
    """What ``batch.json`` says. ``contents`` are the hashes of the appends that went in."""

    rows: int
    first_id: str
    last_id: str
    anonymous: bool
    contents: list[str]
    replaces: list[str] = []
    name: str = ""


class ParquetHistory:
    """The append-only store of event lines in a directory.

    One process writes at a time; others may read. What was scanned before an erasure cannot be
    read after it: scan again. Needs a POSIX file system.

    Parameters
    ----------
    root : Path
        The directory; made if it is missing. What a killed writer left behind is removed.
    buckets : int, default 8
        Into how many files shoppers are spread, within a month of a batch. A shopper stays in
        one bucket for ever, so the number must not change over the life of a lake.
    grace : float, default 3600
        Seconds that replaced files are kept for who still reads them.

    Raises
    ------
    UnavailableError
        When the directory cannot be made.
    """

    def __init__(self, root: Path, buckets: int = 8, grace: float = 3600.0) -> None:
        self._root = root
        self._batches = root / "batches"
        self._buckets = buckets
        self._grace = grace
        with _disk_errors(root):
            self._batches.mkdir(parents=True, exist_ok=True)
            with self._lock(wait=False) as held:
                if held:
                    self._tidy(grace)

    def append(self, lines: pl.DataFrame) -> int:
        """Add lines not seen before (by ``message_id`` and ``line``); return how many were new.

        An append of the same table again is noticed by its hash alone. Otherwise lines are
        compared with those batches only whose range of message ids overlaps, so a first import
        of ids that rise with time compares little.

        Raises
        ------
        InvalidError
            When ``lines`` is not in the ``EVENT_LINES`` schema.
        UnavailableError
            When another process writes, the disk is full or refuses; nothing was added.
        """
        _require_schema(lines)
        if lines.is_empty():
            return 0
        content = _content_hash(lines)
        with _disk_errors(self._root), self._lock(wait=True):
            live = self._live()
            if any(content in batch.contents for batch in live):
                return 0
            new = self._unseen(lines.unique(_KEY, keep="first", maintain_order=True), live)
            if not new.is_empty():
                self._write(new, [content], [])
            return len(new)

    def scan(self) -> pl.LazyFrame:
        """All lines, lazily, in the ``EVENT_LINES`` schema; anonymous visitors resolved."""
        live, found = self._readable()
        lines = _scan(found)
        return resolve_identities(lines) if any(batch.anonymous for batch in live) else lines

    def partitions(self) -> dict[int, tuple[Path, ...]]:
        """The files of each bucket of shoppers; anonymous visitors are not resolved in them."""
        files: dict[int, list[Path]] = {}
        for path in self._readable()[1]:
            files.setdefault(int(path.stem.rpartition("-")[2]), []).append(path)
        return {bucket: tuple(paths) for bucket, paths in sorted(files.items())}

    def compact(self, most: int = 1) -> int:
        """Merge all batches into one, sorted by shopper and time; return how many there were.

        Nothing is merged while there are ``most`` or fewer. Files that an earlier one replaced are
        removed when their grace is over.

        Raises
        ------
        UnavailableError
            When another process writes, the disk is full or refuses; the history is unchanged.
        """
        with _disk_errors(self._root), self._lock(wait=True):
            live = self._live()
            if len(live) > most:
                lines = _scan(self._files(live)).collect()
                contents = [content for batch in live for content in batch.contents]
                self._write(lines, contents, [batch.name for batch in live])
            self._tidy(self._grace)
            return len(live)

    def forget(self, shopper_ids: Collection[str], message_ids: Collection[str]) -> int:
        """Remove all lines of these shoppers and calls; return how many there were.

        Each batch that has some is written anew without them and takes the old one's place in one
        step; killed in between, the same call again does the rest. Replaced files, which may hold
        them too, go at once. Waits for another writer.

        Raises
        ------
        UnavailableError
            When another process keeps writing, the disk is full or refuses.
        """
        gone = pl.col("shopper_id").is_in(list(shopper_ids))
        gone |= pl.col("message_id").is_in(list(message_ids))
        count = 0
        with _disk_errors(self._root), self._lock(wait=True, patience=PATIENCE):
            for batch in self._live():
                lines = _scan(self._files([batch])).collect()
                rest = lines.filter(~gone)
                if len(rest) < len(lines):
                    self._write(rest, batch.contents, [batch.name])
                    count += len(lines) - len(rest)
            self._tidy(0.0)
        return count

    def _unseen(self, lines: pl.DataFrame, live: list[_Batch]) -> pl.DataFrame:
        first, last = _range(lines)
        near = [batch for batch in live if batch.first_id <= last and batch.last_id >= first]
        if not near:
            return lines
        seen = _scan(self._files(near)).select(_KEY)
        seen = seen.filter(pl.col("message_id").is_between(pl.lit(first), pl.lit(last)))
        return lines.lazy().join(seen, on=_KEY, how="anti", maintain_order="left").collect()

    def _write(self, lines: pl.DataFrame, contents: list[str], replaces: list[str]) -> None:
        """Put ``lines`` in place as one batch."""
        # One that replaces another of the same contents needs a name of its own.
        said = "".join(contents) + ("".join(replaces) if len(replaces) == 1 else "")
        name = hashlib.blake2b(said.encode(), digest_size=16).hexdigest()
        temporary = self._root / f"{_TEMPORARY}{name}"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        try:
            for part, frame in _parts(lines, self._buckets):
                _write_parquet(frame, temporary / f"{part}.parquet")
            first, last = _range(lines)
            nameless = bool(lines["shopper_id"].str.starts_with(ANONYMOUS).any())
            batch = _Batch(len(lines), first, last, nameless, contents, replaces)
            _write_bytes(temporary / "batch.json", msgspec.json.encode(batch))
            _sync(temporary)
            temporary.rename(self._batches / name)
            _sync(self._batches)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise

    def _live(self) -> list[_Batch]:
        """Batches that no other replaces, by name."""
        batches = self._all()
        dead = {name for batch in batches for name in batch.replaces}
        return [batch for batch in batches if batch.name not in dead]

    def _all(self) -> list[_Batch]:
        """Every batch that is there, by name, replaced or not."""
        while True:
            paths = sorted(self._batches.iterdir())
            try:
                return [self._described(path) for path in paths]
            except InvalidError:
                if all(path.exists() for path in paths):
                    raise
                # A writer has removed one meanwhile: what took its place is in a new list.

    def _readable(self) -> tuple[list[_Batch], list[Path]]:
        """The batches in use and their files, as they stood together at one moment."""
        while True:
            live = self._live()
            files = self._files(live)
            if all((self._batches / batch.name).exists() for batch in live):
                return live, files

    def _described(self, path: Path) -> _Batch:
        try:
            batch = msgspec.json.decode((path / "batch.json").read_bytes(), type=_Batch)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise InvalidError(
                f"the history batch {path}",
                f"it cannot be read: {error}",
                "Remove that directory and ingest its source again.",
            ) from error
        return msgspec.structs.replace(batch, name=path.name)

    def _files(self, batches: list[_Batch]) -> list[Path]:
        return [
            path
            for batch in batches
            for path in sorted((self._batches / batch.name).glob("*.parquet"))
        ]

    def _tidy(self, grace: float) -> None:
        """Remove what killed writers left, and what was replaced ``grace`` seconds ago or more."""
        there = {batch.name: batch for batch in self._all()}
        over = {name for batch in there.values() for name in self._over(batch, grace)}
        # The oldest first: without its successor a replaced batch would count again.
        while found := [
            one for one in there.values() if one.name in over and not there.keys() & one.replaces
        ]:
            for batch in found:
                # Out of sight in one step: a directory half removed is no batch any more.
                (self._batches / batch.name).rename(self._root / f"{_TEMPORARY}{batch.name}")
                del there[batch.name]
        for path in self._root.glob(f"{_TEMPORARY}*"):
            shutil.rmtree(path)

    def _over(self, batch: _Batch, grace: float) -> list[str]:
        """What ``batch`` took the place of, when that is long enough ago."""
        made = (self._batches / batch.name / "batch.json").stat().st_mtime
        return batch.replaces if time.time() - made >= grace else []

    @contextmanager
    def _lock(self, *, wait: bool, patience: float = 0.0) -> Iterator[bool]:
        """Hold the writer's lock; whether it could be had, or an error where ``wait``."""
        with (self._root / ".lock").open("wb") as file:
            held = _locked(file)
            until = time.monotonic() + patience
            while not held and time.monotonic() < until:
                time.sleep(0.05)
                held = _locked(file)
            if wait and not held:
                raise UnavailableError(
                    f"writing to {self._root}",
                    "another process is writing to it",
                    "Wait until it is done, then run this again.",
                )
            yield held


def _locked(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _disk_errors(root: Path) -> Iterator[None]:
    """Say what a failing disk means for the history."""
    try:
        yield
    except OSError as error:
        full = error.errno in _FULL
        raise UnavailableError(
            f"writing history under {root}",
            "the disk is full" if full else f"the system refused: {error.strerror or error}",
            ("Free some space" if full else "Put that right")
            + ", then run this again; the history is unchanged.",
        ) from error


def _require_schema(lines: pl.DataFrame) -> None:
    if lines.schema != EVENT_LINES:
        raise InvalidError(
            "appending to history",
            f"the columns are {dict(lines.schema)}",
            "Use the schema promoloop.events.EVENT_LINES.",
        )


def _content_hash(lines: pl.DataFrame) -> str:
    """A hash of all values of ``lines`` in their order; the same on every machine."""
    digest = hashlib.blake2b(digest_size=16)
    for column in lines.iter_columns():
        digest.update(column.is_null().to_numpy().tobytes())
        if column.dtype == pl.String:
            digest.update(_integers(column.str.len_bytes()))
            digest.update(str(column.str.join("").item()).encode())
        else:
            digest.update(_integers(column.to_physical()))
    return digest.hexdigest()


def _integers(column: pl.Series) -> bytes:
    return column.fill_null(0).to_numpy().astype("<i8").tobytes()


def _range(lines: pl.DataFrame) -> tuple[str, str]:
    if lines.is_empty():
        return "", ""
    ids = lines["message_id"]
    return str(ids.min()), str(ids.max())


def _scan(files: list[Path]) -> pl.LazyFrame:
    if not files:
        return pl.LazyFrame(schema=EVENT_LINES)
    return pl.scan_parquet(files, hive_partitioning=False)


def _parts(lines: pl.DataFrame, buckets: int) -> Iterator[tuple[str, pl.DataFrame]]:
    """``lines`` by month and bucket, sorted by shopper and time, with the file's stem."""
    if lines.is_empty():
        return
    shoppers = lines["shopper_id"].unique()
    bucket = pl.Series([stable_hash(shopper) % buckets for shopper in shoppers], dtype=pl.UInt16)
    placed = lines.join(
        pl.DataFrame({"shopper_id": shoppers, "bucket": bucket}), on="shopper_id", how="left"
    ).with_columns(month=pl.col("timestamp").dt.strftime("%Y%m"))
    placed = placed.sort("shopper_id", "timestamp", "message_id", "line")
    for key, frame in placed.partition_by(
        ["month", "bucket"], include_key=False, as_dict=True
    ).items():
        yield f"{key[0]}-{key[1]}", frame


def _write_parquet(frame: pl.DataFrame, path: Path) -> None:
    buffer = BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=1)
    _write_bytes(path, buffer.getbuffer())


def _write_bytes(path: Path, content: bytes | memoryview) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(directory: Path) -> None:
    """Make the names in ``directory`` durable."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
