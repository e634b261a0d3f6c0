"""Files that people open: written whole, or not at all."""

from __future__ import annotations

from pathlib import Path

from promoloop.core import UnavailableError

__all__ = ["write_page"]


def write_page(path: Path, text: str) -> None:
    """Write ``text`` beside ``path``, then rename: a killed run leaves no half page."""
    half = path.with_suffix(path.suffix + ".half")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        half.write_text(text, "utf-8")
        half.replace(path)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise UnavailableError(
            f"writing {path}",
            str(error.strerror or error),
            "Free disk space or mend the permissions, then run it again.",
        ) from error
