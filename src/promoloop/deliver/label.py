"""The label "written with AI" on machine-written messages, in the market's words.

Whether a market wants it is dated data (``data/ai-label.toml``), which the shop may overrule; the
words are by language and channel. Which model wrote a text, with which adapter and prompt, and how
it was verified, stays with the text whatever the label says.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.resources import files

from promoloop.core import tongue_table
from promoloop.deliver.records import Rendered

__all__ = ["ai_label", "labelled", "market_labels"]

#: Channels with words of their own; others are worded as the site is.
_WORDED = ("email", "sms", "push", "onsite")


@cache
def market_labels(market: str, on: date) -> bool:
    """Whether machine-written texts are labelled in ``market`` on the day ``on`` by default.

    >>> market_labels("CN", date(2026, 11, 20)), market_labels("CN", date(2025, 8, 31))
    (True, False)
    """
    source = files("promoloop.deliver").joinpath("data", "ai-label.toml")
    rows = tomllib.loads(source.read_text(encoding="utf-8"))["market"]
    country = market.partition("-")[0]
    found = [row for row in rows if country in row["regions"] and row["since"] <= on]
    return bool(max(found, key=lambda row: row["since"])["on"]) if found else False


def ai_label(
    market: str,
    locale: str,
    channel: str,
    on: date,
    overruled: Mapping[str, bool] | None = None,
) -> str:
    """The label for a machine-written text; "" where none is wanted.

    Examples
    --------
    >>> ai_label("CN", "zh-CN", "sms", date(2026, 11, 20))
    'AI生成'
    >>> ai_label("US", "en-US", "email", date(2026, 11, 20))
    ''
    >>> ai_label("US", "en-US", "email", date(2026, 11, 20), {"US": True})
    'This message was written with the help of AI.'
    """
    wanted = (overruled or {}).get(market.partition("-")[0], market_labels(market, on))
    if not wanted:
        return ""
    words = tongue_table("promoloop.deliver", "ai-label", locale)
    return str(words[channel if channel in _WORDED else "onsite"])


def labelled(rendered: Rendered, label: str, locale: str) -> Rendered:
    """``rendered`` with the label after its text, and in the header ``label`` for pages of others.

    For all but e-mail, where ``render_email`` has a place for it.
    """
    if not label:
        return rendered
    before, after = tongue_table("promoloop.deliver", "ai-label", locale)["brackets"]
    return replace(
        rendered,
        text=f"{rendered.text}{before}{label}{after}",
        headers={**rendered.headers, "label": label},
    )
