"""Files that people open: written whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from promoloop.core import InvalidError, UnavailableError

__all__ = ["make_folder", "write_bytes", "write_page"]


def write_page(path: Path, text: str) -> None:
    """Write ``text`` beside ``path``, then rename: a killed run leaves no half page."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` as ``write_page`` writes text."""
    half = path.with_suffix(path.suffix + ".half")
    make_folder(path.parent)
    _require_plain(path)
    with _writable(f"writing {path}"):
        try:
            half.write_bytes(data)
            half.replace(path)
        finally:
            # Where the folder refuses, nothing was written; the first error tells more.
            with suppress(OSError):
                half.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make the folder and those above it, unless they are there."""
    with _writable(f"making the folder {folder}"):
        folder.mkdir(parents=True, exist_ok=True)


def _require_plain(path: Path) -> None:
    """A device or folder of that name is not to be replaced by a file."""
    if path.exists() and not path.is_file():
        raise InvalidError(
            f"writing {path}",
            "it is there and no plain file",
            "Name a file, new or to be replaced.",
        )


@contextmanager
def _writable(asked: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            asked,
            str(error.strerror or error),
            "Free disk space or mend the permissions, then run it again.",
        ) from error
