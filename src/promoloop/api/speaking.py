"""Short pages for shoppers, in the language that their browser asks for."""

from __future__ import annotations

from fastapi import Request, Response

from promoloop.api.desk import Desk
from promoloop.api.forms import page
from promoloop.flows.consent.preferences import page_words

__all__ = ["bad_link", "locale_of", "short_page", "words_of"]

#: What these pages speak, whatever the shop does.
_OURS = ("en-US", "zh-CN")


def bad_link(desk: Desk, request: Request) -> Response:
    """One page for all that is wrong with a link: it tells nothing to one who tries."""
    words = words_of(desk, request)
    shown = {"title": words["bad_title"], "said": words["bad_link"], "home": desk.site}
    return page(404, {"locale": locale_of(desk, request), "words": words, **shown})


def short_page(desk: Desk, request: Request, name: str) -> Response:
    """A page that says one thing."""
    words = words_of(desk, request)
    shown = {"title": words["title"], "said": words[name]}
    return page(200, {"locale": locale_of(desk, request), "words": words, **shown})


def words_of(desk: Desk, request: Request) -> dict[str, str]:
    """The texts of all pages."""
    return page_words(locale_of(desk, request), desk.settings.shop.name)


def locale_of(desk: Desk, request: Request) -> str:
    """The first language asked for that the shop or these pages speak; else the shop's first."""
    asked = request.headers.get("accept-language", "")[:200]
    spoken = (*desk.house.locales, *_OURS)
    for part in asked.split(","):
        tag = part.partition(";")[0].strip().lower()
        for fits in (tag, tag.split("-")[0]):
            for locale in spoken:
                if tag and fits in (locale.lower(), locale.lower().split("-")[0]):
                    return locale
    return desk.house.locales[0]
