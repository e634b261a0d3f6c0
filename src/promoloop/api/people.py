"""What is held on one person, and its erasure."""

from __future__ import annotations

from typing import Any

from promoloop.api.call import Call, Reply
from promoloop.api.desk import Desk
from promoloop.api.doors import Doors
from promoloop.api.problems import not_found
from promoloop.api.schemas import Shape
from promoloop.core import InvalidError
from promoloop.flows.privacy.records import Receipt

__all__ = ["doors"]

_HELD: dict[str, Any] = {"type": "object", "additionalProperties": True}
EXPORT = Shape(
    "PersonExport",
    {
        "type": "object",
        "description": "Everything held on one person, by store.",
        "required": ["shopper_id", "ids", "addresses", "exported_at", "held"],
        "properties": {
            "shopper_id": {"type": "string"},
            "ids": {"type": "array", "items": {"type": "string"}},
            "addresses": {"type": "array", "items": {"type": "string"}},
            "exported_at": {"type": "string", "format": "date-time"},
            "held": _HELD,
        },
    },
)


def doors(desk: Desk) -> Doors:
    """``/people``."""
    own = Doors(desk, "people")

    @own.get(
        "/people/{shopper_id}/export",
        "Everything held on one person",
        scope="people:erase",
        answer=EXPORT,
        errors=(503,),
    )
    def export(call: Call[None]) -> Reply:
        """To be handed to the person who asked; who that is the shop has made sure of."""
        shopper_id = call.path("shopper_id")
        try:
            held = desk.shop.export_person(shopper_id, call.now)
        except InvalidError as error:
            raise not_found("person", shopper_id) from error
        return Reply(held, headers={"Cache-Control": "no-store"})

    @own.post(
        "/people/{shopper_id}/erase",
        "Erase one person",
        scope="people:erase",
        answer=Receipt,
        errors=(409, 503),
        once=True,
    )
    def erase(call: Call[None]) -> Receipt:
        """Features and events are gone, a hashed suppression stays, and models are to be retrained.

        The receipt is signed and names nobody. It cannot be undone.
        """
        shopper_id = call.path("shopper_id")
        try:
            return desk.shop.erase_person(shopper_id, call.now)
        except InvalidError as error:
            raise not_found("person", shopper_id) from error

    return own
