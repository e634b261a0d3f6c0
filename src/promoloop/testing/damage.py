"""Saved parameters as a bad day leaves them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

__all__ = ["damaged"]

#: JSON that stands for nothing any model writes.
BROKEN: Mapping[str, object] = {"broken": [None]}


def damaged(
    parameters: Mapping[str, object], optional: Collection[str] = ()
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every way in which one field is missing or holds something else, each with its name.

    Fields of parts are damaged too; of a list of parts the first. Fields named in ``optional`` are
    never left out.

    Examples
    --------
    >>> [name for name, _ in damaged({"mean": [1.0], "redeem": {"rate": 0.5}}, ["mean"])]
    ['mean broken', 'redeem missing', 'redeem broken', 'redeem/rate missing', 'redeem/rate broken']
    """
    text = json.dumps(parameters)
    for path in _paths(parameters):
        name = "/".join(str(step) for step in path)
        if path[-1] not in optional:
            whole = json.loads(text)
            del _holder(whole, path)[path[-1]]
            yield f"{name} missing", whole
        whole = json.loads(text)
        _holder(whole, path)[path[-1]] = BROKEN
        yield f"{name} broken", whole


def _paths(value: object) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, Mapping):
        for name, field in value.items():
            yield (name,)
            yield from ((name, *rest) for rest in _paths(field))
    elif isinstance(value, list | tuple) and value and isinstance(value[0], Mapping | list | tuple):
        yield from ((0, *rest) for rest in _paths(value[0]))


def _holder(whole: Any, path: tuple[Any, ...]) -> Any:
    for step in path[:-1]:
        whole = whole[step]
    return whole
