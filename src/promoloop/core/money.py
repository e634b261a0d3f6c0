"""Money as integer minor units (cents, fen) with its currency. Never a float."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_currency, get_currency_precision

from promoloop.core.errors import InvalidError

__all__ = ["Money", "minor_from_decimal", "percent_of"]


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in integer minor units of one ISO 4217 currency.

    Examples
    --------
    >>> Money(1250, "USD") + Money(250, "USD")
    Money(minor=1500, currency='USD')
    >>> Money(30000, "CNY").text("zh-CN")
    '¥300'
    >>> Money(1250, "USD").text("en-US")
    '$12.50'
    >>> Money(125000, "EUR").text("de-DE"), Money(125000, "EUR").text("es-ES")
    ('1.250\\xa0€', '1250\\xa0€')
    """

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def decimal(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-get_currency_precision(self.currency))

    def text(self, locale: str) -> str:
        """The amount as a native reads it in BCP 47 ``locale``; whole amounts lose the cents."""
        amount = self.decimal()
        digits = (
            0 if amount == amount.to_integral_value() else get_currency_precision(self.currency)
        )
        fraction = "." + "0" * digits if digits else ""
        text = format_currency(
            amount,
            self.currency,
            _pattern(locale).replace("#,##0.00", f"#,##0{fraction}"),
            locale.replace("-", "_"),
            currency_digits=False,
            group_separator=amount >= 10_000 or not locale.startswith(_UNGROUPED),
        )
        return _LETTERS_THEN_DIGIT.sub("\u00a0", text)

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise InvalidError(
                f"adding {other.currency} to {self.currency}",
                "amounts of two currencies cannot be added",
                "Convert one of them first.",
            )
        return other


_LETTERS_THEN_DIGIT = re.compile(r"(?<=^[A-Z]{3})(?=\d)")
"""A currency without a sign of its own stands apart from its amount (CLDR, currencySpacing)."""

_UNGROUPED = ("es-ES", "pt-PT", "pl")
"""Where four digits stand together (CLDR, minimumGroupingDigits 2), which Babel leaves out."""


@lru_cache(maxsize=256)
def _pattern(locale: str) -> str:
    """CLDR's pattern of positive amounts: the sign before or behind, as the locale has it."""
    pattern = Locale.parse(locale, sep="-").currency_formats["standard"].pattern
    return str(pattern).split(";", maxsplit=1)[0]


def percent_of(minor: int, percent: int) -> int:
    """``percent`` per cent of ``minor``, rounded half to even, in integers only.

    >>> percent_of(1250, 20), percent_of(5, 50), percent_of(15, 50)
    (250, 2, 8)
    """
    exact = Decimal(minor) * percent / 100
    return int(exact.to_integral_value(ROUND_HALF_EVEN))


def minor_from_decimal(amount: Decimal, currency: str) -> int:
    """Minor units of a decimal amount; more digits than the currency has are refused.

    >>> minor_from_decimal(Decimal("12.5"), "USD"), minor_from_decimal(Decimal(980), "JPY")
    (1250, 980)
    """
    minor = amount.scaleb(get_currency_precision(currency))
    if minor != minor.to_integral_value():
        raise InvalidError(
            f"the amount {amount} {currency}",
            f"{currency} has {get_currency_precision(currency)} decimal places",
            "Round the amount before handing it in.",
        )
    return int(minor)
