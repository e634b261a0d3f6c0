"""What a page of the console is."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter

__all__ = ["Page"]


@dataclass(frozen=True, slots=True)
class Page:
    """One entry of the menu.

    ``path`` is where the page begins, ``role`` the least that may open it; its name in the menu is
    ``title`` in ``data/<words>-<language>.toml``. ``router`` holds all routes of the page.
    """

    name: str
    path: str
    role: str
    words: str
    router: APIRouter
