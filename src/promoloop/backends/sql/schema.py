"""Tables derived from the records: a field's type says what its column is.

Every table has an integer ``seq`` as its primary key, so that rows are appended at the end of
the file, and a unique key of the record's own.

==================  =====================================================================
field               column
==================  =====================================================================
``str``             text
``int``             64-bit integer; money is whole minor units
``float``           double; only finite numbers
``bool``            boolean
``datetime``        timestamp in UTC, handed back with its zone
``bytes``           bytes
anything else       JSON text, encoded and checked by msgspec
``... | None``      the same, nullable
==================  =====================================================================
"""

from __future__ import annotations

import functools
import math
import operator
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Select,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    select,
    text,
)
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

from promoloop.core import InvalidError, require_utc

__all__ = [
    "Json",
    "Mapped",
    "Real",
    "Utc",
    "Whole",
    "column_type",
    "index",
    "index_where",
    "seq_column",
]

R = TypeVar("R")
_WIDEST = 1 << 63


class Utc(TypeDecorator[datetime]):
    """A moment in UTC; databases that drop the zone get it back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuse other zones rather than shift them silently."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise InvalidError(
                f"storing the time {value.isoformat()}",
                "it has no time zone",
                "Give it in UTC, for example 2026-11-30T18:00:00Z.",
            )
        return require_utc(value, "a stored time")

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """With tzinfo UTC, whatever the driver handed over."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Whole(TypeDecorator[int]):
    """A 64-bit integer; numpy integers are taken, fractions are not."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, _dialect: Dialect) -> int | None:
        """The plain integer."""
        if value is None:
            return None
        try:
            whole = operator.index(value)
        except TypeError:
            whole = _WIDEST
        if not -_WIDEST <= whole < _WIDEST:
            raise InvalidError(
                f"storing {value!r} as a whole number",
                "it is not an integer of at most 64 bits with sign",
                "Give amounts in whole minor units, and seeds below 2**63.",
            )
        return whole


class Real(TypeDecorator[float]):
    """A finite double."""

    impl = Double
    cache_ok = True

    def process_bind_param(self, value: float | None, _dialect: Dialect) -> float | None:
        """The plain float."""
        if value is None:
            return None
        if not math.isfinite(value):
            raise _not_finite(value)
        return float(value)


class Json(TypeDecorator[Any]):
    """A tuple, mapping or nested record as JSON text.

    Parameters
    ----------
    shape : type
        What is decoded again, for example ``tuple[Weighed, ...]``.
    """

    impl = Text
    cache_ok = True

    def __init__(self, shape: Any) -> None:
        super().__init__()
        self.shape = shape
        self._encoder = msgspec.json.Encoder(enc_hook=_plain)
        self._decoder = msgspec.json.Decoder(shape)

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        """JSON; a NaN or an infinity, which JSON cannot say, is an error."""
        if value is None:
            return None
        raw = self._encoder.encode(value)
        if b"null" in raw:
            _require_finite(value)
        return raw.decode()

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Any:
        """The record, checked against its type."""
        return None if value is None else self._decoder.decode(value)


def _plain(value: object) -> object:
    """Mappings of any make as dicts, numpy scalars as Python numbers."""
    if isinstance(value, Mapping):
        return dict(value)
    item = getattr(value, "item", None)
    if item is None:
        raise InvalidError(
            f"storing a {type(value).__name__}",
            "it cannot be written as JSON",
            "Hand in numbers, text, lists and mappings.",
        )
    return item()


def _require_finite(value: object) -> None:
    for part in _leaves(msgspec.to_builtins(value, enc_hook=_plain)):
        if isinstance(part, float) and not math.isfinite(part):
            raise _not_finite(part)


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        value = value.values()
    elif not isinstance(value, list | tuple):
        yield value
        return
    for part in cast(Iterable[object], value):
        yield from _leaves(part)


def _not_finite(value: float) -> InvalidError:
    return InvalidError(
        f"storing the number {value}", "it is not finite", "Find where it was divided by zero."
    )


_PLAIN: Mapping[object, type[TypeEngine[Any]]] = {
    str: Text,
    int: Whole,
    float: Real,
    bool: Boolean,
    datetime: Utc,
    bytes: LargeBinary,
}


def column_type(annotation: Any) -> tuple[TypeEngine[Any], bool]:
    """The column type of a field's annotation, and whether it may be null.

    >>> column_type(int | None)
    (Whole(), True)
    """
    nullable = False
    if get_origin(annotation) in (types.UnionType, Union):
        inner = [part for part in get_args(annotation) if part is not type(None)]
        nullable = len(inner) < len(get_args(annotation))
        annotation = functools.reduce(operator.or_, inner)
    plain = _PLAIN.get(annotation)
    return (Json(annotation) if plain is None else plain()), nullable


def seq_column() -> Column[int]:
    """The integer primary key every table has."""
    return Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True)


@dataclass(frozen=True, slots=True)
class Mapped(Generic[R]):
    """A record type and the table that holds it.

    Attributes
    ----------
    record : type
        The frozen dataclass.
    table : Table
        ``seq``, one column per field in the record's order, then any extra columns.
    key : tuple of str
        The unique key.
    names : tuple of str
        The record's fields.
    """

    record: type[R]
    table: Table
    key: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def derive(
        cls,
        metadata: MetaData,
        name: str,
        record: type[R],
        key: Sequence[str],
        extra: Sequence[SchemaItem] = (),
    ) -> Mapped[R]:
        """Build the table called ``name`` from the fields of ``record``."""
        hints = get_type_hints(record)
        columns: list[SchemaItem] = [seq_column()]
        names = [field.name for field in fields(cast(Any, record))]
        for field_name in names:
            kind, nullable = column_type(hints[field_name])
            columns.append(Column(field_name, kind, nullable=nullable))
        unique = UniqueConstraint(*key, name=f"uq_{name}")
        table = Table(name, metadata, *columns, *extra, unique)
        return cls(record, table, tuple(key), tuple(names))

    def rows(self, records: Iterable[R], **extra: object) -> list[dict[str, Any]]:
        """Records as parameters for an insert; ``extra`` goes to every row."""
        names = self.names
        values = operator.attrgetter(*names)
        return [dict(zip(names, values(record), strict=True)) | extra for record in records]

    def select(self) -> Select[Any]:
        """All records, as ``read`` takes them."""
        return select(*(self.table.c[name] for name in self.names))

    def read(self, rows: Iterable[Row[Any]]) -> list[R]:
        """Rows of ``select`` as records."""
        build: Callable[..., R] = self.record
        return [build(*row) for row in rows]


def index(table: Table, *columns: str) -> Index:
    """A plain index, named after what it covers."""
    return Index(f"ix_{table.name}_{'_'.join(columns)}", *(table.c[name] for name in columns))


def index_where(name: str, table: Table, only: str, *columns: str, unique: bool = False) -> Index:
    """An index of the rows for which the SQL condition ``only`` holds."""
    on, where = (table.c[column] for column in columns), text(only)
    return Index(name, *on, unique=unique, sqlite_where=where, postgresql_where=where)
