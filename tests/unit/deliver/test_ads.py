"""Hashes as the platforms document them, and cells that no spreadsheet runs."""

from __future__ import annotations

import csv
import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.core import InvalidError
from promoloop.deliver import (
    AdCreative,
    AdPerson,
    audience_csv,
    creatives_csv,
    hashed_email,
    hashed_phone,
    safe_cell,
)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("given_", "google", "meta"),
    [
        ("Ann@Shop.example", "ann@shop.example", "ann@shop.example"),
        ("  ANN@shop.example\n", "ann@shop.example", "ann@shop.example"),
        ("A.N.N+x@GMail.com", "ann+x@gmail.com", "a.n.n+x@gmail.com"),
        ("a.b@googlemail.com", "ab@googlemail.com", "a.b@googlemail.com"),
        ("ａｎｎ@shop.example", "ann@shop.example", "ann@shop.example"),
    ],
)
def test_addresses_are_normalised_then_hashed(given_: str, google: str, meta: str) -> None:
    assert hashed_email(given_, "google") == sha(google)
    assert hashed_email(given_, "meta") == sha(meta)


@pytest.mark.parametrize(
    "number", ["+12025550143", "+1 (202) 555-0143", "+1.202.555.0143", "＋12025550143"]
)
def test_numbers_are_international_with_or_without_the_plus(number: str) -> None:
    assert hashed_phone(number, "google") == sha("+12025550143")
    assert hashed_phone(number, "meta") == sha("12025550143")


@pytest.mark.parametrize("nothing", ["", "ann", "ann@shop", "a b@shop.example", "<a@b.example>"])
def test_what_is_no_identifier_has_no_hash(nothing: str) -> None:
    assert hashed_email(nothing, "google") == ""
    assert hashed_phone(nothing, "google") == hashed_phone("2025550143", "meta") == ""


def test_the_audience_holds_hashes_alone_once_each_and_in_no_order_of_ours() -> None:
    people = [
        AdPerson("wu@shop.example", "+12025550143"),
        AdPerson("ann@shop.example"),
        AdPerson("ANN@shop.example"),
        AdPerson("nobody", "12"),
    ]
    text, count = audience_csv(people, "google")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["Email", "Phone"]
    assert rows[1:] == sorted(
        [[sha("wu@shop.example"), sha("+12025550143")], [sha("ann@shop.example"), ""]]
    )
    assert count == 2
    assert "@" not in text
    assert audience_csv(people, "meta")[0].startswith("email,phone\r\n")


@given(st.text(max_size=60))
def test_no_cell_is_a_formula_whatever_it_holds(text: str) -> None:
    cell = safe_cell(text)
    head = cell.lstrip(' \t\r\n"\u00a0')
    assert not head.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    assert "\n" not in cell
    assert "\r" not in cell


@pytest.mark.parametrize(
    "hostile",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "'=1", '"=1', "＝1", "|cmd", "%0A=1"],
)
def test_formulas_are_neutralised(hostile: str) -> None:
    assert safe_cell(hostile).startswith("'")


def test_creatives_are_read_back_whole() -> None:
    made = AdCreative(
        "o-1",
        "en-US",
        '=HYPERLINK("https://evil.example")',
        'Coffee, "20%" off',
        "Buy",
        "https://shop.example/",
        "o-1.png",
    )
    rows = list(csv.DictReader(io.StringIO(creatives_csv([made], "meta", "Spring"))))
    assert rows[0]["Title"] == '\'=HYPERLINK("https://evil.example")'
    assert rows[0]["Body"] == 'Coffee, "20%" off'
    assert rows[0]["Image File Name"] == "o-1.png"


def test_an_unknown_platform_is_refused() -> None:
    with pytest.raises(InvalidError, match="google or meta"):
        audience_csv([], "myspace")
    with pytest.raises(InvalidError, match="google or meta"):
        creatives_csv([], "", "c")
