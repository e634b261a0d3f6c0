"""Whether the server runs, and whether it can work."""

from __future__ import annotations

from typing import Literal

import msgspec

from promoloop import __version__
from promoloop.api.desk import Desk
from promoloop.api.doors import Call, Doors
from promoloop.core import UnavailableError

__all__ = ["doors"]


class Health(msgspec.Struct):
    """The server answers."""

    status: Literal["ok"]
    version: str


class Readiness(msgspec.Struct):
    """The server can work: its stores answer, and what it decides from is fresh.

    ``troubles`` are codes of what is wrong elsewhere, such as ``outbox_lag``.
    """

    status: Literal["ready"]
    troubles: list[str]
    outbox_lag_seconds: float


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
        """Reads from the stores; 503 when that cannot be done, or the shop was not looked at."""
        found = desk.shop.readiness(call.now, desk.looked_at)
        if "window_stale" in found.troubles:
            raise UnavailableError(
                "deciding for pages", "the shop was not looked at for a minute", "See the log."
            )
        return Readiness("ready", list(found.troubles), found.outbox_lag_seconds)

    return own
