"""A simulated shop of 300, decided for in real time, all in memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from promoloop.backends.sql import State, open_state
from promoloop.flows.history.audience import PURPOSE
from promoloop.flows.house import House
from promoloop.flows.realtime.live import Live
from promoloop.flows.realtime.rules import LiveRules
from promoloop.flows.realtime.signals import Signals
from promoloop.flows.realtime.window import Window
from promoloop.offers import Campaign, Offer
from promoloop.profiles import LIFECYCLES, Consent
from promoloop.simulate import SimulatedShop, simulated_shop
from promoloop.testing.memory_house import memory_house
from promoloop.testing.stocked import coffee_and_pizza, stock, summer

START = datetime(2026, 6, 1, tzinfo=UTC)
WEEK = timedelta(days=7)
NOON = START + timedelta(days=1, hours=17)
COFFEE, PIZZA = coffee_and_pizza(START)
CAMPAIGN = summer(START)


@dataclass
class LiveShop:
    """A house with everything that decides in real time on it."""

    house: House
    window: Window
    signals: Signals
    live: Live

    def of_arm(self, arm: str) -> list[str]:
        """Shoppers of an arm who agreed to be shown something."""
        view = self.window.shelves[0].view
        agreed = self.window.shelves[0].agreed["onsite"]
        return [
            one
            for row, one in enumerate(view.audience.ids)
            if view.arms[row] == arm and agreed[row]
        ]


MakeLive = Callable[..., LiveShop]


@pytest.fixture(scope="session")
def people() -> SimulatedShop:
    return simulated_shop(300, ("COFFEE", "PIZZA"), START, "USD", np.random.default_rng(7))


def stocked(house: House, people: SimulatedShop, campaign: Campaign, *offers: Offer) -> House:
    """The simulated shoppers' history, offers, texts and a campaign, in any house."""
    moments = (*LIFECYCLES, "viewed", "cart")
    given = offers or (COFFEE, PIZZA)
    stock(house, people, campaign, given, START, channels=("onsite",), moments=moments)
    return house


def like(template: House, campaign: Campaign, *offers: Offer) -> House:
    """A fresh house with what the template has learnt and written."""
    house = memory_house()
    house.catalogue.put(template.catalogue.all())
    house.offers.put(offers or (COFFEE, PIZZA))
    house.campaigns.put(campaign)
    for name in template.tables.names():
        house.tables.put(name, template.tables.get(name))
    for channel in ("email", "onsite"):
        agreed = sorted(template.consents.granted(channel, PURPOSE))
        house.consents.record(
            [Consent(one, channel, PURPOSE, True, START, "form") for one in agreed]
        )
    copies = template.copies.all()
    house.copies.put(copies)
    for copy in copies:
        house.reviews.append(template.reviews.of(copy.copy_id))
    return house


def opened(house: House, rules: LiveRules | None = None, now: datetime = NOON) -> LiveShop:
    """Real time on a house."""
    window, signals = Window(house, rules), Signals()
    window.refresh(now)
    assert house.live is not None
    assert not window.troubles, window.troubles
    return LiveShop(house, window, signals, Live(window, signals, house.live, time.monotonic))


@pytest.fixture
def on_disk(tmp_path: Path) -> Iterator[tuple[House, State]]:
    """A house in memory whose money, codes, uses and decisions SQLite keeps, and that state."""
    state = open_state(f"sqlite:///{tmp_path / 'state.db'}")
    kept = ("ledger", "redemptions", "codes", "decisions", "outbox", "live")
    yield (
        replace(
            memory_house(),
            promises=state.ledger,
            stock=state.ledger,
            deliveries=state.outbox,
            **{name: getattr(state, name) for name in kept},
        ),
        state,
    )
    state.close()


@pytest.fixture(scope="session")
def template(people: SimulatedShop) -> House:
    return stocked(memory_house(), people, CAMPAIGN)


@pytest.fixture
def make_live(template: House) -> MakeLive:
    def made(
        campaign: Campaign = CAMPAIGN, *offers: Offer, rules: LiveRules | None = None
    ) -> LiveShop:
        return opened(like(template, campaign, *offers), rules)

    return made
