import pytest

from promoloop.core import InvalidError
from promoloop.evaluate import expected_calibration_error, sample_ratio

SHARES = {"policy": 0.6, "random": 0.2, "holdout": 0.2}


def test_the_chi_square_of_a_small_case_by_hand():
    # Expected 600, 200, 200: (10^2 / 600 + 10^2 / 200) = 0.6667 on 2 degrees of freedom, whose
    # tail is exp(-0.6667 / 2).
    found = sample_ratio({"policy": 610, "random": 190, "holdout": 200}, SHARES)
    assert found.p_value == pytest.approx(2.718281828 ** (-1 / 3), rel=1e-6)
    assert found.ok


def test_an_arm_that_loses_shoppers_is_noticed():
    assert not sample_ratio({"policy": 600, "random": 120, "holdout": 200}, SHARES).ok
    assert not sample_ratio({"policy": 600, "random": 200}, SHARES).ok


@pytest.mark.parametrize("observed", [{}, {"policy": 1, "bau": 3}])
def test_arms_that_were_not_planned_are_refused(observed):
    with pytest.raises(InvalidError):
        sample_ratio(observed, SHARES)


def test_calibration_of_a_small_case_by_hand():
    # Bin [.1, .2): said .1 + .15, came 0 of 2; bin [.9, 1]: said .9 + 1, came 1 of 2.
    # (|0 - .25| + |1 - 1.9|) / 4 = .2875
    assert expected_calibration_error([0.1, 0.15, 0.9, 1.0], [0, 0, 1, 0]) == pytest.approx(0.2875)


@pytest.mark.parametrize(
    ("p", "y", "bins"),
    [([0.5, 1.5], [0, 1], 10), ([0.5, 0.5], [0, 2], 10), ([0.5, 0.5], [0, 1], 0)],
)
def test_bad_input_is_named(p, y, bins):
    with pytest.raises(InvalidError):
        expected_calibration_error(p, y, bins)


@pytest.mark.parametrize("count", [-1, float("nan")])
def test_counts_that_cannot_be_are_refused(count):
    with pytest.raises(InvalidError):
        sample_ratio({"a": count, "b": 3}, {"a": 0.5, "b": 0.5})
