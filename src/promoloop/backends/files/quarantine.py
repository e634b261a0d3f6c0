"""The file of rows that were set aside, each with its reason and remedy."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import msgspec

from promoloop.core import UnavailableError
from promoloop.events import Quarantined

__all__ = ["QuarantineFile"]

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


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
