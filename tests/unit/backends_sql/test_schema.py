"""Records come back from the database as they went in, or do not go in."""

from dataclasses import replace
from datetime import UTC, timedelta, timezone

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promoloop.backends.sql import open_state
from promoloop.core import InvalidError
from promoloop.decide import Decision, Weighed
from promoloop.testing.samples import NOON, decision, message, model, outcome

FINITE = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
MOMENTS = st.integers(0, 7 * 10**15).map(lambda us: NOON + timedelta(microseconds=us - 10**15))
DECISIONS = st.builds(
    Decision,
    decision_id=TEXT,
    campaign_id=st.just("c"),
    shopper_id=TEXT,
    arm=TEXT,
    decided_at=MOMENTS,
    send_at=st.none() | MOMENTS,
    action=TEXT,
    offer_id=st.none() | TEXT,
    channel=st.none() | TEXT,
    hour=st.none() | st.integers(0, 23),
    variant=st.none() | TEXT,
    propensity=FINITE,
    value_minor=FINITE,
    spend_minor=FINITE,
    liability_minor=st.integers(-(2**63), 2**63 - 1),
    reasons=st.lists(TEXT, max_size=2).map(tuple),
    weighed=st.lists(st.builds(Weighed, TEXT, FINITE, FINITE, FINITE, FINITE), max_size=2).map(
        tuple
    ),
    rejected=st.dictionaries(TEXT, TEXT, max_size=2),
    prices=st.dictionaries(TEXT, FINITE, max_size=2),
    features=st.lists(FINITE, max_size=2).map(tuple),
    policy=TEXT,
    model_version=TEXT,
    seed=st.integers(0, 2**63 - 1),
)


@pytest.fixture
def state(tmp_path):
    opened = open_state(f"sqlite:///{tmp_path}/state.db")
    yield opened
    opened.close()


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(DECISIONS, min_size=8, max_size=8, unique_by=lambda one: one.decision_id))
def test_any_decision_comes_back_equal(state, decisions):
    with state.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM decisions")
    state.decisions.append(decisions)
    found = state.decisions.of_campaign("c")
    assert found == tuple(sorted(decisions, key=lambda one: one.decision_id))


def test_times_come_back_in_utc_to_the_microsecond(state):
    state.outcomes.append([outcome("x1")])
    (found,) = state.outcomes.between(NOON, NOON + timedelta(microseconds=1))
    assert found.at == NOON
    assert found.at.tzinfo is UTC


@pytest.mark.parametrize(
    "moment", [NOON.replace(tzinfo=None), NOON.astimezone(timezone(timedelta(hours=8)))]
)
def test_times_that_are_not_utc_are_errors(state, moment):
    with pytest.raises(InvalidError, match=r"no time zone|not in UTC"):
        state.outcomes.append([replace(outcome("x1"), at=moment)])


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": 2**63},
        {"liability_minor": 2.5},
        {"value_minor": float("nan")},
        {"features": (float("inf"),)},
        {"prices": {"budget": float("nan")}},
        {"shopper_id": None},
        {"rejected": {"a": object()}},
    ],
)
def test_what_cannot_be_stored_exactly_is_an_error_and_stores_nothing(state, wrong):
    with pytest.raises(InvalidError):
        state.decisions.append([decision("d1"), replace(decision("d2"), **wrong)])
    assert state.decisions.of_campaign("c1") == ()


def test_numbers_of_numpy_are_stored_as_numbers(state):
    given_ = replace(
        decision("d1"),
        hour=np.int64(18),
        propensity=np.float64(0.25),
        features=(np.float64(1.5), np.float64(2.5)),
        liability_minor=np.int64(400),
    )
    state.decisions.append([given_])
    found = state.decisions.get("d1")
    assert (found.hour, found.propensity, found.features) == (18, 0.25, (1.5, 2.5))
    assert type(found.liability_minor) is int


def test_a_missing_number_inside_free_parameters_is_kept(state):
    version = replace(model("m1"), parameters={"offset": None, "mean": [1.0]})
    state.models.add(version)
    assert state.models.all("effect") == (version,)


def test_a_message_keeps_its_slots_and_missing_lease(state):
    state.outbox.enqueue([message("m1")])
    (leased,) = state.outbox.lease("w", NOON, 1)
    assert dict(leased.slots) == {"reward": "20% off"}
    assert leased.sent_at is None
