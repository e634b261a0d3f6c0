"""Reviewed texts, and how a message is put together from them and a hook."""

from __future__ import annotations

from typing import Any

from promoloop.compose.proof import too_long
from promoloop.compose.records import Brief
from promoloop.compose.slots import fill
from promoloop.compose.tables import table
from promoloop.core import InvalidError, language_of

__all__ = ["assemble", "template_hooks"]

_PARTS = {
    "email": ("subject", "preheader", "headline", "body", "call"),
    "onsite": ("headline", "body", "call"),
}
_TERMS = ("condition", "code", "ceiling")


def template_hooks(brief: Brief) -> tuple[str, ...]:
    """The reviewed hooks for the moment of ``brief``, with ``{{name}}`` slots."""
    return tuple(_moment(brief)["hook"])


def assemble(brief: Brief, hook: str, turn: int) -> dict[str, str]:
    """The slotted parts of one message around ``hook``.

    ``turn`` picks among the reviewed texts of each part; texts that would be too long once
    filled are passed over.
    """
    texts, moment = _texts(brief), _moment(brief)
    if brief.channel not in _PARTS:
        raise InvalidError(
            f"the channel {brief.channel!r}",
            "it has no templates",
            f"Use one of {', '.join(_PARTS)}.",
        )
    choices = {**moment, **texts[brief.channel]}
    frames = {
        part: [choices[part]] if isinstance(choices[part], str) else list(choices[part])
        for part in _PARTS[brief.channel]
    }
    opener = moment["opener"][turn % len(moment["opener"])]
    return {
        part: _fitting(
            brief, part, [_composed(brief, frame, opener, hook) for frame in frames[part]], turn
        )
        for part in frames
    }


def _composed(brief: Brief, frame: str, opener: str, hook: str) -> str:
    text = frame.replace("{opener}", opener).replace("{hook}", hook)
    terms = [f"{{{{{term}}}}}" for term in _TERMS if term in brief.facts]
    joined = str(_texts(brief)["joined"])
    if language_of(brief.locale) == "zh":
        return text.replace("{terms}", "".join(joined + term for term in terms))
    condition = terms[0] if "condition" in brief.facts else ""
    others = joined.join(term for term in terms if term != condition)
    said = f"{condition}{joined if condition and others else ''}{others}"
    return text.replace(" {terms}", f"{'' if condition else joined.strip()} {said}" if said else "")


def _fitting(brief: Brief, part: str, texts: list[str], turn: int) -> str:
    order = [texts[(turn + step) % len(texts)] for step in range(len(texts))]
    for text in order:
        filled = fill({part: text}, brief.facts)[part]
        if not too_long(filled, brief.locale, brief.channel, part):
            return text
    return texts[-1]


def _texts(brief: Brief) -> dict[str, Any]:
    language = language_of(brief.locale)
    if language not in ("en", "zh"):
        raise InvalidError(
            f"the locale {brief.locale!r}",
            "there are no reviewed texts in that language",
            "Use en-US or zh-CN, or add a templates file.",
        )
    return table(f"templates-{language}")


def _moment(brief: Brief) -> dict[str, list[str]]:
    moments: dict[str, dict[str, list[str]]] = _texts(brief)["moment"]
    if brief.moment not in moments:
        raise InvalidError(
            f"the moment {brief.moment!r}",
            "it has no templates",
            f"Use one of {', '.join(moments)}.",
        )
    return moments[brief.moment]
