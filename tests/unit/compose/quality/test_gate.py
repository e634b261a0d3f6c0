"""The critic learns what there is to learn, and the gate keeps what it says."""

import json
import math

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from promoloop.compose import (
    Critic,
    CriticSettings,
    FeatureReader,
    Labelled,
    Matcher,
    QualityGate,
    gate_from,
    shipped_corpus,
    threshold_for,
    train_critic,
    trained_gate,
)
from promoloop.compose.quality.matching import Pairs
from promoloop.core import InvalidError, UnavailableError
from promoloop.testing import NgramEncoder, damaged

from .worlds import corpus, proposal

NAMES = ("zh", "one", "two")
SMALL = CriticSettings(rounds=30)


def judged(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, verdicts and their true odds: 1.5 × one, and nothing of two."""
    rng = np.random.default_rng(seed)
    rows = np.column_stack([rng.integers(0, 2, n), rng.normal(size=n), rng.normal(size=n)])
    odds = 1.5 * rows[:, 1]
    return rows, rng.random(n) < expit(odds), odds


def test_the_critic_comes_near_the_best_any_could_do():
    rows, sendable, _ = judged(800, 1)
    critic = Critic.fitted(NAMES, rows, sendable, SMALL, seed=0)
    new, verdicts, odds = judged(4000, 2)
    found = roc_auc_score(verdicts, critic.log_odds(NAMES, new))
    assert found > roc_auc_score(verdicts, odds) - 0.02


def test_parameters_that_went_through_json_give_the_same_scores():
    rows, sendable, _ = judged(200, 3)
    critic = Critic.fitted(NAMES, rows, sendable, SMALL, seed=0)
    again = Critic.from_parameters(json.loads(json.dumps(critic.to_parameters())))
    np.testing.assert_array_equal(again.probability(NAMES, rows), critic.probability(NAMES, rows))


def test_an_unknown_figure_counts_as_the_average_one():
    rows, sendable, _ = judged(300, 4)
    critic = Critic.fitted(NAMES, rows, sendable, SMALL, seed=0)
    english = rows[rows[:, 0] == 0]
    asked = np.array([[0.0, math.nan, 0.3], [0.0, english[:, 1].mean(), 0.3]])
    first, second = critic.log_odds(NAMES, asked)
    assert first == pytest.approx(second)


def test_the_scale_is_set_by_what_was_not_seen():
    rows, sendable, _ = judged(600, 5)
    new, verdicts, _ = judged(3000, 6)
    raw = Critic.fitted(NAMES, rows, sendable, SMALL, seed=0)
    critic = raw.calibrated(raw.log_odds(NAMES, new), verdicts)
    scores = critic.probability(NAMES, new)
    assert scores.mean() == pytest.approx(verdicts.mean(), abs=1e-3)
    top = scores > np.quantile(scores, 0.8)
    assert scores[top].mean() == pytest.approx(verdicts[top].mean(), abs=0.05)


def test_one_verdict_alone_teaches_nothing():
    rows, sendable, _ = judged(50, 7)
    with pytest.raises(InvalidError):
        Critic.fitted(NAMES, rows, np.ones_like(sendable), SMALL, seed=0)


def test_a_critic_is_not_asked_about_columns_it_lacks():
    rows, sendable, _ = judged(50, 8)
    critic = Critic.fitted(NAMES, rows, sendable, SMALL, seed=0)
    with pytest.raises(InvalidError, match="two"):
        critic.log_odds(NAMES[:2], rows[:, :2])
    with pytest.raises(InvalidError):
        Critic.from_parameters({"names": ["zh"]})


def test_the_threshold_is_the_lowest_that_is_precise_enough():
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    sendable = np.array([True, True, False, True, False])
    assert threshold_for(scores, sendable, 0.75, least=1) == 0.6  # 3 of 4
    assert threshold_for(scores, sendable, 0.9, least=1) == 0.8  # 2 of 2
    assert threshold_for(scores, ~sendable, 1.0, least=1) == 0.5  # none reaches it: 2 of 5 is most
    assert threshold_for(np.empty(0), np.empty(0, dtype=bool), 0.9) == 1.0


def test_the_matcher_learns_which_coordinates_matter():
    """Names are signs in 40 coordinates; lines repeat the first 8, the others are noise."""
    rng = np.random.default_rng(9)
    names = rng.choice([-1.0, 1.0], size=(40, 40))
    owner = np.repeat(np.arange(40), 5)
    lines = rng.normal(size=(200, 40))
    lines[:, :8] = names[owner, :8]
    ids = [f"group-{at}" for at in range(40)]
    matcher = Matcher.fitted({"en": Pairs(lines, owner, names, ids)}, rng)
    read = Matcher.from_parameters(json.loads(json.dumps(matcher.to_parameters())))
    plain, learnt = [], []
    for at in range(0, 200, 5):
        other = names[(owner[at] + 7) % 40]
        plain.append(lines[at] @ names[owner[at]] > lines[at] @ other)
        own = read.score(lines[at], names[owner[at]], "en", ids[owner[at]])
        learnt.append(own > read.score(lines[at], other, "en", ids[owner[at]]))
    assert np.mean(learnt) > np.mean(plain)
    assert np.mean(learnt) > 0.95
    with pytest.raises(InvalidError):
        read.score(lines[0], names[0], "fr", ids[0])


def test_a_matcher_needs_groups_in_every_fold():
    pairs = Pairs(np.eye(4), np.arange(4), np.eye(4), list("abcd"))
    with pytest.raises(InvalidError):
        Matcher.fitted({"en": pairs}, np.random.default_rng(0))


def gate(threshold: float) -> QualityGate:
    """A gate whose critic likes short texts, on the tiny shop."""
    reader = FeatureReader(corpus(), None)
    texts = ["Tea.", "Warm tea.", "Tea, a chair.", "Tea for a long and windy walk home again."]
    names, rows = reader.read([proposal(text) for text in texts * 10])
    short = rows[:, names.index("length")] < 5
    critic = Critic.fitted(names, rows, short, SMALL, seed=0)
    return QualityGate(critic, reader, {"en": threshold})


def test_the_gate_keeps_what_reaches_the_threshold_best_first():
    judge = gate(0.5)
    proposals = [proposal("Tea for a long and windy walk home again."), proposal("Warm tea.")]
    scores = judge.score(proposals)
    assert scores[1] > 0.5 > scores[0]
    assert judge.keep(proposals) == (proposals[1],)
    assert judge.keep([]) == ()


def test_a_language_without_a_threshold_keeps_nothing():
    assert gate(0.0).keep([proposal("热茶。", language="zh")]) == ()


def test_a_threshold_outside_zero_and_one_is_refused():
    with pytest.raises(InvalidError):
        gate(1.5)


def test_training_needs_rows_and_groups():
    rows = [Labelled(proposal("Warm tea."), True)] * 70
    with pytest.raises(InvalidError, match="groups"):
        train_critic(rows, FeatureReader(corpus(), None), SMALL, 0, 0.8)


def test_a_gate_is_not_used_with_another_encoder():
    with pytest.raises(UnavailableError, match="trained with"):
        gate_from({"encoder": "some other"}, NgramEncoder(), corpus())


@pytest.mark.parametrize("encoder", [None, NgramEncoder()], ids=["words", "meaning"])
def test_damage_to_a_saved_gate_is_named(encoder):
    """Cut down to one tree and one weight per row, so that every field can be damaged in turn."""
    own = {
        "names": ["zh", "one"],
        "centre": [[0.0, 0.0]] * 2,
        "scale": [[1.0, 1.0]] * 2,
        "weights": [0.0, 1.0, 0.0],
        "trees": [
            {
                "feature": [1, -1, -1],
                "threshold": [0.5, 0.0, 0.0],
                "left": [1, 0, 0],
                "right": [2, 0, 0],
                "value": [0.0, -1.0, 1.0],
            }
        ],
        "mix": 0.5,
        "platt": [1.0, 0.0],
    }
    part = {"critic": own, "thresholds": {"en": 0.5}}
    kind = "words" if encoder is None else "meaning"
    saved = {"encoder": NgramEncoder().name, "critics": {kind: part}}
    if encoder is not None:
        saved["matcher"] = {"en": [[1.0]] * 5}
    assert gate_from(saved, encoder, corpus()).thresholds == {"en": 0.5}
    for name, parameters in damaged(saved, optional=("en",)):
        with pytest.raises((InvalidError, UnavailableError), match=r"saved|gate"):
            pytest.fail(f"{name}: {gate_from(parameters, encoder, corpus())}")


@pytest.mark.parametrize(
    "tree",
    [
        {"feature": [2, -1, -1]},
        {"left": [0, 0, 0]},
        {"right": [3, 0, 0]},
        {"feature": []},
    ],
    ids=["no such figure", "a circle", "outside", "empty"],
)
def test_a_tree_that_is_none_is_refused_when_it_is_read(tree):
    whole = {
        "feature": [1, -1, -1],
        "threshold": [0.5, 0.0, 0.0],
        "left": [1, 0, 0],
        "right": [2, 0, 0],
        "value": [0.0, -1.0, 1.0],
    }
    rows, sendable, _ = judged(100, 3)
    saved = Critic.fitted(NAMES[:2], rows[:, :2], sendable, SMALL, seed=0).to_parameters()
    saved["trees"] = [whole | tree]
    with pytest.raises(InvalidError, match="tree"):
        Critic.from_parameters(saved)


def test_the_gate_that_ships_prefers_a_good_line_to_nonsense():
    judge = trained_gate()
    groups = shipped_corpus().groups
    good = "A pot of green tea and a slow chapter before bed."
    bad = "Green tea fits the the green of charger, and an."
    from promoloop.compose import Proposal

    scores = judge.score([Proposal(text, groups["green-tea"], "en") for text in (good, bad)])
    assert ((scores >= 0) & (scores <= 1)).all()
    assert scores[0] > scores[1]
