"""Every journey policy keeps the contract."""

from importlib.util import find_spec

import pytest

from promoloop.backends.journeys_torch import DeepQ
from promoloop.decide import FittedQ, JourneyRule, MyopicBandit, TabularQ
from promoloop.testing import JourneyPolicySuite


class TestJourneyRule(JourneyPolicySuite):
    def make(self) -> JourneyRule:
        return JourneyRule(1, actions=3, every=2, most_pressure=0.9, explore=0.1)


class TestTabularQ(JourneyPolicySuite):
    def make(self) -> TabularQ:
        return TabularQ(3, explore=0.1)


class TestFittedQ(JourneyPolicySuite):
    def make(self) -> FittedQ:
        return FittedQ(3, iterations=2)


class TestMyopicBandit(JourneyPolicySuite):
    def make(self) -> MyopicBandit:
        return MyopicBandit(3)


@pytest.mark.torch
@pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed (extra learn)")
class TestDeepQ(JourneyPolicySuite):
    def make(self) -> DeepQ:
        return DeepQ(3, steps=20)
