"""All paths to a send, in any order hypothesis finds: nothing reaches whom it must not.

Mail, text messages, notifications and on-site messages by the outbox, offers shown while shoppers
look on, lists for ads; with workers that die half-way, doubts that are reconciled, consent given
and taken back, pauses, suppressed addresses, erasures and time going by. What is checked is what
each far end receives, at the moment it does, against what the test itself knows to be true.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from promoloop.backends.sql import State, open_state
from promoloop.compose import Copy, Verdict
from promoloop.core import RefusedError, SteppedClock
from promoloop.decide import Reservation
from promoloop.deliver import FrequencyCap, Message, Rendered, Sender, SendResult, message_id
from promoloop.flows.ads import ad_audience
from promoloop.flows.deliver import Desk, deliver_due
from promoloop.flows.deliver.reconciling import reconcile_by_hand, reconcile_with
from promoloop.flows.history.audience import PURPOSE
from promoloop.flows.house import House
from promoloop.flows.privacy.erasing import PrivacyDesk, erase
from promoloop.flows.privacy.stores import HistoryPersonal, TablesPersonal
from promoloop.flows.realtime.live import Live
from promoloop.flows.realtime.records import LiveRequest
from promoloop.flows.realtime.rules import LiveRules
from promoloop.flows.realtime.signals import Signals
from promoloop.flows.realtime.window import Window
from promoloop.offers import Pause
from promoloop.profiles import Consent, Suppression, address_digest
from promoloop.testing.memory_history import MemoryHistory
from promoloop.testing.memory_tables import MemoryTables
from promoloop.testing.samples import decision

START = datetime(2026, 6, 1, tzinfo=UTC)
NOON = START + timedelta(days=1, hours=16)  # noon in New York
WEEK = timedelta(days=7)
ZONE = "America/New_York"
WRITTEN = ("email", "sms", "push")
CAPS = (
    FrequencyCap("email-week", "email", 2, WEEK),
    FrequencyCap("sms-day", "sms", 1, timedelta(days=1)),
    FrequencyCap("push-day", "push", 2, timedelta(days=1)),
    FrequencyCap("all-week", "*", 4, WEEK),
    FrequencyCap("onsite-day", "onsite", 2, timedelta(days=1)),
)
#: Hours of the day in which each channel may write, by the tables the shop ships for the US.
ALLOWED = {"email": range(7, 22), "sms": range(8, 21), "push": range(8, 21)}
KEY = b"0123456789abcdef"
SENDER = Sender("S", "s@shop.example", "S", "Street 1", "https://shop.example/u", "l.shop.example")
PEOPLE = 6
DOMAINS = {
    "email": "shop.example",
    "sms": "text.invalid",
    "push": "push.invalid",
    "onsite": "onsite.invalid",
}


@dataclass
class World:
    """What is true, and what arrived where; every arrival is held against what is true then."""

    clock: SteppedClock
    agreed: set[tuple[str, str]] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    barred: set[str] = field(default_factory=set)
    paused: bool = False
    sent: list[tuple[str, str, datetime]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def arrives(self, who: str, channel: str) -> None:
        now = self.clock.now()
        assert (who, channel) in self.agreed, f"{who} did not agree to {channel}"
        assert who not in self.erased, f"{who} was erased"
        if channel in WRITTEN:
            assert who not in self.barred, f"{who} is suppressed"
            hour = now.astimezone(ZoneInfo(ZONE)).hour
            assert hour in ALLOWED[channel], f"{channel} at {hour}"
            assert not self.paused
        self.sent.append((who, channel, now))
        for cap in CAPS:
            if cap.channel not in (channel, "*") or (cap.channel == "*" and channel == "onsite"):
                continue
            count = sum(
                one == who
                and at >= cap.since(now)
                and (where == cap.channel or (cap.channel == "*" and where != "onsite"))
                for one, where, at in self.sent
            )
            assert count <= cap.limit, f"{cap.name} is broken for {who}"


@dataclass
class FarEnd:
    """A channel that believes nothing: it looks at the world as each message comes in."""

    name: str
    world: World
    answer: str = "sent"
    before: Callable[[], None] | None = None

    def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
        if self.before is not None:
            self.before()
            self.before = None
        if self.answer == "retry":
            return [SendResult("retry", "busy")] * len(messages)
        for one in messages:
            assert one.message_id not in self.world.ids, "sent twice"
            self.world.ids.append(one.message_id)
            self.world.arrives(one.address.partition("@")[0], self.name)
        if self.answer == "break":
            raise ConnectionError("gone after taking them")
        return [SendResult("sent", "")] * len(messages)


def copy_for(channel: str) -> Copy:
    parts = {"headline": "Coffee", "body": "Take {{reward}}.", "call": "Choose"}
    if channel == "email":
        parts |= {"subject": "Coffee", "preheader": "One code."}
    elif channel == "sms":
        parts = {"text": "Coffee: take {{reward}}."}
    elif channel == "push":
        parts.pop("call")
    verdict = Verdict(True, (), ())
    return Copy(
        f"copy-{channel}", "b", "coffee-25", 1, "en-US", channel, "active", "a", parts, "template",
        "", "", verdict, (), NOON,
    )  # fmt: skip


class AllPaths(RuleBasedStateMachine):
    """Everything that can lead to a send, and everything that must stop it."""

    template: House
    folder: Path
    blank: Path
    made = 0
    reached: ClassVar[Counter[str]] = Counter()

    @initialize()
    def open(self) -> None:
        type(self).made += 1
        path = self.folder / f"{self.made}.db"
        shutil.copy(self.blank, path)
        self.state = open_state(f"sqlite:///{path}")
        self.clock = SteppedClock(NOON)
        self.world = World(self.clock)
        self.house = on(self.state, self.template)
        self.people = self.template.tables.get("profiles")["shopper_id"].sort().to_list()[:PEOPLE]
        for channel in (*WRITTEN, "onsite"):
            said = [Consent(one, channel, PURPOSE, True, NOON, "form") for one in self.people]
            self.house.consents.record(said)
            self.world.agreed |= {(one, channel) for one in self.people}
        self.window = Window(self.house, LiveRules(hold=timedelta(0), caps=CAPS[-1:]))
        self.window.refresh(NOON)
        assert not self.window.troubles
        assert self.house.live is not None
        self.signals = Signals()
        self.live = Live(self.window, self.signals, self.house.live, time.monotonic)
        self.number = 0
        self.ends = {name: FarEnd(name, self.world) for name in (*WRITTEN, "onsite")}

    def teardown(self) -> None:
        if hasattr(self, "state"):
            self.state.close()
            self.reached.update(channel for _, channel, _ in self.world.sent)

    def tick(self, step: timedelta = timedelta(seconds=1)) -> datetime:
        self.clock.move_to(self.clock.now() + step)
        return self.clock.now()

    def desk(self) -> Desk:
        house = self.house
        return Desk(
            outbox=house.outbox,
            copies=house.copies,
            consents=house.consents,
            channels=self.ends,
            sender=SENDER,
            shop_url="https://shop.example/",
            key=KEY,
            market="US",
            caps=CAPS,
            purpose=PURPOSE,
            pauses=house.pauses,
            suppressions=house.suppressions,
            rests=house.rests,
            erasures=house.erasures,
            book=house.promises,
            gate=house.gate,
        )

    @rule(who=st.integers(0, PEOPLE - 1), channel=st.sampled_from((*WRITTEN, "onsite")))
    def decides_in_a_batch(self, who: int, channel: str) -> None:
        now, name = self.tick(), self.people[who]
        self.number += 1
        key = f"d-{self.number}"
        made = replace(decision(key, "c1", sent=True), shopper_id=name, decided_at=now)
        message = Message(
            key, key, "c1", name, channel, f"{name}@mail.example" if channel == "email" else name,
            ZONE, "en-US", f"copy-{channel}", {"reward": "25% off"}, now, now + timedelta(days=20),
        )  # fmt: skip
        held = Reservation(key, "coffee-25", 100, now + timedelta(days=20))
        self.house.commit("c1", [made], [held], [message])

    @rule(answer=st.sampled_from(("sent", "sent", "sent", "retry", "break")))
    def delivers(self, answer: str) -> None:
        for end in self.ends.values():
            end.answer = answer
        deliver_due(self.desk(), f"w{self.number}-{self.clock.now()}", self.clock, limit_group=2)

    @rule(who=st.integers(0, PEOPLE - 1))
    def delivers_while_somebody_leaves(self, who: int) -> None:
        for end in self.ends.values():
            end.answer = "sent"
        leaving = self.people[who]
        now = self.tick()

        def leave() -> None:
            # Groups already on the wire may arrive; whatever is looked at later may not.
            self.house.consents.record([Consent(leaving, "sms", PURPOSE, False, now, "form")])

        self.ends["email"].before = leave
        deliver_due(self.desk(), f"l{self.clock.now()}", self.clock, limit_group=1)
        if self.ends["email"].before is None:
            self.world.agreed.discard((leaving, "sms"))
        self.ends["email"].before = None

    @rule(keep=st.integers(0, 2))
    def a_worker_dies_half_way(self, keep: int) -> None:
        now = self.tick()
        rules_desk = self.desk()
        taken = self.house.outbox.lease("dying", now, 2)
        if not taken or self.world.paused:
            return
        assert rules_desk.gate is not None
        begun = rules_desk.gate.begin(taken, "dying", now, CAPS)
        left = [one for one in taken if begun.get(one.dedupe_key) == ""][:keep]
        for one in left:
            # It looked before it began, as a worker does.
            if (one.shopper_id, one.channel) in self.world.agreed:
                self.world.ids.append(message_id(one.dedupe_key, DOMAINS[one.channel]))
                self.world.sent.append((one.shopper_id, one.channel, now))

    @rule()
    def the_providers_log_comes(self) -> None:
        now = self.tick(timedelta(minutes=5))
        assert self.house.parked is not None
        reconcile_with(
            self.house.parked, "shop.example", now, frozenset(self.world.ids),
            complete_until=now, book=self.house.promises,
        )  # fmt: skip

    @rule(said=st.sampled_from(("sent", "failed")))
    def somebody_reconciles_by_hand(self, said: str) -> None:
        now = self.tick(timedelta(minutes=5))
        parked = self.house.parked
        assert parked is not None
        parked.park(now)
        keys = [one.dedupe_key for one in parked.parked()]
        reconcile_by_hand(parked, keys, said, now, "test", self.house.promises)

    @rule(
        who=st.integers(0, PEOPLE - 1),
        channel=st.sampled_from((*WRITTEN, "onsite", "ads")),
        yes=st.booleans(),
    )
    def consent(self, who: int, channel: str, yes: bool) -> None:
        name, now = self.people[who], self.tick()
        if name in self.world.erased:
            return  # a new shopper then; see the test of coming back
        self.house.consents.record([Consent(name, channel, PURPOSE, yes, now, "form")])
        self.window.agrees(name, channel, yes)
        (self.world.agreed.add if yes else self.world.agreed.discard)((name, channel))

    @rule(who=st.integers(0, PEOPLE - 1))
    def bounces(self, who: int) -> None:
        assert self.house.suppressions is not None
        name = self.people[who]
        barred = [
            Suppression(address_digest(one), "bounced", "email", self.tick(), "test")
            for one in (name, f"{name}@mail.example")
        ]
        self.house.suppressions.add(barred)
        self.world.barred.add(name)

    @rule(yes=st.booleans())
    def pauses(self, yes: bool) -> None:
        self.house.pauses.write(Pause("c1", self.tick(), yes, "by_hand"))
        self.window.look(self.clock.now())
        self.world.paused = yes

    @rule(who=st.integers(0, PEOPLE - 1))
    def is_erased(self, who: int) -> None:
        name, now = self.people[who], self.tick()
        erase(privacy(self.house), name, now, f"salt-{name}")
        self.live.forget(name)
        self.world.erased.add(name)
        self.world.agreed = {one for one in self.world.agreed if one[0] != name}

    @rule(who=st.integers(0, PEOPLE - 1))
    def looks_at_a_page(self, who: int) -> None:
        name, now = self.people[who], self.tick()
        self.number += 1
        request = LiveRequest(f"r{self.number}", name, deadline_ms=5000)
        answer = self.live.decide(request, now)
        if answer.offer is not None:
            self.world.arrives(name, "onsite")

    @rule()
    def exports_ads(self) -> None:
        try:
            found = ad_audience(self.house, self.house.campaigns.get("c1"))
        except RefusedError:
            return
        for one in found.people:
            name = one.email.partition("@")[0]
            assert (name, "ads") in self.world.agreed
            assert name not in self.world.erased

    @rule(hours=st.integers(1, 30))
    def time_goes_by(self, hours: int) -> None:
        self.tick(timedelta(hours=hours))
        self.window.look(self.clock.now())


def on(state: State, template: House) -> House:
    """A house on a database, with what the template learnt."""
    tables, history = MemoryTables(), MemoryHistory()
    for name in template.tables.names():
        tables.put(name, template.tables.get(name))
    house = replace(
        template, consents=state.consents, outbox=state.outbox, deliveries=state.outbox,
        parked=state.outbox, gate=state.outbox, suppressions=state.suppressions,
        rests=state.rests, erasures=state.erasures, retraining=state.models, pauses=state.pauses,
        ledger=state.ledger, stock=state.ledger, promises=state.ledger, commit=state.commit,
        decisions=state.decisions, outcomes=state.outcomes, live=state.live, reviews=state.reviews,
        copies=state.copies, tables=tables, history=history, codes=state.codes,
        redemptions=state.redemptions, offers=state.offers, campaigns=state.campaigns,
    )  # fmt: skip
    stores = (HistoryPersonal(history), TablesPersonal(tables), state.personal)
    return replace(house, personal=stores)


def privacy(house: House) -> PrivacyDesk:
    """Erasing in this house; its orders are no concern here."""
    assert house.erasures is not None
    assert house.suppressions is not None
    assert house.retraining is not None
    return PrivacyDesk(
        house.personal, house.erasures, house.suppressions, house.retraining, (KEY,), b"",
        lambda _person, _now: None,
    )  # fmt: skip


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory, template: House) -> Path:
    """A database with texts, offers and the campaign, to be copied."""
    path = tmp_path_factory.mktemp("paths") / "blank.db"
    state = open_state(f"sqlite:///{path}")
    copies = template.copies.all()
    state.copies.put(copies)
    state.copies.put([copy_for(channel) for channel in (*WRITTEN, "onsite")])
    for one in copies:
        state.reviews.append(template.reviews.of(one.copy_id))
    state.offers.put(template.offers.all())
    for campaign in template.campaigns.all():
        state.campaigns.put(campaign)
    state.close()
    return path


@pytest.mark.slow
def test_nothing_reaches_whom_it_must_not_on_any_path(template: House, blank: Path) -> None:
    class Paths(AllPaths):
        pass

    Paths.reached = Counter()
    Paths.template, Paths.folder, Paths.blank = template, blank.parent, blank
    run_state_machine_as_test(
        Paths,
        settings=settings(
            max_examples=25,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # It would prove nothing if nobody was ever reached.
    assert min(Paths.reached[one] for one in (*WRITTEN, "onsite")) > 3, Paths.reached
