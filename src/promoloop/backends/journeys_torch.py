"""Deep Q-learning for journeys, with PyTorch (extra ``learn``).

The network learns Q from a log, not by trying things on shoppers: double Q-learning with a slow
target network, dueling heads. It starts from the same linear value of a shopper as
``FittedQ`` does and learns what differs from it, so that levels need not be propagated for years.
Traits are held as they were weeks before in the target, for the reason ``JOURNEY_TRAITS`` gives.

References
----------
Mnih et al. (2015), "Human-level control through deep reinforcement learning". van Hasselt, Guez
and Silver (2016), "Deep reinforcement learning with double Q-learning", equation 4. Wang et al.
(2016), "Dueling network architectures for deep reinforcement learning", equation 9 with nothing
as the reference action.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError, Saved, UnavailableError
from promoloop.decide import (
    JOURNEY_FEATURES,
    JOURNEY_TRAITS,
    Choices,
    JourneyLog,
    LinearValue,
    drawn,
    softened,
)

__all__ = ["DeepQ"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_BATCH = 4096
_RATE = 1e-3
_DECAY = 1e-4
_FOLLOW = 0.01  # how fast the target network follows
_HIDDEN = 64


class DeepQ:
    """Deep Q-learning from logged journeys.

    Parameters
    ----------
    actions : int
        How many columns there are.
    discount : float, default 0.97
        What a minor unit a week later is worth now, in [0, 1).
    steps : int, default 1000
        Batches of 4096 weeks; three times as many learn the log's noise.
    explore : float, default 0.02
        Share of the choices made uniformly, in [0, 1].
    seed : int, default 0
        Settles the first weights and the batches; another machine may still differ a little.
    features : tuple of str

    Attributes
    ----------
    base_ : LinearValue
    network_ : torch module
        Gives the change of V and the gain of each action over nothing, in units of ``scale_``.

    Raises
    ------
    UnavailableError
        When PyTorch is not installed.
    """

    def __init__(
        self,
        actions: int,
        discount: float = 0.97,
        steps: int = 1000,
        explore: float = 0.02,
        seed: int = 0,
        features: Sequence[str] = JOURNEY_FEATURES,
    ) -> None:
        _torch()
        if steps < 1 or not 0.0 <= explore <= 1.0 or not 0.0 <= discount < 1.0:
            raise InvalidError(
                f"deep Q-learning of {steps} steps, explore {explore}, discount {discount}",
                "there must be a step, explore in [0, 1] and discount in [0, 1)",
                "Use the defaults.",
            )
        self.actions = actions
        self.discount = discount
        self.steps = steps
        self.explore = explore
        self.seed = seed
        self.features = tuple(features)

    def choose(self, observations: Floats, eligible: Mask, rng: np.random.Generator) -> Choices:
        """Draw one choice per row; see the port."""
        shares = self.probabilities(observations, eligible)
        return drawn(shares, rng.random(len(shares)))

    def probabilities(self, observations: Floats, eligible: Mask) -> Floats:
        """The distribution ``choose`` draws from, nothing last: (n, k + 1)."""
        n, width = len(observations), len(self.features)
        right = observations.shape == (n, width) and eligible.shape == (n, self.actions)
        if not right or eligible.dtype != np.bool_ or not np.isfinite(observations).all():
            raise InvalidError(
                f"observations of shape {observations.shape}, eligible of {eligible.shape}",
                f"{width} finite features and {self.actions} booleans a row are due",
                "Give one row per shopper, as in the log it learnt from.",
            )
        return softened(self.advantages(observations), eligible, self.explore)

    def advantages(self, observations: Floats) -> Floats:
        """What each action is worth beyond nothing, in minor units: (n, k)."""
        self._require_learnt()
        torch = _torch()
        with torch.no_grad(), _one_thread():
            out = self.network_(torch.from_numpy(self._scaled(observations)))
        return np.asarray(out[:, 1:].double().numpy() * self.scale_)

    def learn(self, log: JourneyLog) -> None:
        """Learn anew; ``InvalidError`` when the log has other features or actions."""
        if log.observations.shape[1] != len(self.features) or log.eligible.shape[1] != self.actions:
            raise InvalidError(
                f"a log of {log.observations.shape[1]} features, {log.eligible.shape[1]} actions",
                f"the policy knows {len(self.features)} and {self.actions}",
                "Make the policy for the log's actions and features.",
            )
        torch = _torch()
        torch.manual_seed(self.seed)
        self.base_ = LinearValue(self.discount, features=self.features)
        self.base_.learn(log)
        self.scale_ = float(np.maximum(log.reward.std(), 1e-9))
        self.network_ = _network(len(self.features), self.actions)
        with _one_thread():
            _train(self, _Tensors(self, log), np.random.default_rng(self.seed))

    def to_parameters(self) -> dict[str, object]:
        """All that was learnt and set, as JSON types; weights are nested lists of numbers."""
        self._require_learnt()
        state = self.network_.state_dict()
        return {
            "actions": self.actions,
            "discount": self.discount,
            "steps": self.steps,
            "explore": self.explore,
            "seed": self.seed,
            "features": list(self.features),
            "base": self.base_.to_parameters(),
            "scale": self.scale_,
            "weights": {name: tensor.tolist() for name, tensor in state.items()},
        }

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> DeepQ:
        """The policy that ``to_parameters`` wrote."""
        torch = _torch()
        saved = Saved(parameters, "a saved deep journey policy")
        made = cls(
            actions=saved.whole("actions"),
            discount=saved.number("discount"),
            steps=saved.whole("steps"),
            explore=saved.number("explore"),
            seed=saved.whole("seed"),
            features=saved.texts("features"),
        )
        made.base_ = LinearValue.from_parameters(saved.value("base"))
        made.scale_ = saved.number("scale")
        made.network_ = _network(len(made.features), made.actions)
        weights = saved.part("weights")
        state = {
            name: torch.tensor(weights.array(name, *tensor.shape), dtype=tensor.dtype)
            for name, tensor in made.network_.state_dict().items()
        }
        made.network_.load_state_dict(state)
        return made

    def _scaled(self, observations: Floats) -> NDArray[np.float32]:
        z = (observations - self.base_.centre_) / self.base_.scale_
        return np.clip(z, -5.0, 5.0).astype(np.float32)

    def _require_learnt(self) -> None:
        if not hasattr(self, "network_"):
            raise InvalidError("a choice", "the policy has learnt nothing", "Call learn first.")


class _Tensors:
    """The log as the network wants it; rewards are what a week brought beyond its base."""

    def __init__(self, policy: DeepQ, log: JourneyLog) -> None:
        torch = _torch()
        now, later = log.views(policy.features, JOURNEY_TRAITS)
        follows = policy.discount * np.where(log.left, 0.0, 1.0)
        surprise = log.reward + follows * policy.base_.value(later) - policy.base_.value(now)
        allowed = np.hstack([np.ones((log.reward.size, 1), dtype=np.bool_), log.next_eligible])
        self.now = torch.from_numpy(policy._scaled(now))
        self.seen = torch.from_numpy(policy._scaled(log.observations))
        self.later = torch.from_numpy(policy._scaled(later))
        self.option = torch.from_numpy(log.index + 1)
        self.surprise = torch.from_numpy((surprise / policy.scale_).astype(np.float32))
        self.follows = torch.from_numpy(follows.astype(np.float32))
        self.allowed = torch.from_numpy(allowed)


def _train(policy: DeepQ, data: _Tensors, rng: np.random.Generator) -> None:
    torch = _torch()
    network = policy.network_
    slow = _network(len(policy.features), policy.actions)
    slow.load_state_dict(network.state_dict())
    steps = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=_DECAY)
    fading = torch.optim.lr_scheduler.CosineAnnealingLR(steps, policy.steps)
    m = len(data.option)
    for _ in range(policy.steps):
        rows = torch.from_numpy(rng.integers(m, size=min(_BATCH, m)))
        with torch.no_grad():
            target = data.surprise[rows] + data.follows[rows] * _ahead(network, slow, data, rows)
        gains = _gains(network(data.seen[rows]))
        said = network(data.now[rows])[:, 0] + _picked(gains, data.option[rows])
        loss = torch.nn.functional.mse_loss(said, target)
        steps.zero_grad()
        loss.backward()
        steps.step()
        fading.step()
        with torch.no_grad():
            for old, new in zip(slow.parameters(), network.parameters(), strict=True):
                old.lerp_(new, _FOLLOW)


def _ahead(network: Any, slow: Any, data: _Tensors, rows: Any) -> Any:
    """Change of V and best gain of next week: picked by the network, valued by the slow one."""
    later = data.later[rows]
    picks = _gains(network(later)).masked_fill(~data.allowed[rows], float("-inf")).argmax(dim=1)
    out = slow(later)
    return out[:, 0] + _picked(_gains(out), picks)


def _gains(out: Any) -> Any:
    """(n, k + 1), nothing first with a gain of 0."""
    torch = _torch()
    return torch.cat([torch.zeros_like(out[:, :1]), out[:, 1:]], dim=1)


def _picked(values: Any, columns: Any) -> Any:
    return values.gather(1, columns[:, None])[:, 0]


def _network(features: int, actions: int) -> Any:
    """Column 0 is the change of V, the others are gains; it starts at 0."""
    nn = _torch().nn
    last = nn.Linear(_HIDDEN, 1 + actions)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(
        nn.Linear(features, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, _HIDDEN), nn.ReLU(), last
    )


@contextmanager
def _one_thread() -> Iterator[None]:
    """So small a network is slower with more, and sums in another order."""
    torch = _torch()
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _torch() -> Any:
    try:
        return importlib.import_module("torch")
    except ModuleNotFoundError as error:
        raise UnavailableError(
            "deep Q-learning",
            "PyTorch is not installed",
            "Install the extra: pip install 'promoloop[learn]'.",
        ) from error
