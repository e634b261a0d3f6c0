"""Products from catalogue rows: the good ones, and the rejected with line, field and remedy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from babel.numbers import is_currency

from promoloop.core import InvalidError, minor_from_decimal
from promoloop.offers.records import Product

__all__ = ["RejectedRow", "products_from_rows"]

_NEEDED = ("product_id", "title", "category", "price", "currency")
_OPTIONAL = ("department", "brand")


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One row that was left out. ``line`` is its line in the file, the header being line 1."""

    line: int
    field: str
    reason: str
    remedy: str


def products_from_rows(
    rows: Iterable[Mapping[str, str]], file: str
) -> tuple[tuple[Product, ...], tuple[RejectedRow, ...]]:
    """Products from rows of text with the columns of a catalogue file.

    Needed columns are ``product_id, title, category, price`` (major units, ``12.50``) and
    ``currency``; ``department`` and ``brand`` may be left out. Bad rows are rejected one by one,
    the second row of a ``product_id`` too.

    Raises
    ------
    InvalidError
        A column that is missing or unknown: then the whole file is wrong.

    Examples
    --------
    >>> row = {"product_id": "p1", "title": "Beans", "category": "COFFEE", "currency": "USD"}
    >>> good, bad = products_from_rows([row | {"price": "7.99"}, row | {"price": "-1"}], "p.csv")
    >>> good[0].price_minor, bad[0].line, bad[0].field
    (799, 3, 'price')
    """
    good: dict[str, Product] = {}
    bad: list[RejectedRow] = []
    for line, row in enumerate(rows, 2):
        if line == 2:
            _check_columns(tuple(row), file)
        try:
            product = _product(row)
            _require(product.product_id not in good, "product_id", "a row above has the same id")
        except InvalidError as error:
            bad.append(RejectedRow(line, error.asked, error.case, error.remedy))
        else:
            good[product.product_id] = product
    return tuple(good.values()), tuple(bad)


def _check_columns(columns: tuple[str, ...], file: str) -> None:
    for name in _NEEDED:
        if name not in columns:
            raise InvalidError(
                f"{file}, line 1, column {name}",
                "it is missing",
                f"The columns are {', '.join(_NEEDED)} and, optionally, {', '.join(_OPTIONAL)}.",
            )
    for name in columns:
        if name not in (*_NEEDED, *_OPTIONAL):
            raise InvalidError(
                f"{file}, line 1, column {name}",
                "there is no such column",
                f"The columns are {', '.join((*_NEEDED, *_OPTIONAL))}.",
            )


def _product(row: Mapping[str, str]) -> Product:
    for name in _NEEDED:
        _require(bool((row.get(name) or "").strip()), name, "it is empty")
    _require(not _TURNING.search(row["title"].strip()), "title", "it holds a control character")
    currency = row["currency"].strip()
    _require(is_currency(currency), "currency", f"{currency!r} is no ISO 4217 currency")
    return Product(
        product_id=row["product_id"].strip(),
        title=row["title"].strip(),
        category=row["category"].strip(),
        department=(row.get("department") or "").strip(),
        brand=(row.get("brand") or "").strip(),
        price_minor=_price(row["price"].strip(), currency),
        currency=currency,
    )


def _price(text: str, currency: str) -> int:
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise InvalidError("price", f"{text!r} is not a number", _REMEDIES["price"]) from error
    _require(amount.is_finite(), "price", f"{text!r} is not an amount")
    _require(amount >= 0, "price", f"{text} is negative")
    try:
        return minor_from_decimal(amount, currency)
    except InvalidError as error:
        raise InvalidError("price", error.case, error.remedy) from error


_REMEDIES = {
    "product_id": "Give every product its own id.",
    "title": "Write the name shoppers know.",
    "category": "Write the product group that offers name.",
    "price": "Write a number of 0 or more, such as 12.50.",
    "currency": "Write it like USD or CNY.",
}


#: What breaks a line, or turns the text after it around.
_TURNING = re.compile(r"[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]")


def _require(holds: bool, field: str, reason: str) -> None:
    if not holds:
        raise InvalidError(field, reason, _REMEDIES[field])
