"""The room's tables, read once from the data files that ship with the package."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["table"]


@cache
def table(name: str) -> dict[str, Any]:
    """The parsed TOML file ``data/<name>.toml``.

    >>> table("limits")["sms"]["text"]
    [160, 70]
    """
    source = files("promoloop.compose").joinpath("data", f"{name}.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))
