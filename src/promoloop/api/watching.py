"""Who watches the server: told of every answer, and asked for the figures."""

from __future__ import annotations

from typing import Protocol

from fastapi import Response

from promoloop.api.call import Call
from promoloop.api.desk import Desk
from promoloop.api.doors import Doors

__all__ = ["Watch", "doors_of"]


class Watch(Protocol):
    """Counts what the server does; cheap, for it is called with every request."""

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """One request was answered; ``route`` is a template such as ``/v1/offers/{offer_id}``."""
        ...

    def figures(self) -> tuple[bytes, str]:
        """All figures as they are exposed, and their content type."""
        ...


def doors_of(desk: Desk, watch: Watch) -> Doors:
    """``/metrics``."""
    own = Doors(desk, "health", prefix="")

    @own.get("/metrics", "Figures for Prometheus", scope="read", gives="text/plain", answer=str)
    def metrics(call: Call[None]) -> Response:
        """Without personal data; labels are bounded."""
        del call
        body, media = watch.figures()
        return Response(body, media_type=media)

    return own
