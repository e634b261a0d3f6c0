"""Amounts of money as they stand in shops' files, turned into integer minor units.

A number with at most the currency's decimal places is the double nearest to minor / scale, so
``round(x * scale) / scale == x`` holds exactly when no digit would be lost (IEEE 754 division is
correctly rounded; amounts up to 2**53 minor units).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from math import isfinite

from babel.numbers import list_currencies

from promoloop.core import minor_from_decimal
from promoloop.events.calls import FaultError

__all__ = ["MOST_MINOR", "minor_of", "scale_of", "shares"]

#: The largest amount that is read, in minor units; above it doubles are not exact.
MOST_MINOR = 1 << 53


@cache
def scale_of(currency: str) -> int:
    """Minor units in one major unit; 0 when ISO 4217 has no such currency.

    >>> scale_of("USD"), scale_of("JPY"), scale_of("KWD"), scale_of("XXY")
    (100, 1, 1000, 0)
    """
    return minor_from_decimal(Decimal(1), currency) if currency in _known() else 0


@cache
def _known() -> frozenset[str]:
    return frozenset(list_currencies())


def minor_of(amount: float, currency: str, where: str, name: str) -> int:
    """``amount`` major units as minor units of ``currency``; it is the field ``where + name``.

    Raises
    ------
    FaultError
        When it is negative, not finite, too large or has more digits than the currency.
    """
    scale = scale_of(currency)
    if 0 <= amount * scale <= MOST_MINOR:  # false for what is not a number
        minor = round(amount * scale)
        if minor / scale == amount:
            return minor
    raise _fault(amount, scale, currency, where + name)


def _fault(amount: float, scale: int, currency: str, field: str) -> FaultError:
    if not isfinite(amount) or abs(amount) * scale > MOST_MINOR:
        return FaultError(field, f"{amount} is not an amount of money", "Give a finite amount.")
    if amount < 0:
        return FaultError(
            field, f"{amount} is negative", "Send money given back as an Order Refunded event."
        )
    return FaultError(
        field,
        f"{amount} has more decimal places than {currency}",
        "Round the amount to the currency's minor unit.",
    )


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """``total`` split in proportion to ``weights``, in integers that sum to ``total``.

    Largest remainders first, the earlier line on a tie.

    >>> shares(100, [1, 1, 1]), shares(5, [0, 0])
    ([34, 33, 33], [5, 0])
    """
    whole = sum(weights)
    if whole == 0:
        return [total] + [0] * (len(weights) - 1)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts
