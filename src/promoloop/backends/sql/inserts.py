"""Inserts of records written by hand, for rows that every request of a page brings.

SQLAlchemy's handling of a row took five times as long as the database.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Dialect

from promoloop.backends.sql.schema import Mapped

__all__ = ["IS_FRESH", "THERE", "Insert", "Values"]

Values: TypeAlias = tuple[Any, ...]

THERE = "EXISTS (TABLE {})"
#: In a statement whose part ``fresh`` inserts the decision: whether it was new.
IS_FRESH = THERE.format("fresh")


@dataclass(frozen=True, slots=True)
class Insert:
    """An insert of one record that passes over a key that is there, and how its values go in.

    ``after_fresh`` inserts only where the decision of the same statement is new; ``from_json``
    takes many rows as the one text that ``as_json`` makes of them, on a server.
    """

    sql: str
    after_fresh: str
    from_json: str
    names: tuple[str, ...]
    fields: Callable[[Any], Values]
    makers: tuple[Callable[[Any], Any] | None, ...]
    rest: Values

    @classmethod
    def of(
        cls,
        mapped: Mapped[Any],
        dialect: Dialect,
        mark: str,
        extra: Mapping[str, object] | None = None,
    ) -> Insert:
        """For a table; ``extra`` are the values of its columns that no record has."""
        more = dict(extra or {})
        names = (*mapped.names, *more)
        kinds = [mapped.table.c[name].type for name in names]
        processors = [_maker(kind, dialect) for kind in kinds]
        marks = ", ".join([mark] * len(names))
        into = ("INSERT INTO", mapped.table.name, f"({', '.join(names)})")
        new = ("ON CONFLICT", f"({', '.join(mapped.key)})", "DO NOTHING")
        always = " ".join((*into, "VALUES", f"({marks})", *new))
        after_fresh = " ".join((*into, "SELECT", marks, "WHERE", IS_FRESH, *new))
        columns = ", ".join(
            f"{name} {kind.compile(dialect)}" for name, kind in zip(names, kinds, strict=True)
        )
        given = f"json_to_recordset({mark}::json) AS given({columns})"
        from_json = " ".join((*into, "SELECT", ", ".join(names), "FROM", given, *new))
        own, others = processors[: len(mapped.names)], processors[len(mapped.names) :]
        rest = tuple(
            make(value) if make else value
            for make, value in zip(others, more.values(), strict=True)
        )
        fields = operator.attrgetter(*mapped.names)
        return cls(always, after_fresh, from_json, names, fields, tuple(own), rest)

    def row(self, record: object, account: str = "") -> Values:
        """The values of one record; ``account`` is put in where the first extra column wants it."""
        own = [
            value if make is None else make(value)
            for make, value in zip(self.makers, self.fields(record), strict=True)
        ]
        rest = (account, *self.rest[1:]) if account else self.rest
        return (*own, *rest)

    def sql_of(self, count: int) -> str:
        """``sql`` for so many rows, whose values follow each other."""
        begin, values, rest = self.sql.partition(" VALUES ")
        marks, _, new = rest.partition(" ON CONFLICT ")
        return f"{begin}{values}{', '.join([marks] * count)} ON CONFLICT {new}"

    def as_json(self, rows: Iterable[Values]) -> str:
        """Rows as ``from_json`` takes them."""
        named = [dict(zip(self.names, row, strict=True)) for row in rows]
        return msgspec.json.encode(named).decode()


def _maker(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    """How SQLAlchemy would hand a value of that column to the driver."""
    made: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return made
