"""What is wrong in a configuration, named by file, section and field."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from promoloop.core import InvalidError

__all__ = ["listed", "wrong"]


def listed(words: Sequence[str]) -> str:
    """``words`` in quotes, as they are written in the file."""
    return ", ".join(f'"{word}"' for word in words)


def wrong(
    path: Path, field_name: str, value: object, remedy: str, case: str = "it cannot be used"
) -> InvalidError:
    """The error for a value of ``section.field`` that cannot be used."""
    section, _, name = field_name.partition(".")
    return InvalidError(f"{path}, section [{section}], field {name} = {value!r}", case, remedy)
