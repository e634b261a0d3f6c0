"""Which actions are tried: worked out by hand."""

import numpy as np

from promoloop.decide import Guarded, reason_text
from promoloop.flows.deciding.screening import CLEARLY_BEHIND, without_clearly_behind
from promoloop.respond import Action, Response

ACTIONS = tuple(Action(f"o{place}", "email", 9, "a") for place in range(3))


def guarded(eligible):
    allowed = np.array(eligible)
    return Guarded(ACTIONS, allowed, np.where(allowed, -1, 0).astype(np.int8), ("no_consent",))


def response(value, doubt):
    worth, none = np.array(value), np.zeros_like(np.array(value))
    return Response(none, none, worth, np.array(doubt), none, none.astype(np.int64), none)


def screened(eligible, value, doubt, rows=(True,), width=1.0):
    return without_clearly_behind(
        guarded(eligible), response(value, doubt), np.array(rows), width=width
    )


def test_what_reaches_the_best_within_its_doubt_is_tried():
    # the best is worth at least 10 - 2 = 8; the others at most 7.9 and 6 + 2 = 8
    found = screened([[True, True, True]], [[10.0, 5.9, 6.0]], [[2.0, 2.0, 2.0]])
    assert found.eligible.tolist() == [[True, False, True]]
    assert found.rejected(0) == {"o1": CLEARLY_BEHIND}


def test_what_may_be_worth_nothing_at_most_is_not_tried_but_the_best_is():
    found = screened([[True, True, True]], [[-1.0, -5.0, -2.0]], [[0.5, 1.0, 3.0]])
    assert found.eligible.tolist() == [[True, False, True]]


def test_the_best_is_the_best_of_what_the_rules_allow():
    found = screened([[False, True, True]], [[10.0, 5.0, 4.0]], [[0.1, 1.0, 1.0]])
    assert found.eligible.tolist() == [[False, True, True]]
    assert found.rejected(0) == {"o0": "no_consent"}


def test_other_rows_are_left_alone_and_one_with_nothing_allowed_stays_so():
    eligible = [[True, True, True], [False, False, False]]
    value, doubt = [[10.0, 0.0, 0.0]] * 2, [[0.1, 0.1, 0.1]] * 2
    found = screened(eligible, value, doubt, rows=(False, True))
    assert found.eligible.tolist() == eligible


def test_the_reason_has_words_in_both_languages():
    assert "worth less" in reason_text(CLEARLY_BEHIND, "en-US")
    assert "最优" in reason_text(CLEARLY_BEHIND, "zh-CN")
