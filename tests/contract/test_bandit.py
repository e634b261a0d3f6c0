from promoloop.decide import (
    Crosses,
    EpsilonGreedy,
    InverseGap,
    LinearReward,
    LogisticReward,
    PooledBandit,
    Thompson,
    Uniform,
)
from promoloop.testing import BanditSuite


class TestLogisticInverseGap(BanditSuite):
    floor = 0.01

    def bandit(self):
        return PooledBandit(Crosses(3), LogisticReward(0.2), InverseGap(0.01), width=2)


class TestCrossedOptimisticInverseGap(BanditSuite):
    floor = 0.002

    def bandit(self):
        explore = InverseGap(0.002, gamma=100.0, optimism=1.0)
        return PooledBandit(Crosses.every(3), LogisticReward(0.2), explore, width=2)


class TestLogisticThompson(BanditSuite):
    floor = 0.01

    def bandit(self):
        return PooledBandit(Crosses(3), LogisticReward(0.2), Thompson(0.01), width=2)


class TestLinearThompson(BanditSuite):
    floor = 0.01

    def bandit(self):
        return PooledBandit(Crosses(3), LinearReward(0.2, 0.4), Thompson(0.01, 0.5), width=2)


class TestLinearEpsilonThatForgets(BanditSuite):
    floor = 0.05

    def bandit(self):
        explore = EpsilonGreedy(0.2)
        return PooledBandit(Crosses(3), LinearReward(0.2, 0.4), explore, width=2, discount=0.999)


class TestLogisticUniform(BanditSuite):
    floor = 0.25
    learns = False

    def bandit(self):
        return PooledBandit(Crosses(3), LogisticReward(0.2), Uniform(), width=2)
