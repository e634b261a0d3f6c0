"""What the database holds on one person: listed whole, then removed or renamed in one step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from promoloop.backends.sql import State
from promoloop.backends.sql.tables import METADATA
from promoloop.core import RefusedError
from promoloop.decide import OfferUse, Reservation, UseTerms
from promoloop.deliver import PushSubscription
from promoloop.events import Received
from promoloop.feedback import Click, Outcome
from promoloop.flows.doors.answers import Answer
from promoloop.flows.privacy.records import Person, shopper_digest
from promoloop.flows.staff.records import AuditEntry
from promoloop.profiles import Consent, ConsentRequest, ContactRest
from promoloop.testing.samples import decision, message

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANN = Person(("718",), ("ann@shop.example",), salt="5a17")
LATER = NOON + timedelta(days=5)


@pytest.fixture
def state(fresh_state: Callable[[], State]) -> State:
    """Two shoppers with a row in every table; ids so short that they stand in other words too."""
    made = fresh_state()
    made.ledger.open("c1", 10_000, {"o1": 10})
    for who, mail in (("718", "ann@shop.example"), ("7180", "bo@shop.example")):
        fill(made, who, mail)
    return made


def fill(state: State, who: str, mail: str) -> None:
    decided = [
        replace(decision(f"d-{n}-{who}", "c1", sent=True), shopper_id=who, features=(2.5,))
        for n in ("sent", "open")
    ]
    messages = [
        replace(message(f"m-{n}-{who}"), decision_id=f"d-{n}-{who}", shopper_id=who, address=mail)
        for n in ("sent", "open")
    ]
    held = [Reservation(one.decision_id, "o1", 300, LATER) for one in decided]
    state.commit("c1", decided, held, messages)
    due = messages[0].not_before
    state.outbox.lease("w", due, 1)
    state.outbox.mark([f"m-sent-{who}"], "w", "sending", due)
    state.outbox.mark([f"m-sent-{who}"], "w", "sent", due)
    state.consents.record([Consent(who, "email", "promotions", True, NOON, "form")])
    asked = ConsentRequest(f"q-{who}", who, "sms", "promotions", "dd", NOON, LATER, "form")
    state.consent_requests.ask([asked])
    state.rests.write([ContactRest(who, "*", LATER, NOON)])
    state.subscriptions.put([PushSubscription(who, f"https://push.example/{who}", "k", "a", NOON)])
    state.clicks.add([Click(f"k-{who}", f"d-sent-{who}", "click", "/", NOON)])
    outcome = Outcome(f"x-{who}", who, f"d-sent-{who}", "ordered", "G", NOON, 900, 300, 60, "real")
    state.outcomes.append([outcome])
    body = f'{{"type":"identify","userId":"{who}","traits":{{"email":"{mail}"}}}}'.encode()
    state.inbox.put([Received(f"i-{who}", who, NOON, body)]).result()
    claim = Answer("key", "POST /v1/decide", f"once-{who}", "f", "t", LATER)
    state.answers.claim(claim, NOON)
    reply = f'{{"shopper_id": "{who}"}}'.encode()
    state.answers.keep(replace(claim, status=200, media="application/json", body=reply))
    done = AuditEntry(f"a-{who}", NOON, "ana", "shopper.look", who, details={"note": f"saw {mail}"})
    state.audit.append([done])


def whole(state: State) -> str:
    """Every value of every table but the suppressed addresses."""
    with state.database.read() as connection:
        return "\n".join(
            str(tuple(row))
            for name in sorted(METADATA.tables)
            for row in connection.execute(text(f"select * from {name}"))
        )


def values(state: State) -> set[str]:
    return set(whole(state).replace('"', "'").split("'"))


def test_the_database_knows_what_else_a_person_goes_by(state: State) -> None:
    found = state.personal.aliases(Person(("718",)))
    assert found.addresses == ("ann@shop.example",)
    assert {"d-sent-718", "d-open-718", "x-718", "m-sent-718"} <= set(found.marks)
    assert not any("7180" in one for one in found.marks)


def test_everything_on_one_person_is_listed_and_nothing_on_another(state: State) -> None:
    held = state.personal.held(state.personal.aliases(ANN))
    assert set(held) == {
        *("answers", "audit", "clicks", "consent_requests", "consents", "decisions", "inbox"),
        *("outbox", "outcomes", "reservations", "rests", "subscriptions"),
    }
    assert "7180" not in str(held)
    assert "bo@shop.example" not in str(held)


def test_nothing_that_names_the_person_stays_and_others_are_untouched(state: State) -> None:
    person = state.personal.aliases(ANN)
    others = state.personal.held(state.personal.aliases(Person(("7180",), ("bo@shop.example",))))
    state.personal.purge(person)
    assert state.personal.held(person) == {}
    assert values(state) & {"718", *person.marks} == set()
    assert "ann@shop.example" not in whole(state)
    again = state.personal.held(state.personal.aliases(Person(("7180",), ("bo@shop.example",))))
    assert again == others


def test_money_stays_and_what_was_not_sent_goes_back(state: State) -> None:
    before = state.ledger.state("c1")
    state.personal.purge(state.personal.aliases(ANN))
    after = state.ledger.state("c1")
    assert before.reserved_minor - after.reserved_minor == 300
    assert state.ledger.stock_left("c1") == {"o1": 7}
    assert sum(one.revenue_minor for one in state.outcomes.between(NOON, LATER)) == 1800
    kept = [
        one for one in state.decisions.of_campaign("c1") if one.shopper_id.startswith("erased-")
    ]
    assert len(kept) == 2
    assert {one.features for one in kept} == {(0.0,)}
    assert all(one.decision_id.startswith("erased-") for one in kept)
    # The order still counts for the promise it was made under, whatever both are called now.
    renamed = {one.decision_id for one in kept}
    assert {one.decision_id for one in state.outcomes.between(NOON, LATER)} & renamed


def test_purged_again_nothing_changes(state: State) -> None:
    person = state.personal.aliases(ANN)
    state.personal.purge(person)
    before = whole(state)
    assert state.personal.purge(person) == {}
    assert whole(state) == before


def test_uses_and_codes_keep_their_caps_and_lose_their_names(state: State) -> None:
    state.codes.fill("o1", ["A1", "A2"])
    state.codes.issue("o1", "d-open-718", "718", NOON)
    use = OfferUse(
        "u1", "k1", "718", "c1", "o1", "d-sent-718", "", "order-9", NOON, "USD", 60, 0, {}
    )
    state.redemptions.redeem(use, UseTerms("c1", 60, 300, LATER, per_shopper=1, total=5))
    state.personal.purge(state.personal.aliases(ANN))
    assert values(state) & {"718", "order-9", "k1", "u1"} == set()
    assert state.codes.left("o1") == 1
    assert [one.discount_minor for one in state.redemptions.between(NOON, LATER)] == [60]


def used(number: int, who: str = "718") -> OfferUse:
    """The offer o1 used once more, by a promise of its own."""
    return OfferUse(
        f"u{number}",
        f"k{number}",
        who,
        "c1",
        "o1",
        f"till-{number}",
        "",
        "",
        NOON,
        "USD",
        60,
        0,
        {},
    )


def test_who_comes_back_after_an_erasure_is_held_to_the_cap_that_stood(state: State) -> None:
    """Twice by each shopper: once before each of two erasures, and then no more."""
    digest = shopper_digest("718", b"a key")
    terms = UseTerms("c1", 60, 300, LATER, per_shopper=2, total=9, known_as=digest)
    for number in (1, 2):
        state.redemptions.redeem(used(number), terms)
        person = replace(state.personal.aliases(ANN), kept_as=digest)
        state.personal.purge(person)
        assert state.personal.purge(person) == {}
        assert values(state) & {"718", f"k{number}", f"u{number}"} == set()
    with pytest.raises(RefusedError, match="this shopper used it as often as it may be"):
        state.redemptions.redeem(used(3), terms)
    other = replace(terms, known_as=shopper_digest("7180", b"a key"))
    assert state.redemptions.redeem(used(4, "7180"), other).state == "redeemed"


def test_devices_of_calls_not_read_yet_go_with_the_person_unless_shared(state: State) -> None:
    def told(message_id: str, who: str, body: str) -> Received:
        return Received(message_id, who, NOON, body.encode())

    state.inbox.put(
        [
            told("j1", "718", '{"type":"identify","userId":"718","anonymousId":"dev-1"}'),
            told("j2", "anonymous:dev-1", '{"type":"page","anonymousId":"dev-1"}'),
            told("j3", "718", '{"type":"identify","userId":"718","anonymousId":"dev-2"}'),
            told("j4", "7180", '{"type":"identify","userId":"7180","anonymousId":"dev-2"}'),
            told("j5", "anonymous:dev-2", '{"type":"page","anonymousId":"dev-2"}'),
        ]
    ).result()
    person = state.personal.aliases(ANN)
    assert person.ids == ("718", "anonymous:dev-1")
    state.personal.purge(person)
    assert "dev-1" not in whole(state)
    assert "anonymous:dev-2" in values(state)
