"""``[shop]`` and ``[margins]``: who sells, where, in which languages, and what it earns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import available_timezones

from babel.numbers import is_currency

from promoloop.core import InvalidError, require_locale
from promoloop.settings.faults import wrong

__all__ = ["ShopSettings", "check_shop", "margins_of"]


@dataclass(frozen=True, slots=True)
class ShopSettings:
    """Who sends, in which market, in which languages."""

    name: str = "Corner Market"
    postal_address: str = "1 Market Street, Springfield"
    currency: str = "USD"
    time_zone: str = "America/New_York"
    market: str = "US"
    locales: tuple[str, ...] = ("en-US", "zh-CN")


def check_shop(shop: ShopSettings, path: Path) -> None:
    """Refuse a locale, time zone or currency that does not exist."""
    if not shop.locales:
        raise wrong(path, "shop.locales", [], 'Name one at least, such as "en-US".')
    for locale in shop.locales:
        try:
            require_locale(locale)
        except InvalidError as error:
            raise wrong(
                path, "shop.locales", locale, error.remedy, f"{error.asked} is not known to BCP 47"
            ) from error
    if shop.time_zone not in available_timezones():
        remedy = "Use an IANA name such as America/New_York or Asia/Shanghai."
        raise wrong(path, "shop.time_zone", shop.time_zone, remedy, "it is not a time zone")
    if not is_currency(shop.currency):
        raise wrong(path, "shop.currency", shop.currency, "Write it like USD or CNY.")


def margins_of(table: Mapping[str, object], path: Path) -> dict[str, int]:
    """Gross margin per department, in whole percent."""
    for department, percent in table.items():
        if type(percent) is not int or not 0 <= percent <= 100:
            raise InvalidError(
                f"{path}, section [margins], field {department} = {percent!r}",
                "a margin is a whole percentage",
                "Write a number from 0 to 100.",
            )
    return {department: int(str(percent)) for department, percent in table.items()}
