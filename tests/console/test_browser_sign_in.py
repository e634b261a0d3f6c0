"""Signing in with a real browser, under the strict policy."""

from __future__ import annotations

import pytest
from tests.console.conftest import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_somebody_signs_in_and_sees_the_campaigns_without_a_fault(served: Served) -> None:
    browser = served.browser
    browser.size(1280, 900)
    served.sign_in("admin")
    browser.see("November")
    assert browser.faults == []
    assert [one for one in browser.requests if not one.startswith(served.url)] == []
