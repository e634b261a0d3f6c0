"""Every room has one door, and everything on it is there, in order and explained."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import promoloop

SOURCE = Path(promoloop.__file__).parent
ROOMS = (
    "core",
    "offers",
    "events",
    "profiles",
    "recommend",
    "respond",
    "compose",
    "decide",
    "deliver",
    "feedback",
    "evaluate",
    "learn",
    "simulate",
    "report",
    "testing",
)


def in_ruffs_order(name: str) -> tuple[int, list[tuple[int, str]]]:
    """Constants, then classes, then the rest; figures count as numbers."""
    kind = 0 if name.isupper() else 1 if name[0].isupper() else 2
    parts = re.findall(r"\d+|\D+", name)
    return kind, [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def asked_of(room: str) -> Iterator[tuple[str, str]]:
    """What other rooms import from the room's front door, and in which file."""
    for path in sorted(SOURCE.rglob("*.py")):
        if path.relative_to(SOURCE).parts[0] == room:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == f"promoloop.{room}":
                yield from ((alias.name, str(path.relative_to(SOURCE))) for alias in node.names)


@pytest.mark.parametrize("room", ROOMS)
def test_the_names_on_the_door_are_there_once_and_in_order(room: str) -> None:
    door = importlib.import_module(f"promoloop.{room}")
    names = list(door.__all__)
    assert [name for name in names if not hasattr(door, name)] == []
    assert names == sorted(set(names), key=in_ruffs_order)
    assert [name for name in names if name.startswith("_")] == []


@pytest.mark.parametrize("room", ROOMS)
def test_what_other_rooms_ask_for_is_on_the_door(room: str) -> None:
    names = importlib.import_module(f"promoloop.{room}").__all__
    assert [(name, file) for name, file in asked_of(room) if name not in names] == []


@pytest.mark.parametrize("room", ROOMS)
def test_what_the_door_brings_in_is_on_it(room: str) -> None:
    names = importlib.import_module(f"promoloop.{room}").__all__
    tree = ast.parse((SOURCE / room / "__init__.py").read_text("utf-8"))
    brought = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("promoloop.")
        for alias in node.names
    }
    assert brought == set(names)


@pytest.mark.parametrize("room", ROOMS)
def test_every_function_and_class_on_the_door_is_explained(room: str) -> None:
    door = importlib.import_module(f"promoloop.{room}")
    things = {name: getattr(door, name) for name in door.__all__}
    silent = [
        name
        for name, thing in things.items()
        if (inspect.isclass(thing) or inspect.isfunction(thing)) and not _explained(thing)
    ]
    assert silent == []


def _explained(thing: type | object) -> bool:
    """Whether it has a docstring of its own; dataclasses make up one that shows the call."""
    text = thing.__doc__ or ""
    return bool(text.strip()) and not text.startswith(f"{getattr(thing, '__name__', '')}(")
