"""What is believed of variants nobody has seen, from those that somebody has."""

from __future__ import annotations

import numpy as np
import pytest

from promoloop.compose.improving import believed
from promoloop.core import InvalidError


def test_the_posterior_is_that_of_the_joint_normal() -> None:
    """Against the brute-force posterior of one joint normal with almost free cell constants."""
    rng = np.random.default_rng(0)
    traits = rng.normal(size=(9, 2))
    cell = np.array([0, 0, 0, 1, 1, 1, 1, 2, 2])
    estimate = rng.normal(size=9) * 0.3
    error = np.array([0.1, 0.2, np.inf, 0.05, 0.3, 0.1, np.inf, 0.2, 0.1])
    found = believed(traits, cell, estimate, error, scale=0.2)
    seen = np.isfinite(error)
    prior = 0.04 * traits @ traits.T + found.own_sd**2 * np.eye(9)
    same_cell = (cell[:, None] == cell[None, :]) * 1e6
    noise = np.diag(error[seen] ** 2)
    total = (prior + same_cell)[np.ix_(seen, seen)] + noise
    gain = prior[:, seen] @ np.linalg.inv(total)
    mean = gain @ estimate[seen]
    sd = np.sqrt(np.diag(prior - gain @ prior[seen]))
    assert found.mean == pytest.approx(mean, abs=1e-5)
    assert found.sd == pytest.approx(sd, abs=1e-5)


def test_a_new_variant_starts_where_others_of_its_traits_ended() -> None:
    rng = np.random.default_rng(1)
    cells, per = 60, 3
    cell = np.repeat(np.arange(cells), per)
    traits = rng.integers(0, 2, size=(cells * per, 2)).astype(float)
    truth = 0.3 * traits[:, 0] + 0.05 * rng.normal(size=len(cell))
    error = np.full(len(cell), 0.1)
    error[::3] = np.inf  # nobody has seen the first of each cell
    measured = truth + rng.normal(size=cells)[cell] + 0.1 * rng.normal(size=len(cell))
    found = believed(traits, cell, measured, error)
    new = np.isinf(error)
    assert abs(found.slopes[0] - 0.3) < 3 * found.slopes_sd[0]
    assert np.corrcoef(found.mean[new], truth[new])[0, 1] > 0.85
    assert found.sd[new].mean() > found.sd[~new].mean()
    inside = np.abs(found.mean[new] - truth[new]) < 2 * found.sd[new]
    assert inside.mean() > 0.85


def test_without_any_result_the_prior_stays() -> None:
    found = believed(np.ones((2, 1)), np.zeros(2, np.int64), np.zeros(2), np.full(2, np.inf), 0.1)
    assert found.mean == pytest.approx([0.0, 0.0])
    assert (found.sd > 0.1).all()


def test_what_is_common_to_a_cell_is_no_merit_of_its_texts() -> None:
    traits, cell = np.zeros((4, 1)), np.array([0, 0, 1, 1])
    one = believed(traits, cell, np.array([0.1, 0.2, 0.1, 0.2]), np.full(4, 0.05))
    other = believed(traits, cell, np.array([5.1, 5.2, 0.1, 0.2]), np.full(4, 0.05))
    assert one.mean == pytest.approx(other.mean, abs=1e-9)


@pytest.mark.parametrize(
    ("error", "scale"), [(np.zeros(2), 0.1), (np.ones(3), 0.1), (np.ones(2), 0.0)]
)
def test_senseless_input_is_refused(error: np.ndarray, scale: float) -> None:
    with pytest.raises(InvalidError):
        believed(np.ones((2, 1)), np.zeros(2, np.int64), np.zeros(2), error, scale)


def test_an_estimate_that_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidError):
        believed(np.ones((1, 1)), np.zeros(1, np.int64), np.array([np.nan]), np.ones(1))
