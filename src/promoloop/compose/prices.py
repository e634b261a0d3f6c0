"""Former prices in words: only from a recorded price history of the kind the market asks for.

All of it is data: ``data/prices.toml`` holds the rules by market, with their sources, and
``data/prices-<language>.toml`` beside it the words. No template of ours compares prices; this is
the one place that does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from promoloop.compose.proof import Fact, FactSheet, former_prices
from promoloop.core import Money, RefusedError, tongue_table

__all__ = ["FormerPrice", "former_price"]


@dataclass(frozen=True, slots=True)
class FormerPrice:
    """A price beside a former one: the clause, and the sheet that proves it word for word."""

    clause: str
    sheet: FactSheet


def former_price(sheet: FactSheet) -> FormerPrice:
    """What the product cost before, beside its price now, as the market of ``sheet`` allows.

    Parameters
    ----------
    sheet : FactSheet
        Holds money facts with the roles ``price`` and one of a former price:
        ``lowest_30_days``, ``lowest_7_days``, ``regular_price``, ``list_price``.

    Raises
    ------
    RefusedError
        No former price of the kind the market asks for is recorded, or the price is not lower.

    Examples
    --------
    >>> from promoloop.compose import Fact, fact_sheet
    >>> now = Fact("money", 2499, "product.price_minor", "price")
    >>> lowest = Fact("money", 2999, "history.lowest_minor", "lowest_30_days")
    >>> sheet = fact_sheet("de-DE", currency="EUR", facts=(now, lowest))
    >>> former_price(sheet).clause.replace("\\xa0", " ")
    '24,99 € statt 29,99 € (niedrigster Preis der letzten 30 Tage)'
    """
    told = {fact.role: fact for fact in sheet.facts if fact.kind == "money"}
    for role in former_prices(sheet):
        if role in told and "price" in told and _minor(told["price"]) < _minor(told[role]):
            return _worded(sheet, told["price"], told[role])
    kinds = " or ".join(former_prices(sheet)) or "nothing: the market has no rule"
    raise RefusedError(
        f"a former price in {sheet.locale}",
        f"no higher price is recorded; the market asks for {kinds}",
        "Record that price history, or name the price alone.",
    )


def _worded(sheet: FactSheet, now: Fact, before: Fact) -> FormerPrice:
    said = tongue_table("promoloop.compose", "prices", sheet.locale)[before.role]
    amounts = [Money(_minor(one), sheet.currency).text(sheet.locale) for one in (now, before)]
    basis = str(said["basis"])
    clause = str(said["text"]).format(now=amounts[0], before=amounts[1], basis=basis)
    extra = (Fact("phrase", basis, before.source),) if basis else ()
    return FormerPrice(clause, replace(sheet, facts=sheet.facts + extra))


def _minor(fact: Fact) -> int:
    if not isinstance(fact.value, int):
        raise TypeError(f"{fact.value!r} is no amount")
    return fact.value
