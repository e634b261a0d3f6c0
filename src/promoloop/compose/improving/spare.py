"""Reviewed lines that fit a cell: what a text can be renewed with when no model writes."""

from __future__ import annotations

from contextlib import suppress

from promoloop.compose.bank import approved_hooks
from promoloop.compose.quality.groups import nearest_group
from promoloop.compose.records import Brief
from promoloop.compose.templates import template_hooks
from promoloop.core import InvalidError, language_of, stable_hash

__all__ = ["spare_hooks"]

_SHORT = ("push", "sms", "ad")


def spare_hooks(brief: Brief, seed: int) -> tuple[str, ...]:
    """Lines of the approved bank for the product, then those of the templates; turned by ``seed``.

    Empty for a language or a moment that neither has.
    """
    length = "short" if brief.channel in _SHORT else "line"
    group = nearest_group(brief.name).group_id
    found = [
        hook.text for hook in approved_hooks(group, language_of(brief.locale), brief.moment, length)
    ]
    reviewed: list[str] = []
    with suppress(InvalidError):
        reviewed += template_hooks(brief)
    return tuple(_turned(found, brief, seed) + _turned(reviewed, brief, seed))


def _turned(texts: list[str], brief: Brief, seed: int) -> list[str]:
    at = stable_hash(str(seed), brief.brief_id) % max(1, len(texts))
    return texts[at:] + texts[:at]
