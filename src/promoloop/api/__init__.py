"""The REST door: what web shops and their engineers call.

``create_app`` needs the extra ``serve``; ``Client`` needs no more than httpx.
"""

from typing import TYPE_CHECKING

from promoloop.api.client import Client, message_id

if TYPE_CHECKING:
    from promoloop.api.app import create_app

__all__ = ["Client", "create_app", "message_id"]


def __getattr__(name: str) -> object:
    """The server, where it is asked for: who only asks a server needs none of its parts."""
    if name == "create_app":
        from promoloop.api.app import create_app

        return create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
