"""The pages of the console, in the order of the menu: one line each."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter

from promoloop.console.pages import campaigns, copies, people, results

__all__ = ["PAGES", "Page"]


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


PAGES: tuple[Page, ...] = (
    Page("campaigns", "/campaigns", "viewer", "campaigns", campaigns.router),
    Page("copies", "/copies", "viewer", "copies", copies.router),
    Page("results", "/results", "viewer", "results", results.router),
    Page("people", "/people", "admin", "people", people.router),
)
