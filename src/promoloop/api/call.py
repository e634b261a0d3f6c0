"""One request as a route sees it, and an answer with a status of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec
from fastapi import Request, Response

from promoloop.api.bodies import JSON
from promoloop.api.callers import Caller
from promoloop.api.problems import WebError

__all__ = ["Call", "Reply"]

B = TypeVar("B")
_ID_MOST = 128


@dataclass(frozen=True, slots=True)
class Call(Generic[B]):
    """One request, read and allowed.

    ``body`` is the record the route declared, ``raw`` its bytes; of a ``Shape`` only these.
    """

    request: Request
    body: B
    query: Any
    caller: Caller
    now: datetime
    raw: bytes = b""

    def path(self, name: str) -> str:
        """A part of the path; one that no id can be is not found."""
        value = str(self.request.path_params[name])
        if not value or len(value) > _ID_MOST or not value.isprintable():
            raise WebError(404, "not-found", "this address", "nothing has such an id", "Mend it.")
        return value


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with its own status or headers; ``body`` is encoded as JSON, bytes stay."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media: str = JSON

    def response(self) -> Response:
        """As it is sent."""
        body = self.body if isinstance(self.body, bytes) else msgspec.json.encode(self.body)
        media = self.media if body or self.status == 200 else None
        return Response(body, self.status, dict(self.headers), media)
