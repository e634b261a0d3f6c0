"""Long lists a page at a time: cursors that are signed, so that they mean only what we meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from promoloop.core import InvalidError
from promoloop.deliver import read_token, signed_token

__all__ = ["PageQuery", "page_of", "page_shape"]

T = TypeVar("T")
_PURPOSE = "cursor"


class PageQuery(msgspec.Struct):
    """``cursor`` is ``next`` of the page before; without one the first page comes."""

    cursor: Annotated[str, msgspec.Meta(max_length=1024, pattern=r"^[A-Za-z0-9_.-]*$")] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100


class Page(msgspec.Struct, Generic[T]):
    """Some of a list in order of id; ``next`` is "" on the last page."""

    items: list[T]
    next: str


def page_of(
    rows: Sequence[tuple[str, Any]], query: PageQuery, name: str, secret: bytes
) -> Page[Any]:
    """The page that ``query`` asks for, of ``rows`` (id, item) in order of id.

    A cursor names the last id that was seen, so a page is right whatever was added meanwhile.

    Raises
    ------
    InvalidError
        For a cursor of another list, or none of ours.
    """
    after = _after(query.cursor, name, secret) if query.cursor else ""
    rest = [row for row in rows if row[0] > after] if query.cursor else list(rows)
    shown = rest[: query.limit]
    more = len(rest) > len(shown)
    cursor = signed_token(secret, _PURPOSE, name, shown[-1][0]) if more else ""
    return Page([item for _, item in shown], cursor)


def page_shape(item: dict[str, Any]) -> dict[str, Any]:
    """The schema of a page of such items."""
    return {
        "type": "object",
        "required": ["items", "next"],
        "properties": {"items": {"type": "array", "items": item}, "next": {"type": "string"}},
    }


def _after(cursor: str, name: str, secret: bytes) -> str:
    try:
        listed, last = read_token(secret, _PURPOSE, cursor)
    except (InvalidError, ValueError):
        listed, last = "", ""
    if listed != name:
        raise InvalidError(
            "the query, field cursor",
            "it is no cursor of this list",
            "Give `next` of the page before as it is, or none for the first page.",
        )
    return last
