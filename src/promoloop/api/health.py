"""Whether the server runs, and whether it can work."""

from __future__ import annotations

from typing import Literal

import msgspec

from promoloop import __version__
from promoloop.api.desk import Desk
from promoloop.api.doors import Call, Doors

__all__ = ["doors"]


class Health(msgspec.Struct):
    """The server answers."""

    status: Literal["ok"]
    version: str


class Readiness(msgspec.Struct):
    """The server can work: its stores answer."""

    status: Literal["ready"]
    campaigns: int


def doors(desk: Desk) -> Doors:
    """``/healthz`` and ``/readyz``."""
    own = Doors(desk, "health", prefix="")

    @own.get("/healthz", "Whether the server runs", scope="", answer=Health)
    async def healthz(call: Call[None]) -> Health:
        """Answers as long as the process does; looks at nothing else."""
        del call
        return Health("ok", __version__)

    @own.get("/readyz", "Whether the server can work", scope="", answer=Readiness, errors=(503,))
    def readyz(call: Call[None]) -> Readiness:
        """Reads from the store of campaigns; 503 when that cannot be done."""
        del call
        return Readiness("ready", len(desk.house.campaigns.all()))

    return own
