"""Records from plain data: how a field is read follows from its type.

Used for records kept as JSON and for what a marketer wrote in YAML alike. Nothing is guessed:
a text is no number, an unknown field is an error, a time needs its zone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol, TypeVar, get_type_hints

from promoloop.core.errors import InvalidError

__all__ = ["Readers", "as_list", "as_mapping", "part_from_data", "plain", "record_from_data"]

#: Years with room on both sides for the spans that are added and taken off.
_YEARS = range(1971, 9000)

Readers = Mapping[str, Callable[[str, object], Any]]


class _Record(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


class _Coded(_Record, Protocol):
    code: ClassVar[str]


R = TypeVar("R", bound=_Record)
P = TypeVar("P", bound=_Coded)


def record_from_data(
    record: type[R], data: object, where: str, readers: Readers | None = None
) -> R:
    """A dataclass from a mapping of its fields, each read by ``readers`` or else by its type.

    ``where`` says what is being read (file, offer) and opens every error.
    """
    given = as_mapping(where, data)
    wanted = {field.name: field for field in fields(record)}
    _refuse_unknown(where, given, tuple(wanted))
    hints = get_type_hints(record)
    values: dict[str, Any] = {}
    for name, field in wanted.items():
        if name in given:
            read = (readers or {}).get(name) or _READERS[str(hints[name])]
            values[name] = read(f"{where}, field {name}", given[name])
        elif field.default is MISSING and field.default_factory is MISSING:
            raise InvalidError(f"{where}, field {name}", "it is missing", "Add it.")
    return _built(record, values, where)


def part_from_data(data: object, kinds: Sequence[type[P]], where: str) -> P:
    """The part whose ``code`` and fields ``data`` holds; an unknown code is refused."""
    given = as_mapping(where, data)
    known = {kind.code: kind for kind in kinds}
    code = given.get("code")
    if not isinstance(code, str) or code not in known:
        raise InvalidError(
            f"{where}, field code", f"{code!r} is not known", f"Use one of {', '.join(known)}."
        )
    rest = {name: value for name, value in given.items() if name != "code"}
    return record_from_data(known[code], rest, where)


def plain(value: object) -> Any:
    """``value`` as ``json.dumps`` takes it: tuples as lists, times as RFC 3339 text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    return value


def as_mapping(where: str, data: object) -> Mapping[str, Any]:
    """``data`` when it maps texts to values; an error otherwise."""
    if not isinstance(data, Mapping) or not all(isinstance(key, str) for key in data):
        raise InvalidError(where, f"{data!r:.60} is no mapping", "Write it as `field: value`.")
    return data


def as_list(where: str, data: object) -> Sequence[Any]:
    """``data`` when it is a list; an error otherwise."""
    if not isinstance(data, list | tuple):
        raise InvalidError(where, f"{data!r:.60} is no list", "Write it as a list.")
    return data


def _built(record: type[R], values: Mapping[str, Any], where: str) -> R:
    try:
        return record(**values)
    except InvalidError as error:
        raise InvalidError(f"{where}, {error.asked}", error.case, error.remedy) from error


def _refuse_unknown(where: str, given: Mapping[str, Any], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            raise InvalidError(
                f"{where}, field {name}",
                "there is no such field",
                f"The fields are {', '.join(known)}.",
            )


def _whole(where: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidError(where, f"{value!r} is not a whole number", "Give a whole number.")
    return value


def _whole_or_none(where: str, value: object) -> int | None:
    return None if value is None else _whole(where, value)


def _number(where: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidError(where, f"{value!r} is not a number", "Give a number such as 0.25.")
    return float(value)


def _text(where: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InvalidError(where, f"{value!r} is not a text", "Give a text, quoted if need be.")
    return value


def _texts(where: str, value: object) -> tuple[str, ...]:
    return tuple(_text(f"{where}, item {at}", one) for at, one in _items(where, value))


def _wholes(where: str, value: object) -> tuple[int, ...]:
    return tuple(_whole(f"{where}, item {at}", one) for at, one in _items(where, value))


def _pairs(where: str, value: object) -> tuple[tuple[int, int], ...]:
    return tuple(_pair(f"{where}, item {at}", one) for at, one in _items(where, value))


def _pair(where: str, value: object) -> tuple[int, int]:
    both = _wholes(where, value)
    if len(both) != 2:
        raise InvalidError(where, f"{value!r} is not a pair", "Give two whole numbers: [a, b].")
    return both[0], both[1]


def _items(where: str, value: object) -> Sequence[tuple[int, object]]:
    return list(enumerate(as_list(where, value), 1))


def _text_map(where: str, value: object) -> Mapping[str, str]:
    return {key: _text(f"{where}, {key}", one) for key, one in as_mapping(where, value).items()}


def _whole_map(where: str, value: object) -> Mapping[str, int]:
    return {key: _whole(f"{where}, {key}", one) for key, one in as_mapping(where, value).items()}


def _number_map(where: str, value: object) -> Mapping[str, float]:
    return {key: _number(f"{where}, {key}", one) for key, one in as_mapping(where, value).items()}


def _moment(where: str, value: object) -> datetime:
    remedy = "Write it with its zone, for example 2026-11-30T18:00:00Z or +08:00."
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise InvalidError(where, f"{value!r} is not a time", remedy) from error
    if not isinstance(moment, datetime):
        raise InvalidError(where, f"{value!r} is not a time", remedy)
    if moment.tzinfo is None:
        raise InvalidError(where, f"{value} has no time zone", remedy)
    if moment.year not in _YEARS:
        raise InvalidError(
            where,
            f"nothing can be reckoned from the year {moment.year}",
            f"Give a moment from {_YEARS.start} on and before {_YEARS.stop}.",
        )
    return moment.astimezone(UTC)


_READERS: Readers = {
    "<class 'int'>": _whole,
    "int | None": _whole_or_none,
    "<class 'float'>": _number,
    "<class 'str'>": _text,
    "<class 'datetime.datetime'>": _moment,
    "tuple[str, ...]": _texts,
    "tuple[int, ...]": _wholes,
    "tuple[tuple[int, int], ...]": _pairs,
    "collections.abc.Mapping[str, str]": _text_map,
    "collections.abc.Mapping[str, int]": _whole_map,
    "collections.abc.Mapping[str, float]": _number_map,
}
