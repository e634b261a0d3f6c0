"""Catalogue rows: good products are kept, bad rows say their line, field and remedy."""

from __future__ import annotations

import re

import pytest

from promoloop.core import InvalidError
from promoloop.offers import Product, products_from_rows

ROW = {
    "product_id": "p1",
    "title": "Beans",
    "category": "COFFEE",
    "price": "7.99",
    "currency": "USD",
    "department": "GROCERY",
    "brand": "",
}


def test_a_good_row_becomes_a_product_in_minor_units() -> None:
    good, bad = products_from_rows([ROW], "p.csv")
    assert good == (Product("p1", "Beans", "COFFEE", "GROCERY", "", 799, "USD"),)
    assert bad == ()


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"price": "-1"}, "price", "-1 is negative"),
        ({"price": "cheap"}, "price", "'cheap' is not a number"),
        ({"price": "NaN"}, "price", "'NaN' is not an amount"),
        ({"price": "1.999"}, "price", "USD has 2 decimal places"),
        ({"price": ""}, "price", "it is empty"),
        ({"currency": "XX"}, "currency", "'XX' is no ISO 4217 currency"),
        ({"title": " "}, "title", "it is empty"),
        ({"title": "Tea \u202eerf"}, "title", "it holds a control character"),
        ({"product_id": "p1"}, "product_id", "a row above has the same id"),
    ],
)
def test_a_bad_row_is_rejected_and_the_others_are_kept(
    change: dict[str, str], field: str, reason: str
) -> None:
    rows = [ROW, ROW | {"product_id": "p2"} | change, ROW | {"product_id": "p3"}]
    good, (rejected,) = products_from_rows(rows, "p.csv")
    assert [one.product_id for one in good] == ["p1", "p3"]
    assert (rejected.line, rejected.field, rejected.reason) == (3, field, reason)
    assert rejected.remedy


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"product_id": "p1"}, "p.csv, line 1, column title: it is missing"),
        (ROW | {"colour": "red"}, "p.csv, line 1, column colour: there is no such column"),
    ],
)
def test_a_file_with_wrong_columns_is_refused_whole(row: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidError, match=re.escape(message)):
        products_from_rows([row], "p.csv")
