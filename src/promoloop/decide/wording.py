"""Figures, names and sentences of explanations in one language."""

from __future__ import annotations

from collections.abc import Mapping

from promoloop.core import InvalidError, Money, language_of
from promoloop.decide.phrases import CHANNELS, FRAME, PHRASES
from promoloop.decide.reasons import Reason
from promoloop.decide.records import NOTHING

__all__ = ["SHOPPERS", "Wording", "unit_of"]

#: One shopper's amounts are cents; those of a thousand can be compared at a glance.
SHOPPERS = 1000


class Wording:
    """Figures and names in one language; ``at_once`` where actions are shown when chosen."""

    def __init__(
        self, locale: str, currency: str, names: Mapping[str, str], *, at_once: bool = False
    ) -> None:
        self.locale, self.language = locale, language_of(locale)
        if self.language not in FRAME:
            raise InvalidError(
                f"an explanation in {locale!r}",
                f"there are words for {', '.join(FRAME)} only",
                "Ask for one of these.",
            )
        self.currency, self.names, self.at_once = currency, names, at_once

    def frame(self, key: str, **values: object) -> str:
        """A sentence of the explanation's frame, filled in."""
        return FRAME[self.language][key].format(**values)

    def phrase(self, key: str, **values: object) -> str:
        """What one reason is called."""
        return PHRASES[self.language][key].format(**values)

    def money(self, minor: float) -> str:
        """An amount; below half of the smallest coin it is "less than" one."""
        whole = round(abs(minor))
        if whole == 0 and minor:
            return self.frame("below", amount=Money(1, self.currency).text(self.locale))
        sign = "−" if minor < 0 else ""
        return sign + Money(whole, self.currency).text(self.locale)

    def scaled(self, minor: float) -> str:
        """One shopper's amount as that of a thousand, in whole units where it is large."""
        whole = unit_of(self.currency)
        amount = minor * SHOPPERS
        coarse = whole if abs(amount) >= 20 * whole else 1
        return self.money(round(amount / coarse) * coarse)

    def gain(self, minor: float) -> str:
        """The same with its sign said."""
        return ("+" if minor > 0 else "") + self.scaled(minor)

    def percent(self, share: float) -> str:
        """A share of 1 as per cent, with a decimal where it is small."""
        return f"{share:.1%}" if 0.0005 <= share < 0.0995 else f"{share:.0%}"

    def odds(self, share: float) -> str:
        """A probability with a decimal, or with three figures where that would be 0.0%."""
        return f"{share:.3g}" if 0 < share < 0.001 else f"{share:.1%}"

    def entry(self, reason: Reason) -> str:
        """One reason with its amount in front."""
        return f"{self.gain(reason.money_minor)} {reason.text}"

    def rest(self, minor: float) -> tuple[str, ...]:
        """The line of everything else; none where it would round to nothing."""
        small = round(abs(minor * SHOPPERS)) == 0
        return () if small else (f"{self.gain(minor)} {self.phrase('rest')}",)

    def action(self, key: str) -> str:
        """``coffee-20/email/18/a`` as one reads it."""
        parts = key.split("/")
        if key == NOTHING or len(parts) != 4:
            return key
        offer, channel, hour, variant = parts
        named = CHANNELS[self.language].get(channel, channel)
        return self.frame(
            "action_at_once" if self.at_once else "action",
            offer=self.offer(offer),
            channel=named,
            hour=hour,
            variant=variant,
        )

    def offer(self, offer_id: str) -> str:
        """The offer by its id and what it is about."""
        name = self.names.get(offer_id, "")
        opening, closing = ("（", "）") if self.language == "zh" else (" (", ")")
        return f"{offer_id}{opening}{name}{closing}" if name else offer_id


def unit_of(currency: str) -> int:
    """Minor units in one whole unit of the currency."""
    return round(1 / float(Money(1, currency).decimal()))
