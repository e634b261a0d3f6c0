"""A ``promoloop.toml`` read section by section; nothing unknown is passed over."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import Field, fields
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import msgspec

from promoloop.core import InvalidError

__all__ = ["read_toml", "refuse_unknown", "section_as", "section_of"]


class _Section(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


S = TypeVar("S", bound=_Section)


def read_toml(path: Path) -> Mapping[str, object]:
    """The sections of the file; the error says what is wrong with it as a whole."""
    if not path.is_file():
        raise InvalidError(
            f"the configuration {path}", "there is no such file", "Run `promoloop init` first."
        )
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidError(
            f"{path}, byte {error.start}", "it is not UTF-8", "Save the file as UTF-8."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidError(str(path), f"it is not valid TOML: {error}", "Mend the line.") from error


def section_as(kind: type[S], data: Mapping[str, object], name: str, path: Path) -> S:
    """One section as the record of its settings."""
    table = section_of(data, name, path)
    where = f"{path}, section [{name}]"
    refuse_unknown(table, {f.name for f in fields(kind)}, where)
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise InvalidError(
            where, str(error).replace("$.", "field "), "Write the field with the type it expects."
        ) from error


def section_of(data: Mapping[str, object], name: str, path: Path) -> Mapping[str, object]:
    """One section as it stands in the file; empty where there is none."""
    table = data.get(name, {})
    if not isinstance(table, dict):
        raise InvalidError(
            f"{path}, section [{name}]",
            "it is not a table",
            f"Write it as [{name}] with fields below.",
        )
    return table


def refuse_unknown(table: Mapping[str, object], known: set[str], where: str) -> None:
    """Refuse a field that is not among the ``known``."""
    for key in table:
        if key not in known:
            raise InvalidError(
                f"{where}, field {key}",
                "promoloop does not know this field",
                f"Remove it, or use one of: {', '.join(sorted(known))}.",
            )
