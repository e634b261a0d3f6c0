"""Clauses of an offer, whole and natural, in English and Chinese.

A language is one ``_Voice``: wordings by reward and slot, and how it writes amounts, counts and
percentages. Another language is another voice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from promoloop.core import InvalidError, Money, language_of, percent_text

__all__ = ["Said", "clauses_of"]


@dataclass(frozen=True, slots=True)
class Said:
    """What an offer's parts have to say, before it is put into words. Amounts in minor units."""

    reward: str
    percents: tuple[int, ...] = ()
    amounts_minor: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()
    off_minor: int | None = None
    tiers: tuple[tuple[int, int], ...] = ()
    threshold_minor: int | None = None
    ceiling_minor: int | None = None
    titles: Mapping[str, str] | None = None
    gift: str | None = None
    free_shipping: bool = False
    codes: tuple[str, ...] = ()
    drawn_code: str | None = None


@dataclass(frozen=True, slots=True)
class _Voice:
    """Wordings by key, the sign between tiers, and how amounts and counts are written."""

    words: Mapping[str, str]
    between: str
    paired: Callable[[int, str, str], str]
    alone: Callable[[int, str, str], str]
    count: Callable[[int], str]


def clauses_of(said: Said, name: str, deadline: str, currency: str, locale: str) -> dict[str, str]:
    """The clauses by slot; ``deadline`` is the last day, already in words."""
    voice = _VOICES.get(language_of(locale))
    if voice is None:
        raise InvalidError(
            f"clauses in {locale}",
            f"we know only {', '.join(_VOICES)}",
            "Use one of these languages or add a voice for this one.",
        )
    spell = _Spelling(voice, currency, locale)
    clauses = {
        "name": name,
        "reward": spell.reward(said, name),
        "deadline": voice.words["deadline"].format(deadline=deadline),
    }
    return clauses | spell.terms(said)


@dataclass(frozen=True, slots=True)
class _Spelling:
    voice: _Voice
    currency: str
    locale: str

    def reward(self, said: Said, name: str) -> str:
        """What the shopper gets."""
        if said.tiers:
            return self.voice.between.join(self._spend_and_save(*tier) for tier in said.tiers)
        if said.off_minor is not None and said.threshold_minor is not None:
            return self._spend_and_save(said.threshold_minor, said.off_minor)
        return self.voice.words[_wording(said)].format(
            name=name,
            percent=percent_text(said.percents[0], self.locale) if said.percents else "",
            off=self._alone(said.off_minor or 0),
            gift=said.gift or "",
            **dict(zip(("buy", "get"), map(self.voice.count, said.counts), strict=False)),
        )

    def terms(self, said: Said) -> dict[str, str]:
        """What the shopper must do, and how much it is at most."""
        words, terms = self.voice.words, {}
        if said.threshold_minor is not None and said.off_minor is None:
            spend = self._alone(said.threshold_minor)
            terms["condition"] = words["condition"].format(spend=spend)
        if said.codes:
            key = "code" if said.drawn_code else "pool"
            terms["code"] = words[key].format(code=said.drawn_code)
        if said.ceiling_minor is not None:
            key = "shipping_ceiling" if said.free_shipping else "ceiling"
            terms["ceiling"] = words[key].format(ceiling=self._alone(said.ceiling_minor))
        return terms

    def _spend_and_save(self, spend_minor: int, off_minor: int) -> str:
        return self.voice.words["spend_and_save"].format(
            spend=self.voice.paired(spend_minor, self.currency, self.locale),
            off=self.voice.paired(off_minor, self.currency, self.locale),
        )

    def _alone(self, minor: int) -> str:
        return self.voice.alone(minor, self.currency, self.locale)


def _wording(said: Said) -> str:
    if said.reward in {"percent_off", "buy_x_get_y"} and said.percents == (100,):
        return f"{said.reward}_free"
    return said.reward


def _money(minor: int, currency: str, locale: str) -> str:
    return Money(minor, currency).text(locale)


def _yuan_bare(minor: int, currency: str, locale: str) -> str:
    """满300减50: the yuan go without a sign; other currencies need theirs."""
    if currency != "CNY":
        return _money(minor, currency, locale)
    return f"{Money(minor, currency).decimal().normalize():f}"


def _yuan_word(minor: int, currency: str, locale: str) -> str:
    bare = _yuan_bare(minor, currency, locale)
    return f"{bare}元" if currency == "CNY" else bare


def _digits(number: int) -> str:
    return str(number)


def _chinese(number: int) -> str:
    return "零一二三四五六七八九十"[number] if number <= 10 else str(number)


_ENGLISH = _Voice(
    words={
        "percent_off": "{percent} off {name}",
        "percent_off_free": "{name} for free",
        "amount_off": "{off} off",
        "spend_and_save": "{off} off when you spend {spend}",
        "buy_x_get_y": "buy {buy}, get {get} at {percent} off",
        "buy_x_get_y_free": "buy {buy}, get {get} free",
        "gift": "a free {gift}",
        "free_shipping": "free shipping",
        "deadline": "ends {deadline}",
        "condition": "when you spend {spend}",
        "code": "with code {code}",
        "pool": "with your personal code",
        "ceiling": "up to {ceiling} off",
        "shipping_ceiling": "covers up to {ceiling} of shipping",
    },
    between=", ",
    paired=_money,
    alone=_money,
    count=_digits,
)

_CHINESE = _Voice(
    words={
        "percent_off": "{name}{percent}",
        "percent_off_free": "{name}免费",
        "amount_off": "立减{off}",
        "spend_and_save": "满{spend}减{off}",
        "buy_x_get_y": "买{buy}件，再买{get}件享{percent}",
        "buy_x_get_y_free": "买{buy}送{get}",
        "gift": "送{gift}",
        "free_shipping": "免运费",
        "deadline": "{deadline}截止",
        "condition": "满{spend}可享",
        "code": "凭码{code}",
        "pool": "凭专属优惠码",
        "ceiling": "最多减{ceiling}",
        "shipping_ceiling": "运费最多减{ceiling}",
    },
    between="，",
    paired=_yuan_bare,
    alone=_yuan_word,
    count=_chinese,
)

_VOICES: Mapping[str, _Voice] = {"en": _ENGLISH, "zh": _CHINESE}
