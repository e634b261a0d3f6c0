"""Clauses of an offer, whole and natural.

A language is a file ``data/clauses-<tag>.toml``: wordings by reward and term, and how it writes
amounts and counts. Another language is another file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from babel import Locale

from promoloop.core import Money, percent_text, tongue_table

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


def clauses_of(
    said: Said, name: str, deadline: str, currency: str, locale: str, starts: str = ""
) -> dict[str, str]:
    """The clauses by slot; ``deadline`` is the last day, already in words.

    ``starts`` is the first day of an offer that has not begun, "" for one that runs.
    """
    spell = _Spelling(tongue_table("promoloop.offers", "clauses", locale), currency, locale)
    clauses = {
        "name": name,
        "reward": spell.reward(said, name),
        "deadline": spell.words[_when(starts, deadline)].format(starts=starts, deadline=deadline),
    }
    return clauses | spell.terms(said)


@dataclass(frozen=True, slots=True)
class _Spelling:
    """One language's wordings, and how it writes amounts and counts (``data/clauses-*.toml``)."""

    table: Mapping[str, Any]
    currency: str
    locale: str

    @property
    def words(self) -> Mapping[str, str]:
        """Wordings by reward, condition and term."""
        words: Mapping[str, str] = self.table["words"]
        return words

    def reward(self, said: Said, name: str) -> str:
        """What the shopper gets."""
        if said.tiers:
            return str(self.table["between"]).join(self._pair(*tier) for tier in said.tiers)
        if said.off_minor is not None and said.threshold_minor is not None:
            return self._pair(said.threshold_minor, said.off_minor)
        return self.words[_wording(said)].format(
            name=name,
            percent=percent_text(said.percents[0], self.locale) if said.percents else "",
            off=self._amount("alone", said.off_minor or 0),
            gift=said.gift or "",
            **self._counts(*said.counts),
        )

    def terms(self, said: Said) -> dict[str, str]:
        """What the shopper must do, and how much it is at most."""
        terms = {}
        if said.threshold_minor is not None and said.off_minor is None:
            spend = self._amount("alone", said.threshold_minor)
            terms["condition"] = self.words["condition"].format(spend=spend)
        if said.codes:
            key = "code" if said.drawn_code else "pool"
            terms |= self._term("code", key, code=said.drawn_code or "")
        if said.ceiling_minor is not None:
            key = "shipping_ceiling" if said.free_shipping else "ceiling"
            ceiling = self._amount("alone", said.ceiling_minor)
            terms |= self._term("ceiling", key, ceiling=ceiling)
        return terms

    def _term(self, slot: str, key: str, **said: str) -> dict[str, str]:
        """A term, and its short form where the language has one."""
        long, short = self.words[key], self.words.get(f"{key}_short", self.words[key])
        told = {slot: long.format(**said)}
        return told if short == long else told | {f"{slot}_short": short.format(**said)}

    def _pair(self, spend_minor: int, off_minor: int) -> str:
        """Spend so much, save so much."""
        return self.words["spend_and_save"].format(
            spend=self._amount("pair", spend_minor), off=self._amount("pair", off_minor)
        )

    def _amount(self, place: str, minor: int) -> str:
        money, own = Money(minor, self.currency), self.table["amount"]
        if self.currency not in own[place]:
            return money.text(self.locale)
        number = money.decimal().normalize()
        written = f"{number:,f}" if own["grouped"] else f"{number:f}"
        return str(own[place][self.currency]).format(number=written)

    def _counts(self, buy: int = 0, get: int = 0) -> dict[str, str]:
        numbers = {"buy": buy, "get": get, "bought": buy, "free": get}
        forms = self.table["count"]
        return {key: self._count(number, forms[key]) for key, number in numbers.items()}

    def _count(self, number: int, forms: Mapping[str, str]) -> str:
        form, signs = _plural_form(number, self.locale), forms.get("numerals", "")
        written = signs[number] if number < len(signs) else str(number)
        return forms.get(form, forms["other"]).format(n=written)


@lru_cache(maxsize=1024)
def _plural_form(number: int, locale: str) -> str:
    return str(Locale.parse(locale, sep="-").plural_form(number))


def _when(starts: str, deadline: str) -> str:
    if not starts:
        return "deadline"
    return "upcoming_day" if starts == deadline else "upcoming"


def _wording(said: Said) -> str:
    """A product is not free where no more than so much comes off; units bought with others are."""
    bundled = said.reward == "buy_x_get_y"
    if said.percents == (100,) and (bundled or said.ceiling_minor is None):
        return f"{said.reward}_free"
    return said.reward
