"""Forms out of records: each field's type says which control it gets, and how it is read back.

A new kind of reward or condition in ``promoloop.offers`` has a form at once; its labels come from
``data/parts-*.toml`` where there are words for it, and from the field's name where not.

=============================== ========================================
field                           control
=============================== ========================================
``int`` named ``..._minor``     an amount of money in major units
``int``                         a whole number
``tuple[tuple[int, int], ...]`` pairs of amounts, one pair per line
``tuple[str, ...]``             texts, one per line
``Mapping[str, str]``           a text per language of the shop
``datetime``                    a day and time in the shop's time zone
``str``                         a text
``... | None``                  the same, may be left empty
=============================== ========================================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo

from promoloop.console.visit import Visit
from promoloop.core import InvalidError, Money, minor_from_decimal
from promoloop.offers import Part

__all__ = ["Control", "controls_of", "data_of", "faulty_field", "money_of", "part_title"]

#: The control of each type; what is not listed here is a text that its record will check.
_KINDS: Mapping[str, str] = {
    "<class 'int'>": "whole",
    "int | None": "whole",
    "tuple[str, ...]": "lines",
    "tuple[tuple[int, int], ...]": "pairs",
    "collections.abc.Mapping[str, str]": "titles",
    "<class 'datetime.datetime'>": "moment",
}
_FIELD = re.compile(r"field (\w+)")


@dataclass(frozen=True, slots=True)
class Control:
    """One field of a form. ``names`` are the inputs it consists of, with the value of each."""

    field: str
    kind: str
    label: str
    hint: str
    required: bool
    names: Mapping[str, str]
    error: str = ""


def controls_of(
    visit: Visit,
    part: type[Part],
    prefix: str,
    old: Mapping[str, Any] | None = None,
    error: InvalidError | None = None,
) -> tuple[Control, ...]:
    """The controls of a part's fields, filled with what was sent, or with ``old`` values."""
    hints = get_type_hints(part)
    found = []
    for one in fields(part):
        kind = _kind(one.name, hints[one.name])
        name = f"{prefix}.{one.name}"
        before = _shown(visit, kind, (old or {}).get(one.name))
        keys = visit.house.locales if kind == "titles" else ("",)
        names = {
            f"{name}.{key}" if key else name: visit.text(f"{name}.{key}" if key else name)
            or (before.get(key, "") if isinstance(before, Mapping) else before)
            for key in keys
        }
        found.append(
            Control(
                field=one.name,
                kind=kind,
                label=_label(visit, part, one.name),
                hint=visit.words.maybe(f"parts.hints.{one.name}")
                or visit.words.maybe(f"parts.kinds.{kind}"),
                required=one.default is MISSING and one.default_factory is MISSING,
                names=names,
                error=_said(visit, kind, error)
                if error and _is_about(error, part, one.name)
                else "",
            )
        )
    return tuple(found)


def data_of(visit: Visit, part: type[Part], prefix: str) -> dict[str, Any]:
    """What was sent for a part, as ``part_from_data`` takes it; empty optional fields left out.

    Raises ``InvalidError`` naming the field where an amount or a time is none.
    """
    hints = get_type_hints(part)
    data: dict[str, Any] = {"code": part.code}
    for one in fields(part):
        kind, name = _kind(one.name, hints[one.name]), f"{prefix}.{one.name}"
        where = f"{part.code}, field {one.name}"
        if kind == "titles":
            sent = {key: visit.text(f"{name}.{key}") for key in visit.house.locales}
            data[one.name] = {key: text for key, text in sent.items() if text}
        elif visit.text(name):
            data[one.name] = _READ[kind](visit, where, visit.text(name))
        elif one.default is MISSING and one.default_factory is MISSING:
            raise InvalidError(where, "it is empty", "Fill it in.")
    return data


def part_title(visit: Visit, part: type[Part]) -> str:
    """What a kind of reward or condition is called."""
    return visit.words.maybe(f"parts.{part.code}.title", _spoken(part.code))


def faulty_field(error: str) -> str:
    """The last field that an error names: the innermost one.

    >>> faulty_field("the form, field reward, percent_off, field percent: 300 is out of range")
    'percent'
    """
    found = _FIELD.findall(error)
    return found[-1] if found else ""


def money_of(visit: Visit, where: str, text: str) -> int:
    """An amount as people write it, in minor units of the shop's currency."""
    try:
        amount = Decimal(text.replace(",", "").replace("，", ""))
        if not amount.is_finite():
            raise InvalidOperation
    except InvalidOperation as error:
        raise InvalidError(
            where, f"{text!r} is no amount of money", "Write it like 4 or 4.50."
        ) from error
    try:
        return minor_from_decimal(amount, visit.house.currency)
    except InvalidError as error:
        raise InvalidError(where, error.case, error.remedy) from error


def _is_about(error: InvalidError, part: type[Part], name: str) -> bool:
    return part.code in error.asked and faulty_field(error.asked) == name


def _said(visit: Visit, kind: str, error: InvalidError) -> str:
    """What is wrong and what to do; amounts as they were typed, not in minor units."""
    if kind not in ("money", "pairs") or error.remedy.startswith("Write "):
        return visit.words.fault(error)
    case, remedy = (
        re.sub(r"(?<![\w.'])\d+(?![\w']|\.\d)", lambda found: _major(visit, int(found[0])), said)
        for said in (error.case, error.remedy.replace("whole number", "number"))
    )
    return visit.words.fault(InvalidError(error.asked, case, remedy))


def _kind(name: str, hint: Any) -> str:
    kind = _KINDS.get(str(hint), "text")
    return "money" if kind == "whole" and name.endswith("_minor") else kind


def _label(visit: Visit, part: type[Part], name: str) -> str:
    own = visit.words.maybe(f"parts.{part.code}.{name}")
    return own or visit.words.maybe(f"parts.fields.{name}", _spoken(name))


def _spoken(name: str) -> str:
    """``amount_minor`` as "Amount"."""
    return name.removesuffix("_minor").replace("_", " ").capitalize()


def _whole(_: Visit, where: str, text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise InvalidError(where, f"{text!r} is not a whole number", "Write it like 3.") from error


def _lines(_: Visit, __: str, text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _pairs(visit: Visit, where: str, text: str) -> list[list[int]]:
    pairs = []
    for line in _lines(visit, where, text):
        both = re.split(r"[\s:→/–]+", line.strip())
        if len(both) != 2:
            raise InvalidError(
                where, f"{line!r} is not a pair of amounts", "Write one pair per line: 30 5."
            )
        pairs.append([money_of(visit, where, one) for one in both])
    return pairs


def _moment(visit: Visit, where: str, text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidError(
            where, f"{text!r} is not a time", "Write it like 2026-11-30T18:00."
        ) from error
    return moment.replace(tzinfo=ZoneInfo(visit.house.time_zone)).isoformat()


_READ: Mapping[str, Callable[[Visit, str, str], Any]] = {
    "money": money_of,
    "whole": _whole,
    "lines": _lines,
    "pairs": _pairs,
    "moment": _moment,
    "text": lambda _visit, _where, text: text,
}


def _shown(visit: Visit, kind: str, value: Any) -> Any:
    """A stored value as its control shows it."""
    if value is None:
        return ""
    shown = _SHOW.get(kind)
    return str(value) if shown is None else shown(visit, value)


def _major(visit: Visit, minor: int) -> str:
    amount = Money(minor, visit.house.currency).decimal()
    return str(amount.to_integral_value() if amount == amount.to_integral_value() else amount)


_SHOW: Mapping[str, Callable[[Visit, Any], Any]] = {
    "titles": lambda _, value: dict(value),
    "money": _major,
    "lines": lambda _, value: "\n".join(value),
    "pairs": lambda visit, value: "\n".join(
        " ".join(_major(visit, one) for one in pair) for pair in value
    ),
    "moment": lambda visit, value: value.astimezone(ZoneInfo(visit.house.time_zone)).strftime(
        "%Y-%m-%dT%H:%M"
    ),
}


def codes_of(parts: Sequence[type[Part]]) -> Mapping[str, type[Part]]:
    """The kinds by their codes."""
    return {part.code: part for part in parts}
