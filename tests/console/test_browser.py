"""The console in a real browser: under its policy, by keyboard, on a phone, and quickly."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import replace

import pytest
from tests.console.conftest import NOW, Served

from promoloop.bootstrap import Shop
from promoloop.console.registry import PAGES
from promoloop.flows.reviewing import approve

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LANGUAGES = ("en-US", "zh-CN")


def speak(served: Served, language: str) -> None:
    """The interface in this language."""
    served.browser.send(
        "Network.setCookie",
        name="promoloop_language",
        value=language,
        url=served.url,
        path="/console",
    )


def clean(served: Served) -> None:
    """Nothing was refused by the policy, nothing failed, nothing was asked of others."""
    browser = served.browser
    assert browser.faults == []
    ours = (served.url, "data:")
    assert [one for one in browser.requests if not one.startswith(ours)] == []


def test_a_campaign_is_created_approved_and_launched(served: Served, shop: Shop) -> None:
    browser = served.browser
    browser.size(1280, 900)
    served.sign_in("marketer")
    browser.go("a.button[href$='/campaigns/new']")
    browser.fill("#f-name", "Spring")
    browser.fill("#f-budget", "250")
    browser.run(
        "(() => { const kind = document.querySelector('#f-reward_kind');"
        " kind.value = 'percent_off';"
        " kind.dispatchEvent(new Event('change', {bubbles: true})); })()"
    )
    there = "document.querySelector('[name=\"reward.percent\"]') !== null"
    browser.wait(lambda: browser.run(there), "the fields of the reward")
    browser.fill("[name='reward.percent']", "20")
    browser.fill("[name='group']", "COFFEE")
    browser.fill("[name='names.en-US']", "coffee")
    browser.fill("[name='names.zh-CN']", "咖啡")
    browser.go(".long .actions button[type=submit]")
    browser.see("A draft: nothing goes out")
    browser.see("20% off coffee")
    browser.go("button[value=submit]")
    browser.see("In review")
    made = next(one for one in shop.house.campaigns.all() if one.name == "Spring")
    assert shop.standing(made.campaign_id).state == "in_review"

    browser.go(".me form:last-child button")
    served.sign_in("approver")
    browser.open(f"{served.url}/campaigns/{made.campaign_id}")
    browser.go("button[value=approve]")
    browser.see("Approved as it is")
    browser.enter("button[value=activate]")
    browser.see("It runs: messages go out")
    assert len(browser.asked) == 1, "a launch is asked about once"
    assert shop.standing(made.campaign_id).state == "active"
    clean(served)


def test_a_review_without_a_text_runs_without_a_fault(served: Served) -> None:
    served.browser.size(1280, 900)
    served.sign_in("approver")
    served.browser.open(f"{served.url}/copies?offer=nothing")
    assert served.browser.run("document.querySelector('[data-text]')") is None
    clean(served)


def test_texts_are_read_changed_and_approved_by_keyboard(served: Served, shop: Shop) -> None:
    browser = served.browser
    browser.size(1280, 900)
    served.sign_in("approver")
    browser.open(f"{served.url}/copies?channel=onsite&locale=en-US&offer=coffee-25")
    browser.press("j")
    browser.press("a")
    approved = "document.querySelectorAll('article .chip-good').length"
    browser.wait(lambda: browser.run(approved) == 1, "the approved text")
    waiting = shop.house.reviews.standing_in("approved")
    assert len(waiting) == 1
    browser.press("j")
    browser.press("e")
    field = "document.activeElement.matches('[data-first]')"
    browser.wait(lambda: browser.run(field), "the first field of the form")
    browser.fill("textarea[name='part.headline']", "Everything at 90% off")
    browser.click("form:has(textarea) button[type=submit]")
    browser.see("This text does not pass")
    browser.fill("textarea[name='part.headline']", "Fresh coffee: {{reward}}")
    browser.click("form:has(textarea) button[type=submit]")
    browser.see("Fresh coffee: 25% off coffee")
    # A browser notes every answer of 409, also one that the page shows as it should.
    browser.faults[:] = [one for one in browser.faults if "409" not in one]
    clean(served)


def fits(served: Served, paths: Iterable[str], language: str, what: str, count: int) -> None:
    """On desk and phone, light and dark: each page in its language, no wider than the window.

    ``what`` is a script that must give ``count`` on every page.
    """
    browser = served.browser
    for width, dark in ((1280, False), (390, True)):
        browser.size(width, 844, dark=dark)
        for path in paths:
            browser.open(f"{served.url}{path}")
            browser.wait(
                lambda: not browser.run("document.querySelectorAll('.working').length"), path
            )
            assert browser.run("document.documentElement.lang") == language
            scrolled = browser.run("document.documentElement.scrollWidth")
            assert scrolled <= width, f"{path} is {scrolled} px wide at {width}"
            assert browser.run(what) == count, path


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_fits_desk_and_phone_in_light_and_dark_without_a_fault(
    served: Served, shop: Shop, language: str
) -> None:
    browser = served.browser
    browser.size(1280, 900)
    served.sign_in("admin")
    speak(served, language)
    text = shop.house.copies.all()[0].copy_id
    more = ("/campaigns/november", "/campaigns/november/edit", "/campaigns/new")
    paths = (*(page.path for page in PAGES), *more, f"/copies/{text}", "/people/audit")
    fits(served, paths, language, "document.querySelectorAll('h1').length", 1)
    clean(served)


def test_a_warm_page_is_there_within_a_second(served: Served, shop: Shop) -> None:
    approve(shop.house, [one.copy_id for one in shop.house.copies.all()], "Ana", NOW)
    browser = served.browser
    browser.size(1280, 900)
    served.sign_in("admin")
    slow = {}
    for page in PAGES:
        browser.open(f"{served.url}{page.path}")
        took = statistics.median(browser.open(f"{served.url}{page.path}") for _ in range(3))
        if took > 1.0:
            slow[page.path] = took
    assert slow == {}


def test_a_page_is_used_by_keyboard_alone(served: Served) -> None:
    browser = served.browser
    browser.size(1280, 900)
    served.sign_in("marketer")
    browser.press("Tab")
    assert browser.run("document.activeElement.className") == "skip"
    browser.press("Enter")
    browser.wait(lambda: browser.run("location.hash") == "#main", "the content")
    seen = []
    for _ in range(4):
        browser.press("Tab")
        seen.append(browser.run("document.activeElement.textContent.trim()"))
        width = browser.run("getComputedStyle(document.activeElement).outlineWidth")
        assert width == "2px", seen[-1]
    assert "New campaign" in seen


def test_a_script_smuggled_into_a_name_does_not_run(served: Served, shop: Shop) -> None:

    hostile = "<img src=x onerror=window.hurt=1><script>window.hurt=1</script>{{7*7}}"
    old = shop.house.campaigns.get("november")
    shop.house.campaigns.put(replace(old, name=hostile))
    browser = served.browser
    served.sign_in("viewer")
    browser.open(f"{served.url}/campaigns/november")
    browser.see("<img src=x onerror")
    browser.see("{{7*7}}")
    assert browser.run("window.hurt") is None
    clean(served)
