"""Amounts of money as people write them."""

from __future__ import annotations

import pytest

from promoloop.cli.options import amount
from promoloop.core import InvalidError


@pytest.mark.parametrize("text", ["1e400", "1000000000001"])
def test_an_amount_beyond_every_count_is_refused(text):
    with pytest.raises(InvalidError, match="more than any shop spends"):
        amount(text, "--budget", "USD")


def test_the_largest_amount_is_exact():
    assert amount("1,000,000,000,000", "--budget", "USD") == 10**14
