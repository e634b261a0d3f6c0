"""Which configuration a server process of ours serves: handed down from the one that starts it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from promoloop.core import InvalidError

__all__ = ["hand_down", "handed_down", "sign_for_now"]

_NAME = "PROMOLOOP_CONFIG"
_KEY = "PROMOLOOP_SIGNING_KEY"


def hand_down(config: Path) -> None:
    """Tell the processes that are started from here on."""
    os.environ[_NAME] = str(config.resolve())


def handed_down() -> Path:
    """The configuration that was handed down.

    Raises
    ------
    InvalidError
        When none was.
    """
    path = os.environ.get(_NAME, "")
    if not path:
        raise InvalidError(
            "which shop to serve", f"{_NAME} is not set", "Start it by `promoloop serve`."
        )
    return Path(path)


def sign_for_now() -> bool:
    """Make a signing key for this run where none is set; whether it was needed."""
    if os.environ.get(_KEY):
        return False
    os.environ[_KEY] = secrets.token_hex(32)
    return True
