"""Where a yes must be confirmed before it counts: dated data, by market and channel."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib.resources import files

__all__ = ["double_opt_in_channels"]


def double_opt_in_channels(market: str, on: date) -> frozenset[str]:
    """Channels whose consent needs a confirmation in ``market`` on the day ``on``.

    >>> sorted(double_opt_in_channels("DE", date(2026, 11, 20)))
    ['email', 'sms']
    >>> double_opt_in_channels("US", date(2026, 11, 20))
    frozenset()
    """
    source = files("promoloop.profiles").joinpath("data", "double-opt-in.toml")
    rules = tomllib.loads(source.read_text(encoding="utf-8"))["rule"]
    return frozenset(
        channel
        for rule in rules
        if market in rule["markets"] and rule["since"] <= on
        for channel in rule["channels"]
    )
