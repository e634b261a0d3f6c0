"""The marketer's page: figures in, one self-contained HTML page out."""

from promoloop.report.page import render_page
from promoloop.report.records import (
    ArmResult,
    BudgetSide,
    MessageSample,
    PageData,
    ShopperStory,
    WeekResult,
)

__all__ = [
    "ArmResult",
    "BudgetSide",
    "MessageSample",
    "PageData",
    "ShopperStory",
    "WeekResult",
    "render_page",
]
