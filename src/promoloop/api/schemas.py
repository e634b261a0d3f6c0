"""JSON Schemas of what goes in and out, from the records themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

__all__ = [
    "MOMENT",
    "Code",
    "Id",
    "Minor",
    "Moment",
    "OptionalId",
    "Schemas",
    "Shape",
    "Text",
    "plain_text",
]

_REF = "#/components/schemas/{name}"

#: Anything but control characters; NUL among them, which databases do not take.
_NO_CONTROLS = r"^[^\u0000-\u001f\u007f]*$"
_NO_NUL = r"^[^\u0000]*$"

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=_NO_CONTROLS)]
OptionalId = Annotated[str, msgspec.Meta(max_length=128, pattern=_NO_CONTROLS)]
Code = Annotated[str, msgspec.Meta(max_length=64, pattern=_NO_CONTROLS)]
Text = Annotated[str, msgspec.Meta(max_length=2000, pattern=_NO_NUL)]
Minor = Annotated[int, msgspec.Meta(ge=0, le=10**12)]
Moment = Annotated[Any, msgspec.Meta()]
MOMENT: Mapping[str, object] = {"type": "string", "format": "date-time"}


def plain_text(longest: int, shortest: int = 0) -> dict[str, object]:
    """The schema of a text without control characters."""
    return {
        "type": "string",
        "minLength": shortest,
        "maxLength": longest,
        "pattern": _NO_CONTROLS,
    }


@dataclass(frozen=True, slots=True)
class Shape:
    """A body that is read by a reader of its own, with its schema written beside it."""

    name: str
    schema: Mapping[str, Any]


class Schemas:
    """The named schemas of one document, each once."""

    def __init__(self) -> None:
        self.components: dict[str, Any] = {}

    def of(self, kind: Any) -> dict[str, Any]:
        """The schema of a record, a union of them, or a shape; named ones as references."""
        if isinstance(kind, Shape):
            self.components[kind.name] = dict(kind.schema)
            return {"$ref": _REF.format(name=kind.name)}
        (schema,), components = msgspec.json.schema_components([kind], ref_template=_REF)
        self.components.update(components)
        return schema
