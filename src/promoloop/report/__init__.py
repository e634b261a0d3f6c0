"""The marketer's page: figures in, one self-contained HTML page out."""

from promoloop.report.page import render_page
from promoloop.report.records import ArmResult, MessageSample, PageData, ShopperStory, WeekResult

__all__ = [
    "ArmResult",
    "MessageSample",
    "PageData",
    "ShopperStory",
    "WeekResult",
    "render_page",
]
