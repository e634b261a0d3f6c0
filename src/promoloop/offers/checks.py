"""Checks that the fields of a record hold what their types say, with an error naming the field."""

from __future__ import annotations

from collections.abc import Iterable

from promoloop.core import InvalidError

__all__ = ["require_text", "require_texts", "require_whole"]


def require_whole(what: str, value: object, low: int, high: int | None = None) -> None:
    """Refuse ``value`` unless it is an integer (no bool) from ``low`` to ``high``."""
    bounds = f"at least {low}" if high is None else f"from {low} to {high}"
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidError(
            what, f"{value!r} is not a whole number", f"Give a whole number {bounds}."
        )
    if value < low or (high is not None and value > high):
        raise InvalidError(what, f"{value} is out of range", f"Give a whole number {bounds}.")


def require_text(what: str, value: object) -> None:
    """Refuse ``value`` unless it is text with something in it and no blanks around it."""
    if not isinstance(value, str) or not value or value != value.strip():
        raise InvalidError(
            what, f"{value!r} is not a text", "Give a text that is not empty or padded with blanks."
        )


def require_texts(what: str, values: object) -> None:
    """Refuse ``values`` unless it is a tuple of one or more different texts."""
    if not isinstance(values, tuple) or not values:
        raise InvalidError(what, f"{values!r} is no list of texts", "Give at least one text.")
    for value in values:
        require_text(what, value)
    _require_different(what, values)


def _require_different(what: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise InvalidError(what, f"{value!r} stands there twice", "Keep one of them.")
        seen.add(value)
