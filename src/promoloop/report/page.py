"""One self-contained page: no request leaves it, no script is needed to read it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from promoloop import __version__
from promoloop.report.blocks import figure_of
from promoloop.report.budget import budget, sides
from promoloop.report.craft import copy, cost, quality
from promoloop.report.limits import limits
from promoloop.report.people import messages, shoppers
from promoloop.report.proof import curve, lift, models, off_policy
from promoloop.report.records import PageData
from promoloop.report.result import funnel, headline, simulated_note
from promoloop.report.wording import Wording, localised

__all__ = ["SECTIONS", "render_page"]

#: The sections below the headline, in the order of the page.
SECTIONS: tuple[tuple[str, Callable[[PageData, Wording], object]], ...] = (
    ("simulated", simulated_note),
    ("funnel", funnel),
    ("messages", messages),
    ("shoppers", shoppers),
    ("budget", budget),
    ("lift", lift),
    ("curve", curve),
    ("models", models),
    ("offpolicy", off_policy),
    ("copy", copy),
    ("quality", quality),
)


def render_page(data: PageData, locale: str, other_locale_href: str | None) -> str:
    """The report as one HTML page.

    Parameters
    ----------
    data : PageData
        What to show. Any part may be missing; its section then says so.
    locale : str
        BCP 47 tag of the page's language, English or Chinese.
    other_locale_href : str or None
        Where the same page stands in the other language, relative to this one.

    Raises
    ------
    InvalidError
        For a language without words, or an unknown locale.
    """
    words = Wording(locale, data.currency)
    parts = {name: build(data, words) for name, build in SECTIONS}
    return _template().render(
        data=data,
        words=words,
        w=words.words,
        css=_style(),
        version=__version__,
        other=other_locale_href,
        span=_span(data, words),
        input=_input(data, words),
        headline=headline(data, words),
        parts=parts,
        assumptions=_assumptions(data, words),
        cost=cost(data, words),
        sides=sides(data, words),
        limits=limits(data, words),
    )


def _span(data: PageData, words: Wording) -> str:
    if not data.weeks:
        return ""
    start = words.day(data.weeks[0].starts)
    return words.say("page", "span", weeks=len(data.weeks), start=start)


def _input(data: PageData, words: Wording) -> str:
    """What was read in: events, shoppers, products."""
    keys = ("events", "shoppers", "products")
    read = {key: figure_of(data.summary, "input", key) for key in keys}
    if any(value is None for value in read.values()):
        return ""
    return words.say("page", "input", **{k: words.number(v or 0) for k, v in read.items()})


def _assumptions(data: PageData, words: Wording) -> tuple[str, ...]:
    """The sentences in the page's language; none in the other, which would not be read."""
    for tag in (words.locale, words.language):
        if tag in data.assumptions:
            return data.assumptions[tag]
    tags = {tag: tag for tag in data.assumptions}
    near = localised(tags, words.locale)
    return data.assumptions[near] if near else ()


def _style() -> str:
    return files("promoloop.report").joinpath("page.css").read_text(encoding="utf-8")


@cache
def _template() -> Template:
    engine = Environment(
        loader=PackageLoader("promoloop.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return engine.get_template("page.html.j2")
