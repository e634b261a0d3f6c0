"""What is not numbers at all is refused by name, and nothing has changed."""

import numpy as np
import pytest

from promoloop.core import InvalidError
from promoloop.decide import (
    ActionSet,
    Budget,
    Crosses,
    DesignRules,
    JourneyRule,
    Pace,
    PacingController,
    PooledBandit,
    Shard,
    Terms,
    Thompson,
    TrafficForecast,
    allocate,
    allocate_shards,
)

NO_NUMBERS = [[["x", "y"], ["x", "y"]], [[1.0], [1.0, 2.0]], [[1j, 2.0], [1.0, 2.0]]]
SOUND = np.array([[1.0, 2.0], [2.0, 1.0]])


def parameter_of(bandit):
    return repr(bandit.to_parameters())


@pytest.mark.parametrize("wrong", NO_NUMBERS)
def test_a_bandit_refuses_contexts_that_are_no_numbers(wrong):
    bandit, actions = PooledBandit(Crosses(2)), ActionSet(("a", "b"))
    bandit.introduce(actions)
    before, rng = parameter_of(bandit), np.random.default_rng(0)
    with pytest.raises(InvalidError, match="contexts"):
        bandit.choose(wrong, actions, rng)
    with pytest.raises(InvalidError, match="contexts"):
        bandit.learn(wrong, ["a", "b"], [0, 1], [0.5, 0.5])
    assert parameter_of(bandit) == before
    assert rng.random() == np.random.default_rng(0).random()


@pytest.mark.parametrize("at", [2, 3, 4])
def test_a_bandit_refuses_outcomes_that_are_no_numbers(at):
    bandit = PooledBandit(Crosses(2))
    bandit.introduce(ActionSet(("a", "b")))
    before = parameter_of(bandit)
    given = [SOUND, ["a", "b"], [0, 1], [0.5, 0.5], [1.0, 1.0]]
    given[at] = ["x", "y"]
    with pytest.raises(InvalidError):
        bandit.learn(*given)
    assert parameter_of(bandit) == before


@pytest.mark.parametrize("wrong", NO_NUMBERS)
def test_an_allocation_refuses_what_is_no_numbers(wrong):
    for value, cost, terms in (
        (wrong, SOUND, 1.0),
        (SOUND, wrong, 1.0),
        (SOUND, SOUND, Terms(1.0, (Budget("partner", 1.0, wrong),))),
        (SOUND, SOUND, Terms(1.0, value_sd=wrong)),
    ):
        with pytest.raises(InvalidError):
            allocate(value, cost, terms)


@pytest.mark.parametrize(
    "terms", [Terms("x"), Terms(1.0, caution="x"), Terms(1.0, threads=1.5), "x", None]
)
def test_terms_that_are_no_numbers_are_refused(terms):
    with pytest.raises(InvalidError):
        allocate(SOUND, SOUND, terms)


class OneShard:
    budgets = ()
    shape = (2, 2)

    def __init__(self, shard):
        self._shard = shard

    def shards(self):
        return iter((self._shard,))


@pytest.mark.parametrize("wrong", [SOUND[0], SOUND[None], SOUND.tolist(), SOUND + 1j])
def test_a_shard_of_no_matrix_is_refused(wrong):
    for shard in (Shard(wrong, (SOUND,)), Shard(SOUND, (wrong,))):
        with pytest.raises(InvalidError, match="row 0"):
            allocate_shards(OneShard(shard), Terms(1.0))


def controller(sample=None, pace=None):
    forecast = TrafficForecast(100.0, (0.5, 0.5))
    return PacingController(Terms(10.0), sample or Shard(SOUND, (SOUND,)), forecast, pace)


@pytest.mark.parametrize(
    "pace",
    [{"recent": 0}, {"every": 0}, {"memory": -1.0}, {"memory": np.nan}, {"prior": np.nan}],
)
def test_a_pace_that_cannot_be_kept_is_refused(pace):
    with pytest.raises(InvalidError):
        Pace(**pace)


def test_a_sample_with_nan_sets_no_pace():
    with pytest.raises(InvalidError, match="row 1"):
        controller(Shard(np.array([[1.0, 1.0], [1.0, np.nan]]), (SOUND,)))


@pytest.mark.parametrize("costs", [[np.nan, 1.0], [1.0], ["x", "y"], [[1.0, 2.0], [1.0, 2.0]]])
def test_a_controller_notes_no_unsound_spend(costs):
    pacing = controller()
    before = dict(pacing.left)
    with pytest.raises(InvalidError):
        pacing.took(0, costs)
    for column in (-1, 2):
        with pytest.raises(InvalidError):
            pacing.took(column, [1.0, 1.0])
    assert dict(pacing.left) == before


@pytest.mark.parametrize("elapsed", [-0.1, 1.1, np.nan])
def test_a_time_outside_the_day_is_refused(elapsed):
    pacing = controller()
    before = pacing.to_come
    with pytest.raises(InvalidError):
        pacing.arrived(elapsed, [1.0, 1.0], [1.0, 1.0])
    assert pacing.to_come == before


@pytest.mark.parametrize("eligible", [[True], [1.0, 0.0]])
def test_a_shopper_needs_one_boolean_per_action(eligible):
    with pytest.raises(InvalidError):
        controller().rank([1.0, 1.0], [1.0, 1.0], eligible)


def test_caution_needs_standard_deviations_to_take_off():
    with pytest.raises(InvalidError, match="caution"):
        allocate(SOUND, SOUND, Terms(1.0, caution=1.0))


@pytest.mark.parametrize(
    "wrong",
    [{"least_depth": 0.9}, {"least_threshold": -1.0}, {"step_minor": -1}, {"ending_minor": -1}],
)
def test_rules_that_no_design_can_keep_are_refused(wrong):
    sound = {"margin_share": 0.4, "typical_basket_minor": 3000, "budget_minor": 1, "shoppers": 1}
    with pytest.raises(InvalidError, match=next(iter(wrong))):
        DesignRules(**{**sound, **wrong})


@pytest.mark.parametrize("seen", [[[0.0] * 16], np.zeros((1, 16)) * 1j, np.full((1, 16), "x")])
def test_a_journey_policy_refuses_observations_that_are_no_numbers(seen):
    with pytest.raises(InvalidError, match="observations"):
        JourneyRule(0, 3).probabilities(seen, np.ones((1, 3), dtype=bool))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("crosses", "width"), 10**30),
        (("arms", "_fade"), 0),
        (("arms", "_fade"), 2.0),
        (("arms", "seen"), -1.0),
        (("explore", "growth"), 1e308),
    ],
)
def test_a_saved_bandit_that_could_only_fail_later_is_refused_when_it_is_read(path, value):
    bandit = PooledBandit(Crosses(2))
    bandit.introduce(ActionSet(("a", "b")))
    saved = bandit.to_parameters()
    saved[path[0]][path[1]] = value
    with pytest.raises(InvalidError):
        PooledBandit.from_parameters(saved)


def test_a_quadrature_of_more_points_than_memory_holds_is_refused():
    with pytest.raises(InvalidError, match="points"):
        Thompson(points=10**12)
