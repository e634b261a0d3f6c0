"""The pages of a running campaign in a real browser; lift moves when outcomes arrive."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.console.conftest import Served
from tests.console.live.conftest import AFTER_A_WEEK, Clock, a_week_of_orders, sent_messages
from tests.console.test_browser import LANGUAGES, clean, fits, speak

from promoloop.bootstrap import Shop

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_one_thing_fit_desk_and_phone_without_a_fault(
    served: Served, ran: Shop, clock: Clock, tmp_path: Path, language: str
) -> None:
    browser = served.browser
    a_week_of_orders(ran, tmp_path)
    clock.now = AFTER_A_WEEK
    browser.size(1280, 900)
    served.sign_in("admin")
    speak(served, language)
    who = sent_messages(ran)[0].shopper_id
    decision = ran.house.decisions.of_shopper(who)[0].decision_id
    version = ran.house.models.all(ran.house.views.kinds()[0])[0].version_id
    paths = (
        "/results/november",
        "/report/november",
        f"/shoppers/{who}",
        f"/shoppers/{who}/why/{decision}",
        "/offers/coffee-25",
        "/deliveries?state=sent",
        f"/models/{version}",
    )
    bare = "[...document.querySelectorAll('table')].filter((one) => !one.caption).length"
    fits(served, paths, language, bare, 0)
    clean(served)


def test_lift_moves_on_an_open_page_when_outcomes_arrive(
    served: Served, ran: Shop, clock: Clock, tmp_path: Path
) -> None:
    browser = served.browser
    browser.size(1280, 900)
    served.sign_in("viewer")
    browser.open(f"{served.url}/results/november")
    browser.see("No week is over and counted yet")
    a_week_of_orders(ran, tmp_path)
    clock.now = AFTER_A_WEEK
    # nobody loads the page anew: it asks by itself
    browser.see("Above the holdout", seconds=60)
    drawn = "document.querySelectorAll('#measured [data-drawn] canvas').length"
    browser.wait(lambda: browser.run(drawn) >= 1, "a chart of the lift")
    clean(served)
