"""Prompts and grammars for slot-free hooks, one per product group and locale.

The packaged model is small and untuned: left free it writes nonsense or invents features. So it
continues a list of examples, inside a grammar built from the reviewed word classes of the
product's family (``data/lexicon.toml``). What it contributes is the choice and the combination.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from promoloop.compose.tables import table
from promoloop.core import InvalidError, language_of

__all__ = ["HookPrompt", "hook_prompt"]

_SHOWN = {
    "en": (
        "Short lines a shop puts above an offer. Each line fits its product.\n\n",
        "Product: {name}\nLine: {line}\n\n",
        "Product: {name}\nLine:",
        (
            ("roses", "A bright bunch for the kitchen table."),
            ("candles", "Light a few when the evening turns quiet."),
            ("hiking socks", "A soft pair for a long trail."),
            ("board games", "Board games for a rainy evening with friends."),
        ),
    ),
    "zh": (
        "超市活动页上的商品短句，每句都贴合商品，读着顺口。\n\n",
        "商品：{name}\n短句：{line}\n\n",
        "商品：{name}\n短句：",
        (
            ("鲜花", "周末在家，插一瓶鲜花，屋里亮堂堂。"),
            ("桌游", "朋友来家里，玩一局桌游。"),
            ("拖鞋", "下班回到家，换上拖鞋，舒舒服服。"),
            ("台灯", "天黑得早，开一盏台灯。"),
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class HookPrompt:
    """What to ask the model for one product group and locale.

    ``shape`` matches exactly the lines the ``grammar`` can produce; a model that ignores
    grammars is held to it all the same.
    """

    name: str
    language: str
    prompt: str
    grammar: str
    shape: re.Pattern[str]
    clashes: tuple[tuple[str, str], ...]


def hook_prompt(name: str, locale: str) -> HookPrompt:
    """The prompt for hooks about the product group ``name``.

    >>> bool(hook_prompt("coffee", "en-US").shape.fullmatch("A warm cup for a slow morning."))
    True
    >>> bool(hook_prompt("coffee", "en-US").shape.fullmatch("A warm cup that cures all."))
    False
    """
    language = language_of(locale)
    if language not in _SHOWN:
        raise InvalidError(f"hooks in {locale}", "we know en and zh", "Use templates instead.")
    words = _family(name)[language]
    rules = _rules(words, name, language)
    head, shown, asked, examples = _SHOWN[language]
    lines = "".join(shown.format(name=one, line=line) for one, line in examples)
    pairs = table("lexicon")["clash"].get(language, [])
    return HookPrompt(
        name=name,
        language=language,
        prompt=head + lines + asked.format(name=name),
        grammar=_grammar(rules, language),
        shape=_shape(rules, language),
        clashes=tuple((str(one), str(other)) for one, other in pairs),
    )


def _family(name: str) -> Mapping[str, Mapping[str, Sequence[str]]]:
    """The family whose words the name ends in or holds; the longest word wins."""
    families = table("lexicon")["family"]
    best, length = "general", 0
    for family, entry in families.items():
        for word in entry["match"]:
            if len(word) > length and _holds(name.lower(), word):
                best, length = family, len(word)
    found: Mapping[str, Mapping[str, Sequence[str]]] = families[best]
    return found


def _holds(name: str, word: str) -> bool:
    if word.isascii():
        return re.search(rf"\b{re.escape(word)}(?:s|es)?\b", name) is not None
    return word in name


def _rules(words: Mapping[str, Sequence[str]], name: str, language: str) -> dict[str, list[str]]:
    """Word classes with the name put in; what begins a line starts with a capital."""
    filled = {key: [text.format(name=name) for text in texts] for key, texts in words.items()}
    if language == "en":
        filled["adj"] = [("An " if text[0] in "aeiou" else "A ") + text for text in filled["adj"]]
        filled["name"] = [name[:1].upper() + name[1:]]
    return filled


_SENTENCES = {
    "en": (
        ("adj", " ", "unit", " for ", "scene"),
        ("name", " for ", "scene"),
        ("act", " ", "when"),
    ),
    "zh": (("scene", "，", "act"), ("act", "，", "tail"), ("scene", "，", "act", "，", "tail")),
}
_STOP = {"en": ".", "zh": "。"}


def _grammar(rules: Mapping[str, Sequence[str]], language: str) -> str:
    """The sentences as GBNF; the classes become its rules."""
    lead = '" " ' if language == "en" else ""
    sentences = " | ".join(
        " ".join(part if part in rules else json.dumps(part, ensure_ascii=False) for part in one)
        for one in _SENTENCES[language]
    )
    lines = [f'root ::= {lead}( {sentences} ) "{_STOP[language]}" "\\n"']
    for key, texts in rules.items():
        lines.append(f"{key} ::= " + " | ".join(json.dumps(t, ensure_ascii=False) for t in texts))
    return "\n".join(lines)


def _shape(rules: Mapping[str, Sequence[str]], language: str) -> re.Pattern[str]:
    classes = {key: "(?:" + "|".join(map(re.escape, texts)) + ")" for key, texts in rules.items()}
    sentences = "|".join(
        "".join(classes.get(part, re.escape(part)) for part in one) for one in _SENTENCES[language]
    )
    return re.compile(f"(?:{sentences}){re.escape(_STOP[language])}")
