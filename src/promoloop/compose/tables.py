"""The room's tables, read once from the data files that ship with the package."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from promoloop.core import InvalidError

__all__ = ["document", "names_in", "rows_of", "table"]


@cache
def table(name: str) -> dict[str, Any]:
    """The parsed TOML file ``data/<name>.toml``.

    >>> table("limits")["sms"]["text"]
    {'segments': 1}
    """
    source = files("promoloop.compose").joinpath("data", f"{name}.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


@cache
def names_in(folder: str, ending: str) -> tuple[str, ...]:
    """Names, without ending and in order, of the files ``data/<folder>/*.<ending>``.

    >>> "pantry" in names_in("supervised", "toml")
    True
    """
    place = files("promoloop.compose").joinpath("data", folder)
    if not place.is_dir():
        return ()
    suffix = f".{ending}"
    found = (entry.name for entry in place.iterdir())
    return tuple(sorted(name.removesuffix(suffix) for name in found if name.endswith(suffix)))


@cache
def rows_of(name: str) -> tuple[dict[str, Any], ...]:
    """The objects of the JSON Lines file ``data/<name>.jsonl``; an error names the line."""
    source = files("promoloop.compose").joinpath("data", f"{name}.jsonl")
    found = []
    for at, line in enumerate(source.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InvalidError(f"{name}.jsonl line {at}", str(error), "Mend the line.") from error
        if not isinstance(row, dict):
            raise InvalidError(f"{name}.jsonl line {at}", "it is no object", "Mend the line.")
        found.append(row)
    return tuple(found)


@cache
def document(name: str) -> dict[str, Any]:
    """The JSON object in ``data/<name>.json``; empty where the file is not shipped."""
    source = files("promoloop.compose").joinpath("data", f"{name}.json")
    if not source.is_file():
        return {}
    found: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return found


@cache
def has_table(name: str) -> bool:
    """Whether ``data/<name>.toml`` ships with the package."""
    return files("promoloop.compose").joinpath("data", f"{name}.toml").is_file()
