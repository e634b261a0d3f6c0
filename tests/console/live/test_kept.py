"""Figures are kept in keeping with what they cost."""

from __future__ import annotations

import threading

import pytest

from promoloop.console.kept import Kept
from promoloop.core import RefusedError


def test_figures_are_counted_once_while_they_are_good():
    kept, counted = Kept(worth=1e9), []
    for _ in range(3):
        assert kept.get("a", lambda: counted.append(1) or len(counted), 10.0) == 1
    assert kept.get("b", lambda: "other", 10.0) == "other"


def test_old_figures_are_shown_while_slow_ones_are_counted_anew():
    kept, go = Kept(worth=0.0, quick=-1.0), threading.Event()
    assert kept.get("a", lambda: "old", 10.0) == "old"

    def slow():
        go.wait(10.0)
        return "new"

    assert kept.get("a", slow, 10.0) == "old"
    go.set()
    while kept.get("a", lambda: "newer", 10.0) == "old":
        pass


def test_the_first_figures_are_waited_for_only_so_long():
    kept, go = Kept(), threading.Event()
    assert kept.get("a", lambda: go.wait(10.0), 0.01) is None
    go.set()
    assert kept.get("a", lambda: False, 10.0) is True


def test_a_refusal_is_told_and_counted_again():
    kept = Kept()

    def refuse():
        raise RefusedError("this", "it may not be", "Ask.")

    with pytest.raises(RefusedError):
        kept.get("a", refuse, 10.0)
    assert kept.get("a", lambda: "now", 10.0) == "now"
