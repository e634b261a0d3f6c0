"""The approved bank: hooks a model wrote and a strict reader let pass, shipped with the package."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Any

from promoloop.compose.records import Hook
from promoloop.compose.tables import names_in, rows_of
from promoloop.core import InvalidError

__all__ = ["approved_hooks", "whole_bank"]

_ANY = "any"
_FIELDS = ("group_id", "language", "moment", "length", "text", "model", "prompt_hash", "score")


@cache
def whole_bank() -> tuple[Hook, ...]:
    """Every approved hook, by file (one per language) and line."""
    return tuple(
        _hook(row, f"bank/{name}.jsonl line {at}")
        for name in names_in("bank", "jsonl")
        for at, row in enumerate(rows_of(f"bank/{name}"), start=1)
    )


def approved_hooks(group_id: str, language: str, moment: str, length: str) -> tuple[Hook, ...]:
    """Hooks for a cell: those written for its moment, then those that suit any.

    Empty where the bank has none: the group is unknown, or the language has no bank.
    """
    cells = _by_cell()
    fitting = [] if moment == _ANY else cells.get((group_id, language, moment, length), [])
    return (*fitting, *cells.get((group_id, language, _ANY, length), []))


@cache
def _by_cell() -> Mapping[tuple[str, str, str, str], list[Hook]]:
    found: dict[tuple[str, str, str, str], list[Hook]] = defaultdict(list)
    for hook in whole_bank():
        found[hook.group_id, hook.language, hook.moment, hook.length].append(hook)
    return found


def _hook(row: Mapping[str, Any], place: str) -> Hook:
    missing = [name for name in _FIELDS if name not in row]
    if missing:
        raise InvalidError(place, f"it has no {missing[0]}", "Make the bank anew.")
    texts = {name: str(row[name]) for name in _FIELDS[:-1]}
    return Hook(**texts, score=float(row["score"]))
