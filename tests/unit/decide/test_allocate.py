import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp

from promoloop.core import InvalidError
from promoloop.decide import allocate


def world(seed, n, k, m):
    """Values, costs, groups, eligibility and limits of one seeded problem."""
    rng = np.random.default_rng(seed)
    value = rng.normal(20, 40, (n, k))
    cost = rng.gamma(2, 15, (n, k)) - 5  # some costs are negative
    groups = rng.integers(0, m, k)
    eligible = rng.random((n, k)) < 0.8
    budget = float(rng.uniform(0, 8) * n)
    return value, cost, budget, rng.integers(0, n, m), groups, eligible


def exact(value, cost, budget, caps, groups, eligible):
    """The optimum by HiGHS branch and bound, an independent solver."""
    n, k = value.shape
    rows = np.kron(np.eye(n), np.ones(k))
    member = (groups[None, :] == np.arange(len(caps))[:, None]).astype(float)
    matrix = np.vstack([rows, cost.ravel(), np.tile(member, n)])
    upper = np.concatenate([np.ones(n), [budget], caps])
    allowed = eligible.ravel().astype(float)
    found = milp(
        -value.ravel(),
        constraints=LinearConstraint(matrix, -np.inf, upper),
        integrality=np.ones(n * k),
        bounds=(0, allowed),
        options={"mip_rel_gap": 0.0},
    )
    return -found.fun


def assert_feasible(plan, value, cost, budget, caps, groups, eligible):
    taken = np.flatnonzero(plan.choice >= 0)
    columns = plan.choice[taken]
    assert eligible[taken, columns].all()
    assert ((value[taken, columns] > 0) | (cost[taken, columns] < 0)).all()
    assert cost[taken, columns].sum() <= budget + 1e-9
    assert (np.bincount(groups[columns], minlength=len(caps)) <= caps).all()
    assert plan.value == pytest.approx(value[taken, columns].sum())
    assert plan.spend == pytest.approx(cost[taken, columns].sum())


@pytest.mark.parametrize("seed", range(12))
def test_the_bound_and_the_plan_enclose_the_exact_optimum(seed):
    problem = world(seed, n=15, k=4, m=3)
    plan, optimum = allocate(*problem), exact(*problem)
    assert_feasible(plan, *problem)
    assert plan.value <= optimum + 1e-6
    assert optimum <= plan.bound + 1e-6
    assert plan.gap == pytest.approx((plan.bound - plan.value) / max(plan.bound, 1e-12))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 30), k=st.integers(1, 6), m=st.integers(1, 4))
def test_no_budget_and_no_cap_is_ever_overspent(seed, n, k, m):
    problem = world(seed, n, k, m)
    plan = allocate(*problem)
    assert_feasible(plan, *problem)
    assert plan.gap >= 0
    assert (plan.cap_prices >= 0).all()
    assert plan.budget_price >= 0


@pytest.mark.parametrize("seed", range(3))
def test_a_campaign_of_usual_size_is_solved_to_a_thousandth(seed):
    rng = np.random.default_rng(seed)
    n, k, m = 2_500, 96, 12
    offer = np.arange(k) % m
    value = rng.gamma(2, 50, (n, m))[:, offer] * rng.uniform(0.8, 1.2, (n, k)) - 60
    cost = rng.gamma(2, 30, (n, m))[:, offer] + 1
    eligible = (rng.random((n, m)) < 0.4)[:, offer]
    free = allocate(value, cost, 1e12, eligible=eligible)
    plan = allocate(value, cost, 0.25 * free.spend, np.full(m, n // 25), offer, eligible)
    assert plan.gap <= 0.001
    assert plan.spend <= 0.25 * free.spend


@pytest.mark.parametrize("share", [0.005, 0.05])
def test_caps_far_below_demand_are_priced_too(share):
    rng = np.random.default_rng(4)
    value, cost = rng.gamma(2, 50, (2_000, 12)), rng.gamma(2, 30, (2_000, 12))
    plan = allocate(value, cost, 1e9, np.full(12, int(2_000 * share)))
    assert plan.gap <= 0.001


def test_equal_shoppers_share_the_money_to_the_last_unit():
    plan = allocate(np.full((100, 2), 7.0), np.full((100, 2), 3.0), budget=100.0)
    assert (plan.choice >= 0).sum() == 33
    # The bound divides the money: 100 / 3 shoppers at 7.
    assert plan.bound == pytest.approx(700 / 3, rel=1e-3)


def test_without_want_of_money_everyone_gets_the_best_and_prices_are_zero():
    plan = allocate([[1.0, 2.0], [4.0, 3.0], [-1.0, -2.0]], np.ones((3, 2)), budget=10.0)
    assert plan.choice.tolist() == [1, 0, -1]
    assert (plan.value, plan.gap, plan.budget_price) == (6.0, 0.0, 0.0)


def test_a_cap_holds_and_has_the_price_of_the_one_left_out():
    plan = allocate([[9.0], [8.0], [7.0]], np.zeros((3, 1)), 0.0, caps=[2])
    assert plan.choice.tolist() == [0, 0, -1]
    assert plan.cap_prices[0] == pytest.approx(7.0, abs=0.6)


def test_a_negative_cost_pays_for_others():
    plan = allocate([[1.0], [5.0]], [[-4.0], [4.0]], budget=0.0)
    assert plan.choice.tolist() == [0, 0]
    assert plan.spend == 0.0


@pytest.mark.parametrize(
    ("budget", "eligible"), [(0.0, np.ones((4, 2), bool)), (9.0, np.zeros((4, 2), bool))]
)
def test_no_money_or_nothing_eligible_means_nothing_for_anyone(budget, eligible):
    plan = allocate(np.ones((4, 2)), np.ones((4, 2)), budget, eligible=eligible)
    assert plan.choice.tolist() == [-1] * 4
    assert (plan.value, plan.spend, plan.gap) == (0.0, 0.0, 0.0)


def test_an_empty_audience_gets_an_empty_plan():
    plan = allocate(np.zeros((0, 3)), np.zeros((0, 3)), 5.0, caps=[1, 1, 1])
    assert plan.choice.size == 0
    assert plan.gap == 0.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": [[np.nan, 1.0]]},
        {"cost": [[np.inf, 1.0]]},
        {"cost": [[1.0]]},
        {"value": [1.0, 2.0]},
        {"budget": -1.0},
        {"budget": float("nan")},
        {"budget": float("inf")},
        {"caps": [1.0, -2.0]},
        {"caps": [1.0]},
        {"caps": [1.0], "cap_of": [0, 1]},
        {"caps": [1.0], "cap_of": [0.0, 0.0]},
        {"eligible": [[1, 0]]},
    ],
)
def test_bad_input_is_named(wrong):
    sound = {"value": [[1.0, 2.0]], "cost": [[1.0, 1.0]], "budget": 1.0}
    with pytest.raises(InvalidError):
        allocate(**{**sound, **wrong})


def test_the_same_problem_gives_the_same_plan_to_the_bit():
    problem = world(5, 200, 6, 3)
    first, second = allocate(*problem), allocate(*problem)
    assert (first.choice == second.choice).all()
    assert first.bound == second.bound


@pytest.mark.parametrize("seed", range(25))
def test_whole_numbers_full_of_ties_and_zeros_overspend_nothing(seed):
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(2, 40)), int(rng.integers(1, 5))
    value = np.round(rng.normal(1.0, 3.0, (n, k)))  # many rows alike, many values exactly 0
    cost = np.round(rng.uniform(0.0, 3.0, (n, k)))
    plan = allocate(value, cost, 0.3 * n)
    rows = np.flatnonzero(plan.choice >= 0)
    spent = cost[rows, plan.choice[rows]].sum()
    assert spent <= 0.3 * n
    assert (plan.spend, plan.value) == (spent, value[rows, plan.choice[rows]].sum())
