"""The pages of the console, in the order of the menu: one line each."""

from __future__ import annotations

from promoloop.console.page import Page
from promoloop.console.pages import (
    campaigns,
    copies,
    deliveries,
    models,
    offers,
    people,
    report,
    results,
    settings,
    shoppers,
)

__all__ = ["PAGES", "Page"]


PAGES: tuple[Page, ...] = (
    Page("campaigns", "/campaigns", "viewer", "campaigns", campaigns.router),
    Page("copies", "/copies", "viewer", "copies", copies.router),
    Page("results", "/results", "viewer", "results", results.router),
    Page("report", "/report", "viewer", "report", report.router),
    Page("shoppers", "/shoppers", "marketer", "shoppers", shoppers.router),
    Page("offers", "/offers", "viewer", "offers", offers.router),
    Page("deliveries", "/deliveries", "viewer", "deliveries", deliveries.router),
    Page("models", "/models", "viewer", "models", models.router),
    Page("people", "/people", "admin", "people", people.router),
    Page("settings", "/settings", "admin", "settings", settings.router),
)
