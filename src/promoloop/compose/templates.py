"""Reviewed texts, and how a message is put together from them and a hook.

Everything that depends on a language is in ``data/templates-<tag>.toml``; the head of the English
file says how such a file is written, ``promoloop.core`` which file serves a locale.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from promoloop.compose.proof import says_running, too_long
from promoloop.compose.records import Brief
from promoloop.compose.slots import fill
from promoloop.core import InvalidError, tongue_table

__all__ = [
    "assemble",
    "hook_length",
    "offer_clause",
    "rendered",
    "template_hooks",
    "template_message",
]

_TERMS = ("condition", "code", "ceiling")
_SHORT = frozenset({"push", "sms", "ad"})
_WORD = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
_SLOT = re.compile(r"\{\{(\w+)\}\}")


def hook_length(channel: str) -> str:
    """``"short"`` for the channels with room for a few words only, else ``"line"``.

    >>> hook_length("sms"), hook_length("email")
    ('short', 'line')
    """
    return "short" if channel in _SHORT else "line"


def template_hooks(brief: Brief) -> tuple[str, ...]:
    """The reviewed hooks for the moment and channel of ``brief``; they may hold slots."""
    key = "short" if hook_length(brief.channel) == "short" else "hook"
    texts: Mapping[str, Sequence[str]] = _moment(brief)
    if brief.upcoming:
        texts = _ahead(texts, brief.locale, brief.moment)
    return tuple(text for text in texts[key] if _known(text, brief.facts))


def assemble(brief: Brief, hook: str, turn: int) -> dict[str, str]:
    """The slotted parts of one message around ``hook``.

    ``turn`` picks among the reviewed texts of each part. Of the frames of a part, the first is
    taken with which the filled text fits, then the next text of the list; where nothing fits,
    the shortest. Different turns from 0 to 7 give different messages, whatever the facts.

    Raises ``InvalidError`` for a channel, moment or language without templates.
    """
    texts = _texts(brief.locale)
    if brief.channel not in texts:
        raise InvalidError(
            f"the channel {brief.channel!r}",
            f"it has no templates in {brief.locale}",
            "Use one that the templates file has.",
        )
    words = _words(brief, hook)
    return {
        part: _fitting(brief, part, frames, words, turn)
        for part, frames in texts[brief.channel].items()
    }


def template_message(brief: Brief, turn: int) -> dict[str, str]:
    """The slotted parts of one message with the reviewed hook that goes with ``turn``."""
    hooks = template_hooks(brief)
    return assemble(brief, hooks[turn % len(hooks)], turn)


def rendered(brief: Brief, turn: int) -> dict[str, str]:
    """The parts of a template message as a shopper reads them, all slots filled."""
    return fill(template_message(brief, turn), brief.facts)


def offer_clause(locale: str, clauses: Mapping[str, str]) -> str:
    """The slots of an offer with all its terms, as one clause without a full stop.

    >>> offer_clause("en-US", {"name": "tea", "reward": "20% off tea", "code": "", "deadline": ""})
    '{{reward}} {{code}}, {{deadline}}'
    """
    about = clauses["name"] not in clauses["reward"]
    return _offer(_texts(locale)["clause"], frozenset(clauses), about)


def _words(brief: Brief, hook: str) -> Mapping[str, Sequence[str]]:
    """What each ``{word}`` of a frame may become, the texts that suit the facts only."""
    _moment(brief)
    about = brief.facts["name"] not in brief.facts["reward"]
    slots = frozenset(brief.facts)
    shared = _lists(brief.locale, brief.moment, slots, about, brief.upcoming)
    return {**shared, "hook": (hook,)}


@lru_cache(maxsize=4096)
def _lists(
    locale: str, moment: str, slots: frozenset[str], about: bool, upcoming: bool
) -> Mapping[str, Sequence[str]]:
    texts = _texts(locale)
    lists = {**texts["words"], **texts["moment"][moment]}
    if upcoming:
        lists = _ahead(lists, locale, moment)
    lists["hook_line"] = lists.pop("hook")
    found = {
        name: tuple(text for text in one if _known(text, slots)) for name, one in lists.items()
    }
    brand = texts["clause"]["brand"] if "brand" in slots else ""
    offer, short = (_offer(texts["clause"], slots, about, brief) for brief in (False, True))
    return {**found, "offer": (offer,), "offer_short": (short,), "brand": (brand,)}


def _ahead(
    lists: Mapping[str, Sequence[str]], locale: str, moment: str
) -> dict[str, Sequence[str]]:
    """``lists`` without the texts that hold only for an offer that runs; what is left of a sale,
    or where nothing is left, are the texts of ``[upcoming]``."""
    instead = _texts(locale)["upcoming"]
    found: dict[str, Sequence[str]] = {}
    for name, one in lists.items():
        kept = [text for text in one if not says_running(text, locale)]
        sale = moment == "flash_sale" and name in instead
        found[name] = instead[name] if sale or not kept else kept
    return found


def _offer(
    clause: Mapping[str, Any], slots: frozenset[str], about: bool, short: bool = False
) -> str:
    """What is offered, with every term, as one clause; ``short`` where terms have a short form."""
    terms = [term for term in _TERMS if term in slots]
    lead = [clause["first"][term] if at == 0 else clause["later"] for at, term in enumerate(terms)]
    slot = {term: f"{term}_short" if short and f"{term}_short" in slots else term for term in terms}
    said = "".join(f"{sign}{{{{{slot[term]}}}}}" for sign, term in zip(lead, terms, strict=True))
    text = str(clause["offer"]).replace("{terms}", said)
    return text.replace("{about}", clause["about"] if about else "")


def _fitting(
    brief: Brief,
    part: str,
    frames: Sequence[str],
    words: Mapping[str, Sequence[str]],
    turn: int,
) -> str:
    stop = str(_texts(brief.locale)["stop"])
    tried = []
    for text in _candidates(frames, words, turn, stop):
        filled = fill({part: text}, brief.facts)[part]
        if not too_long(filled, brief.locale, brief.channel, part):
            return text
        tried.append((len(filled), text))
    return min(tried)[1]


def _candidates(
    frames: Sequence[str], words: Mapping[str, Sequence[str]], turn: int, stop: str
) -> Iterator[str]:
    """The texts of a part, in the order we like them: each frame with the texts of this turn,
    which keeps turns different, then with those of the next turns."""
    for frame in frames:
        yield _put(frame, words, turn, stop)
    for frame in frames:
        for step in range(1, max((len(words[name]) for name in _WORD.findall(frame)), default=1)):
            yield _put(frame, words, turn + step, stop)


def _put(frame: str, words: Mapping[str, Sequence[str]], turn: int, stop: str) -> str:
    text = _WORD.sub(lambda match: words[match[1]][turn % len(words[match[1]])], frame)
    for end in f"{stop}?？!":  # a hook that ends its own sentence needs no second stop
        text = text.replace(end + stop, end)
    return text


def _known(text: str, slots: Container[str]) -> bool:
    return all(slot in slots for slot in _SLOT.findall(text))


def _texts(locale: str) -> dict[str, Any]:
    return tongue_table("promoloop.compose", "templates", locale)


def _moment(brief: Brief) -> dict[str, list[str]]:
    moments: dict[str, dict[str, list[str]]] = _texts(brief.locale)["moment"]
    if brief.moment not in moments:
        raise InvalidError(
            f"the moment {brief.moment!r}",
            "it has no templates",
            f"Use one of {', '.join(moments)}.",
        )
    return moments[brief.moment]
