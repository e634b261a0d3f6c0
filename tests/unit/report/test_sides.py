"""Who pays: the table of the shop and its partners on the page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promoloop.offers import Funding
from promoloop.report import BudgetSide, render_page

from .made import page_data
from .reading import Node, read

SHOP = BudgetSide("", "Spring", 600_000, 81_234.5, 120_000, 0, 90_000, 0, 90_000, 0, 0, {})
ACME = BudgetSide(
    "acme",
    "Acme Coffee",
    50_000,
    41_000.4,
    50_400,
    2_500,
    40_000,
    1_200,
    41_200,
    700,
    400,
    {"coffee-25": Funding("acme", "Acme Coffee", 0.35, 50_000, 150, 20_000)},
)


def every(root: Node, name: str) -> list[Node]:
    return [node for node in root.walk() if node.name == name]


def budget_section(sides: tuple[BudgetSide, ...], locale: str, **changes: object):
    page = render_page(replace(page_data(), sides=sides, **changes), locale, None)
    sections = {node.attributes["id"]: node for node in every(read(page), "section")}
    return sections["budget"]


@pytest.mark.parametrize(
    ("locale", "shop", "terms", "late"),
    [
        (
            "en-US",
            "The shop",
            "Acme Coffee pays 35% of what the offer on 25% off coffee takes off, at most $1.50 per"
            " redemption, at most $200 for this offer in all.",
            "Acme Coffee: $7 was reported only after the money set aside for it had gone back.",
        ),
        (
            "zh-CN",
            "本店",
            "咖啡7.5折的优惠：Acme Coffee承担优惠金额的35%，每次核销最多US$1.50，"
            "此优惠合计最多US$200。",
            "Acme Coffee：有US$7在预留金额退回之后才上报。",
        ),
    ],
)
def test_both_sides_stand_in_one_table_with_the_terms(locale, shop, terms, late):
    section = budget_section((SHOP, ACME), locale)
    rows = [
        [cell.words().strip() for cell in row.walk() if cell.name in ("th", "td")]
        for row in every(section, "tr")
    ]
    sign = "$" if locale == "en-US" else "US$"
    assert [
        shop,
        *(f"{sign}{amount}" for amount in ("6,000", "812.34", "1,200", "0", "900", "0", "0")),
    ] in rows
    assert [
        "Acme Coffee",
        *(f"{sign}{amount}" for amount in ("500", "410", "504", "25", "400", "12", "4")),
    ] in rows
    said = section.words()
    assert terms in said
    assert late in said


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_shop_that_pays_alone_and_keeps_its_budget_sees_no_such_table(locale):
    plain = budget_section((), locale).words()
    assert budget_section((SHOP,), locale).words() == plain
    over = budget_section((replace(SHOP, late_minor=700, over_minor=200),), locale).words()
    assert over != plain


def test_who_pays_is_told_before_the_first_week_has_been_measured():
    section = budget_section((SHOP, ACME), "en-US", weeks=())
    assert "Acme Coffee" in section.words()
    assert "No week has been decided yet." not in section.words()


@pytest.mark.parametrize(
    ("locale", "said"), [("en-US", "without a promise"), ("zh-CN", "无优惠承诺")]
)
def test_codes_used_without_a_promise_have_a_line_even_where_the_shop_pays_alone(locale, said):
    budget = budget_section((replace(SHOP, unpromised_minor=2_350),), locale)
    assert any(said in node.text and "23.50" in node.text for node in every(budget, "p"))
