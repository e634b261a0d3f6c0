"""Schemas of offers, campaigns and products, from the fields of their records and parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields
from inspect import getdoc
from typing import Any, ClassVar, Protocol, get_type_hints

from promoloop.api.schemas import MOMENT, Shape, plain_text
from promoloop.offers import (
    ARM_NAMES,
    CONDITIONS,
    GUARDRAIL_METRICS,
    REWARDS,
    Campaign,
    Caps,
    Funding,
    Guardrail,
    Offer,
    Product,
)

__all__ = ["CAMPAIGN", "OFFER", "PRODUCT", "record_schema"]


class _Record(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


_WHOLE = {"type": "integer", "minimum": 0, "maximum": 10**12}
_BY_TYPE: Mapping[str, Mapping[str, Any]] = {
    "<class 'int'>": _WHOLE,
    "int | None": {"type": ["integer", "null"], "minimum": 1, "maximum": 10**12},
    "<class 'float'>": {"type": "number"},
    "<class 'str'>": plain_text(200, 1),
    "<class 'datetime.datetime'>": MOMENT,
    "tuple[str, ...]": {"type": "array", "items": plain_text(200, 1)},
    "tuple[int, ...]": {"type": "array", "items": _WHOLE},
    "tuple[tuple[int, int], ...]": {
        "type": "array",
        "items": {"type": "array", "items": _WHOLE, "minItems": 2, "maxItems": 2},
    },
    "collections.abc.Mapping[str, str]": {
        "type": "object",
        "additionalProperties": plain_text(200, 1),
    },
    "collections.abc.Mapping[str, int]": {"type": "object", "additionalProperties": _WHOLE},
    "collections.abc.Mapping[str, float]": {
        "type": "object",
        "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1},
    },
}


def record_schema(
    record: type[_Record],
    own: Mapping[str, Mapping[str, Any]] | None = None,
    left_out: Sequence[str] = (),
    optional: Sequence[str] = (),
) -> dict[str, Any]:
    """The schema of a record: a property per field, by its type, or as ``own`` says.

    ``optional`` names fields that the record needs and a body may leave out.
    """
    hints = get_type_hints(record)
    wanted = [one for one in fields(record) if one.name not in left_out]
    properties = {
        one.name: dict((own or {}).get(one.name) or _BY_TYPE[str(hints[one.name])])
        for one in wanted
    }
    needed = [
        one.name
        for one in wanted
        if one.default is MISSING and one.default_factory is MISSING and one.name not in optional
    ]
    return {
        "type": "object",
        "description": (getdoc(record) or "").partition("\n\n")[0],
        "properties": properties,
        "required": needed,
        "additionalProperties": False,
    }


class _Coded(_Record, Protocol):
    code: ClassVar[str]


def _part(kind: type[_Coded]) -> dict[str, Any]:
    """A reward or a condition: its fields, and the code that names it."""
    schema = record_schema(kind, {one: _FIELDS[one] for one in _FIELDS})
    properties = {"code": {"const": kind.code}} | schema["properties"]
    return schema | {"properties": properties, "required": ["code", *schema["required"]]}


_FIELDS: Mapping[str, Mapping[str, Any]] = {
    "percent": {"type": "integer", "minimum": 1, "maximum": 100},
}
_CURRENCY = {"type": "string", "pattern": "^[A-Z]{3}$"}
_LOCALES = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"},
    "additionalProperties": plain_text(200, 1),
}
_ID = plain_text(128, 1)
#: The address says it; in a body it is not looked at.
_READ_ONLY = {"type": "string", "readOnly": True}

OFFER = Shape(
    "Offer",
    record_schema(
        Offer,
        {
            "offer_id": _READ_ONLY,
            "names": _LOCALES,
            "reward": {"oneOf": [_part(kind) for kind in REWARDS]},
            "conditions": {
                "type": "array",
                "items": {"oneOf": [_part(kind) for kind in CONDITIONS]},
                "maxItems": len(CONDITIONS),
            },
            "caps": record_schema(Caps),
            "currency": _CURRENCY,
            "funding": {"oneOf": [{"type": "null"}, record_schema(Funding)]},
            "revision": {"type": "integer", "readOnly": True},
        },
    ),
)
CAMPAIGN = Shape(
    "Campaign",
    record_schema(
        Campaign,
        {
            "campaign_id": _READ_ONLY,
            "offer_ids": {"type": "array", "items": _ID, "minItems": 1, "uniqueItems": True},
            "channels": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": _WHOLE,
            },
            "hours": {
                "type": "array",
                "items": {"type": "integer", "minimum": 0, "maximum": 23},
                "minItems": 1,
                "uniqueItems": True,
            },
            "budget_minor": {"type": "integer", "minimum": 1, "maximum": 10**12},
            "currency": _CURRENCY,
            "arms": {
                "type": "object",
                "description": "Shares that sum to 1.",
                "minProperties": 1,
                "properties": {
                    name: {"type": "number", "minimum": 0, "maximum": 1} for name in ARM_NAMES
                },
                "additionalProperties": False,
            },
            "weeks": {"type": "integer", "minimum": 1, "maximum": 520},
            "floor": {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
            "contacts_per_week": {"type": "integer", "minimum": 1, "maximum": 100},
            "guardrails": {
                "type": "array",
                "items": record_schema(
                    Guardrail,
                    {
                        "metric": {"enum": list(GUARDRAIL_METRICS)},
                        "direction": {"enum": ["above", "below"]},
                    },
                ),
            },
            "salt": plain_text(200, 1)
            | {"description": "Left out, it stays as it is; a new campaign's is its id."},
        },
        optional=("salt",),
    ),
)
PRODUCT = Shape(
    "Product",
    record_schema(
        Product,
        {
            "product_id": _ID,
            "title": plain_text(500, 1),
            "category": plain_text(128, 1),
            "department": plain_text(128),
            "brand": plain_text(128),
            "currency": _CURRENCY,
        },
    ),
)
