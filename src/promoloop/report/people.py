"""The messages as they were read, and five shoppers with what was decided for them and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from promoloop.core import language_of
from promoloop.decide import NOTHING, Decision, Weighed, reason_text
from promoloop.report.blocks import Stat
from promoloop.report.records import MessageSample, PageData, ShopperStory
from promoloop.report.wording import Wording, localised

__all__ = ["Card", "Framed", "action_name", "messages", "offer_name", "shoppers"]

_MOST_OTHERS = 5


@dataclass(frozen=True, slots=True)
class Framed:
    """A message with the frame it is shown in: ``desk``, ``phone`` or ``banner``."""

    sample: MessageSample
    frame: str
    channel: str
    language: str
    source: str
    title: str


@dataclass(frozen=True, slots=True)
class Card:
    """One shopper's card."""

    title: str
    arm: str
    got: str
    facts: tuple[tuple[str, str], ...]
    stats: tuple[Stat, ...]
    why: str
    others: tuple[tuple[str, str], ...]
    simulated: bool


def messages(data: PageData, words: Wording) -> tuple[Framed, ...]:
    """Each sample in a frame: the first of a language on a desk, the next ones on a phone.

    Desks come first, then phones, then banners; within each the page's language.
    """
    seen: set[str] = set()
    desks, phones, banners = [], [], []
    for sample in sorted(data.samples, key=lambda one: language_of(one.locale) != words.language):
        if not sample.html:
            banners.append(_framed(sample, "banner", words))
        elif sample.locale in seen:
            phones.append(_framed(sample, "phone", words))
        else:
            desks.append(_framed(sample, "desk", words))
            seen.add(sample.locale)
    return (*desks, *phones, *banners)


def shoppers(data: PageData, words: Wording) -> tuple[Card, ...]:
    """A card per story."""
    return tuple(_card(story, data, words) for story in data.stories)


def offer_name(offer_id: str, data: PageData, words: Wording) -> str:
    """What the offer is called in the page's language, else in another, else its id."""
    names = data.offers.get(offer_id, {})
    return localised(names, words.locale) or next(iter(names.values()), offer_id)


def action_name(key: str, data: PageData, words: Wording) -> str:
    """An action key in words: ``coffee-25/email/18/a`` is the offer, by e-mail at 18:00."""
    if key == NOTHING:
        return words.say("shoppers", "passed_nothing")
    if key == "*":
        return words.say("shoppers", "everything")
    offer, channel, hour = [*key.split("/"), "", ""][:3]
    name = offer_name(offer, data, words)
    if not channel:
        return name
    medium = words.named("shoppers", f"channel_{channel}")
    if not hour:
        return words.say("page", "list_join").join([name, medium])
    return words.say("shoppers", "action", offer=name, channel=medium, hour=hour)


def _framed(sample: MessageSample, frame: str, words: Wording) -> Framed:
    language = language_of(sample.locale)
    source = "from_model" if sample.source == "model" else "from_template"
    return Framed(
        sample=sample,
        frame=frame,
        channel=words.named("messages", sample.channel),
        language=words.words["messages"].get(f"languages_{language}", sample.locale),
        source=words.say("messages", source),
        title=words.say("messages", "frame", subject=sample.subject),
    )


def _card(story: ShopperStory, data: PageData, words: Wording) -> Card:
    decision = story.decision
    sent = decision.action != NOTHING
    got = words.say("shoppers", "got_nothing")
    arm = words.named("arms", decision.arm)
    why = localised(story.why, words.locale) or _why(decision, data, words)
    return Card(
        title=words.say("shoppers", "shopper", id=story.shopper_id),
        arm=words.say("shoppers", "action_arm", arm=arm),
        got=action_name(decision.action, data, words) if sent else got,
        facts=_facts(story.facts, words),
        stats=_stats(decision, words, data.simulated) if sent else (),
        why=_readable(why, decision, data, words),
        others=_others(story, data, words),
        simulated=data.simulated,
    )


def _why(decision: Decision, data: PageData, words: Wording) -> str:
    """Why this was decided, from the decision alone."""
    if decision.arm != "policy":
        chance = words.percent(decision.propensity)
        return words.say("shoppers", f"why_{decision.arm}", chance=chance)
    options = [one for one in decision.weighed if one.action != NOTHING]
    mine = next((one for one in options if one.action == decision.action), None)
    others = [one for one in options if one is not mine]
    best = max(others, key=lambda one: one.priced_minor, default=None)
    if best is None:
        priced = words.gain(mine.priced_minor) if mine else ""
        return words.say("shoppers", "why_only" if mine else "why_none", priced=priced)
    return words.say(
        "shoppers",
        _case(mine, best),
        count=len(options),
        chance=words.percent(decision.propensity),
        priced=words.gain(mine.priced_minor) if mine else "",
        other=action_name(best.action, data, words),
        runner=words.gain(best.priced_minor),
    )


def _case(mine: Weighed | None, best: Weighed) -> str:
    if mine is None:
        return "why_left" if best.priced_minor > 0 else "why_nothing"
    return "why_best" if mine.priced_minor >= best.priced_minor else "why_learn"


def _stats(decision: Decision, words: Wording, simulated: bool) -> tuple[Stat, ...]:
    return (
        Stat(words.say("shoppers", "worth"), words.gain(decision.value_minor), "", simulated),
        Stat(words.say("shoppers", "spend"), words.money(decision.spend_minor), "", simulated),
        Stat(words.say("shoppers", "chance"), words.percent(decision.propensity)),
    )


def _facts(facts: Mapping[str, str], words: Wording) -> tuple[tuple[str, str], ...]:
    text = localised(facts, words.locale)
    if text is None:
        return tuple((words.named("facts", key), value) for key, value in facts.items())
    return tuple(_fact(line) for line in text.splitlines() if line.strip())


def _fact(line: str) -> tuple[str, str]:
    """``label: value`` in two; a line without a label is all value.

    >>> _fact("Stage: regular"), _fact("常买：咖啡"), _fact("new")
    (('Stage', 'regular'), ('常买', '咖啡'), ('', 'new'))
    """
    found = re.match(r"([^:：]{1,40})[:：]\s*(.+)", line)
    return (found[1].strip(), found[2].strip()) if found else ("", line.strip())


def _others(story: ShopperStory, data: PageData, words: Wording) -> tuple[tuple[str, str], ...]:
    """What was permitted but worth less, then what was not permitted, each with its reason."""
    decision = story.decision
    weighed = sorted(decision.weighed, key=lambda one: -one.priced_minor)
    lesser = [
        (
            action_name(one.action, data, words),
            words.say("shoppers", "passed_over", value=words.gain(one.priced_minor)),
        )
        for one in weighed
        if one.action not in (decision.action, NOTHING)
    ]
    told = localised(story.rejected, words.locale)
    if told is not None:
        refused = [_fact(line) for line in told.splitlines() if line.strip()]
    else:
        refused = [
            (action_name(key, data, words), reason_text(code, words.locale))
            for key, code in decision.rejected.items()
        ]
    return (*lesser[:2], *refused[: _MOST_OTHERS - min(2, len(lesser))])


def _readable(text: str, decision: Decision, data: PageData, words: Wording) -> str:
    """``text`` with action keys said in words."""
    keys = {decision.action, *(one.action for one in decision.weighed), *decision.rejected}
    for key in sorted((k for k in keys if "/" in k or k in data.offers), key=len, reverse=True):
        pattern = rf"(?<![\w/-]){re.escape(key)}(?![\w/-])"
        name = action_name(key, data, words).replace("\\", r"\\")
        text = re.sub(pattern, name, text)
    return text
