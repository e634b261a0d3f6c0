"""ETags: whoever changes a thing says which state of it was seen, and loses no one's change."""

from __future__ import annotations

import hashlib
import re

import msgspec
from fastapi import Request

from promoloop.api.problems import WebError

__all__ = ["etag_of", "require_match", "seen_already", "tag_of"]

_TAG = re.compile(r'(?:W/)?"([^"]*)"')


def etag_of(thing: object) -> str:
    """The tag of a thing as it is sent: the same bytes, the same tag."""
    return tag_of(msgspec.json.encode(thing))


def tag_of(sent: bytes) -> str:
    """The tag of what was sent."""
    return f'"{hashlib.sha256(sent).hexdigest()[:24]}"'


def require_match(request: Request, standing: str | None) -> None:
    """Refuse a change that was made to another state than ``standing``, ``None`` where none is.

    ``If-Match: "tag"`` changes what was seen, ``If-None-Match: *`` only makes anew.

    Raises
    ------
    WebError
        412 when the state is another.
    """
    wanted = request.headers.get("if-match")
    if wanted is not None:
        tags = {"*"} if wanted.strip() == "*" else set(_TAG.findall(wanted))
        here = standing is not None and ("*" in tags or standing.strip('"') in tags)
        if not here:
            raise _changed("If-Match", "it is not, or not any more, what you saw")
    if request.headers.get("if-none-match", "").strip() == "*" and standing is not None:
        raise _changed("If-None-Match", "there is one already")


def seen_already(request: Request, tag: str) -> bool:
    """Whether the asker has this state: 304 is the answer then."""
    given = request.headers.get("if-none-match", "")
    return given.strip() == "*" or tag.strip('"') in _TAG.findall(given)


def _changed(header: str, case: str) -> WebError:
    return WebError(
        412, "changed", f"the header {header}", case, "Get it again, and change what you get."
    )
