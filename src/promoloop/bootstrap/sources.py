"""Sources by the name of their plug-in."""

from __future__ import annotations

from importlib.metadata import entry_points

from promoloop.core import InvalidError, UnavailableError
from promoloop.events import Source

__all__ = ["source_named"]

#: Sources by plug-in name live under this entry point group.
SOURCES = "promoloop.sources"


def source_named(name: str) -> Source:
    """The source plug-in of this name; ``InvalidError`` lists those that are installed."""
    found = {entry.name: entry for entry in entry_points(group=SOURCES)}
    if name not in found:
        raise InvalidError(
            f"the source {name!r}",
            f"installed sources are {', '.join(sorted(found)) or 'none'}",
            "Use one of these, or install the package that brings it.",
        )
    try:
        source: Source = found[name].load()()
    except ImportError as error:
        raise UnavailableError(
            f"the source {name!r}", f"it cannot be loaded: {error}", "Install what it needs."
        ) from error
    return source
