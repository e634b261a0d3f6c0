"""Bandits: choose with exact propensities, learn from what comes of it.

``PooledBandit`` joins a reward model, a rule of exploration and a pooled prior behind the port
``Bandit``.
"""

from promoloop.decide.bandits.actions import ActionSet, described_actions
from promoloop.decide.bandits.crossing import Crosses
from promoloop.decide.bandits.exploring import (
    EpsilonGreedy,
    Exploration,
    InverseGap,
    Thompson,
    Uniform,
    with_nothing,
)
from promoloop.decide.bandits.learner import PooledBandit
from promoloop.decide.bandits.port import Bandit
from promoloop.decide.bandits.scores import LinearReward, LogisticReward, RewardModel, Scores

__all__ = [
    "ActionSet",
    "Bandit",
    "Crosses",
    "EpsilonGreedy",
    "Exploration",
    "InverseGap",
    "LinearReward",
    "LogisticReward",
    "PooledBandit",
    "RewardModel",
    "Scores",
    "Thompson",
    "Uniform",
    "described_actions",
    "with_nothing",
]
