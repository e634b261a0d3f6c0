"""Replies to shoppers' questions on offers, orders and returns, or the hand-over to a person.

Which question it is follows from words (``[reply.intents]``), what is answered from the facts
given. Whatever a person should read first is handed over with a reason code: complaints, legal
and medical matters, anger, requests to act, missing facts, questions we do not understand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from promoloop.compose.kinds.checks import require_name, require_written
from promoloop.compose.kinds.drafting import Drafting, better
from promoloop.compose.kinds.subjects import answered_by, only_of_returns
from promoloop.compose.kinds.tongue import other_tongue
from promoloop.compose.kinds.wording import gap_of, limits_of, sentences_of, spoken, words_of
from promoloop.compose.kinds.written import Known, Sourced, Written, proven
from promoloop.compose.proof import Fact, FactSheet, sheet_of
from promoloop.compose.records import Verdict
from promoloop.compose.slots import fill
from promoloop.compose.templates import offer_clause
from promoloop.core import InvalidError, Money, date_text, require_locale
from promoloop.offers import OfferFacts

__all__ = ["HAND_OVER_REASONS", "ORDER_STATES", "OrderFacts", "SupportQuestion", "write_reply"]

_KIND = "reply"
ORDER_STATES = ("placed", "packed", "shipped", "delivered", "cancelled", "returned", "refunded")
HAND_OVER_REASONS = (
    "complaint", "legal", "medical", "angry", "person_wanted", "personal_data", "needs_action",
    "other_language", "no_texts", "too_long", "unknown_question", "missing_order",
    "missing_offer", "missing_policy", "policy_language", "not_in_policy",
    "missing_refund", "missing_date", "late_order", "contradiction",
    "personal_code", "not_begun", "unproven",
)  # fmt: skip
"""Why a question goes to a person."""

_LONGEST = 2000
_LONGEST_POLICY = 400
_NUMBER_OF_CARD = re.compile(r"(?<!\d)(?:\d[ -]?){13,19}(?!\d)")


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What the shop's system says of one order. Amounts in minor units of the currency."""

    order_id: str
    status: str
    currency: str = ""
    placed_on: date | None = None
    shipped_on: date | None = None
    expected_on: date | None = None
    delivered_on: date | None = None
    refunded_on: date | None = None
    refund_minor: int | None = None
    carrier: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", self.order_id):
            raise InvalidError(
                "field order_id", f"{self.order_id!r:.50} is no order number", "Give it as it is."
            )
        if self.status not in ORDER_STATES:
            raise InvalidError(
                f"order {self.order_id}, field status",
                f"it is {self.status!r}",
                f"Use one of {', '.join(ORDER_STATES)}.",
            )
        if self.carrier:
            require_name(self.carrier, "carrier")
        if self.refund_minor is not None and (self.refund_minor <= 0 or not self.currency):
            raise InvalidError(
                f"order {self.order_id}, field refund_minor",
                "it is not above zero, or the currency is missing",
                "Give both.",
            )


@dataclass(frozen=True, slots=True)
class SupportQuestion:
    """A shopper's question, and what the shop knows that may bear on it.

    ``policies`` are the shop's own sentences by topic (``returns``, ``shipping``); ``today`` is
    the local day, by which an order is late or not and an offer over or ahead: the facts of one
    that begins later are told as of that day (``offer_facts``, ``now``).
    """

    question: str
    locale: str
    today: date
    order: OrderFacts | None = None
    offer: OfferFacts | None = None
    policies: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_locale(self.locale)
        if not self.question.strip():
            raise InvalidError("field question", "it is empty", "Give the shopper's words.")
        for topic, text in self.policies.items():
            require_written(text, f"policies, {topic}", _LONGEST_POLICY)
        if self.order is not None:
            _require_past(self.order, self.today)


def _require_past(order: OrderFacts, today: date) -> None:
    """Only the day that an order is expected by may be ahead."""
    for slot, day in _days(order).items():
        if slot != "expected_on" and day > today:
            raise InvalidError(
                f"order {order.order_id}, field {slot}",
                f"{day} is after today, {today}",
                "Give the day on which it happened, or leave the field out until then.",
            )


def write_reply(asked: SupportQuestion, drafting: Drafting | None = None, turn: int = 0) -> Written:
    """The proven answer, or an acknowledgement with the reason for handing over.

    Examples
    --------
    >>> order = OrderFacts("A-1041", "shipped", shipped_on=date(2026, 11, 18))
    >>> question = SupportQuestion("Where is my order?", "en-US", date(2026, 11, 20), order)
    >>> write_reply(question).parts["text"]
    'Thank you for your message. Order A-1041 was sent on Nov 18.'
    >>> write_reply(SupportQuestion("This is a scam!", "en-US", date(2026, 11, 20))).hand_over
    'complaint'
    """
    if not spoken(asked.locale):
        return _speechless(asked)
    words = words_of(asked.locale)[_KIND]
    tongue = other_tongue(asked.question, asked.locale)
    intents = [name for name, pattern in words["intents"].items() if _says(asked, pattern)]
    if only_of_returns(asked.question, words["intents"]):
        intents = [name for name in intents if name != "shipping"]
    reason = _person_first(asked, words) or ("" if intents else "unknown_question")
    reason = reason or next((why for name in intents if (why := _lacks(asked, name))), "")
    if reason:
        detail = (f"language: the question is in {tongue}",) if reason == "other_language" else ()
        return _handed_over(asked, reason, turn, detail)
    known, sheet = _known(asked), _sheet(asked)
    told = sentences_of([words["thanks"]], known, turn)
    for name in intents:
        told += sentences_of(words["answer"][_key(asked, name)], known, turn)
    told = list(dict.fromkeys(told))
    limits = limits_of(asked.locale, _KIND, "message")
    written = _written(asked, told, sheet, limits)
    if not written.verdict.passed:
        return _handed_over(asked, "unproven", turn, written.verdict.reasons)
    used = {field for _, fields in told for field in fields}
    needed = [slot for slot, one in known.items() if set(one.fields) & used]
    return better(written, known, needed, sheet, limits, drafting)


def _written(
    asked: SupportQuestion,
    told: list[tuple[str, tuple[str, ...]]],
    sheet: FactSheet,
    limits: Mapping[str, int],
) -> Written:
    parts = {"text": gap_of(asked.locale).join(text for text, _ in told)}
    sources = tuple(Sourced("text", text, fields) for text, fields in told)
    return Written(_KIND, asked.locale, "message", parts, proven(parts, sheet, limits), sources)


def _handed_over(
    asked: SupportQuestion, reason: str, turn: int, refused: tuple[str, ...] = ()
) -> Written:
    told = sentences_of([words_of(asked.locale)[_KIND]["handed_over"]], {}, turn)
    done = _written(asked, told, FactSheet(asked.locale, ()), {})
    return Written(
        _KIND, asked.locale, "message", done.parts, done.verdict, done.sources,
        refused=refused, hand_over=reason,
    )  # fmt: skip


def _speechless(asked: SupportQuestion) -> Written:
    """Handed over without a word: there is no text of ours in the language."""
    reason = f"language: there are no replies in {asked.locale}"
    return Written(
        _KIND, asked.locale, "message", {}, Verdict(False, (), (reason,)), (),
        refused=(reason,), hand_over="no_texts",
    )  # fmt: skip


def _says(asked: SupportQuestion, pattern: str) -> bool:
    return re.search(pattern, asked.question.casefold()) is not None


def _person_first(asked: SupportQuestion, words: Mapping[str, Mapping[str, str]]) -> str:
    """The reason to hand over whatever the question is, "" when there is none."""
    text = asked.question
    if len(text) > _LONGEST:
        return "too_long"
    if _NUMBER_OF_CARD.search(text):
        return "personal_data"
    for reason, pattern in words["hand_over"].items():
        if _says(asked, pattern):
            return reason
    letters = [c for c in text if c.isalpha() and c.isascii()]
    shouted = len(letters) > 15 and sum(c.isupper() for c in letters) > 0.7 * len(letters)
    if shouted or re.search(r"[!！?？]{3,}", text):
        return "angry"
    return "other_language" if other_tongue(text, asked.locale) else ""


def _lacks(asked: SupportQuestion, intent: str) -> str:
    """Why ``intent`` cannot be answered from what is given, "" when it can."""
    if intent in ("order", "refund") and asked.order is None:
        return "missing_order"
    if intent == "order":
        return _order_lacks(asked)
    if intent == "refund":
        told = asked.order is not None and asked.order.refund_minor and asked.order.refunded_on
        return "" if told else "missing_refund"
    if intent in ("returns", "shipping"):
        return _policy_lacks(asked, intent)
    return _offer_lacks(asked, intent)


def _offer_lacks(asked: SupportQuestion, intent: str) -> str:
    if asked.offer is None:
        return "missing_offer"
    if asked.offer.starts > asked.today and not asked.offer.upcoming:
        return "not_begun"  # its clauses do not say from when
    return "personal_code" if intent == "code" and len(asked.offer.codes) > 1 else ""


def _policy_lacks(asked: SupportQuestion, topic: str) -> str:
    if topic not in asked.policies:
        return "missing_policy"
    if other_tongue(asked.policies[topic], asked.locale):
        return "policy_language"
    names = (asked.order.order_id,) if asked.order else ()
    words = words_of(asked.locale)[_KIND]
    told = answered_by(asked.question, topic, asked.policies, words, names)
    return "" if told else "not_in_policy"


def _order_lacks(asked: SupportQuestion) -> str:
    order = asked.order
    if order is None:
        return "missing_order"
    on_the_way = order.status in ("placed", "packed", "shipped")
    if on_the_way and order.expected_on and order.expected_on < asked.today:
        return "late_order"
    if order.status in ("shipped", "delivered") and _says(asked, _intents(asked)["not_there"]):
        return "contradiction"
    needed = {
        "placed": order.placed_on, "shipped": order.shipped_on, "delivered": order.delivered_on,
        "refunded": order.refunded_on,
    }  # fmt: skip
    return "missing_date" if needed.get(order.status, asked.today) is None else ""


def _intents(asked: SupportQuestion) -> Mapping[str, str]:
    cues: Mapping[str, str] = words_of(asked.locale)[_KIND]["cues"]
    return cues


def _key(asked: SupportQuestion, intent: str) -> str:
    """The answer's key: orders are told by their state, codes by whether there is one.

    Of an offer that is over nothing is told but when it ended.
    """
    if intent == "order" and asked.order is not None:
        return f"order_{asked.order.status}"
    if intent in ("code", "deadline", "terms") and _is_over(asked):
        return "ended"
    if intent == "code" and asked.offer is not None and not asked.offer.codes:
        return "no_code"
    return intent


def _is_over(asked: SupportQuestion) -> bool:
    return asked.offer is not None and asked.offer.deadline < asked.today


def _known(asked: SupportQuestion) -> dict[str, Known]:
    known = {
        f"policy_{topic}": Known(text.strip(), (f"policy.{topic}",))
        for topic, text in asked.policies.items()
    }
    if asked.offer is not None:
        clause = offer_clause(asked.locale, asked.offer.clauses)
        offer = fill({"offer": clause}, asked.offer.clauses)["offer"]
        known["offer"] = Known(offer, tuple(f"offer.{slot}" for slot in asked.offer.clauses))
        known["deadline"] = Known(asked.offer.clauses["deadline"], ("offer.deadline",))
        last = asked.offer.deadline
        ended_on = date_text(last, asked.locale, year=last.year != asked.today.year)
        known["ended_on"] = Known(ended_on, ("offer.deadline",))
        if len(asked.offer.codes) == 1:
            known["code"] = Known(asked.offer.codes[0], ("offer.code",))
    return known | (_order_known(asked.order, asked.locale) if asked.order else {})


def _order_known(order: OrderFacts, locale: str) -> dict[str, Known]:
    known = {"order": Known(order.order_id, ("order.order_id",))}
    for slot, day in _days(order).items():
        known[slot] = Known(date_text(day, locale), (f"order.{slot}",))
    if order.carrier:
        known["carrier"] = Known(order.carrier, ("order.carrier",))
    if order.refund_minor is not None:
        refund = Money(order.refund_minor, order.currency).text(locale)
        known["refund"] = Known(refund, ("order.refund_minor",))
    return known


def _days(order: OrderFacts) -> dict[str, date]:
    days = {
        "placed_on": order.placed_on, "shipped_on": order.shipped_on,
        "expected_on": order.expected_on, "delivered_on": order.delivered_on,
        "refunded_on": order.refunded_on,
    }  # fmt: skip
    return {slot: day for slot, day in days.items() if day is not None}


def _sheet(asked: SupportQuestion) -> FactSheet:
    facts = [
        Fact("phrase", text.strip(), f"policy.{topic}") for topic, text in asked.policies.items()
    ]
    currency = ""
    if asked.offer is not None:
        told = sheet_of(asked.offer)
        facts, currency = [*facts, *told.facts], told.currency
    if asked.order is not None:
        facts += _order_facts(asked.order)
        currency = asked.order.currency or currency
    return FactSheet(asked.locale, tuple(facts), currency, asked.today)


def _order_facts(order: OrderFacts) -> list[Fact]:
    facts = [Fact("code", order.order_id, "order.order_id")]
    facts += [Fact("date", day, f"order.{slot}") for slot, day in _days(order).items()]
    if order.expected_on:
        facts.append(Fact("date", order.expected_on, "order.expected_on", "ends"))
    if order.carrier:
        facts.append(Fact("name", order.carrier, "order.carrier"))
    if order.refund_minor is not None:
        facts.append(Fact("money", order.refund_minor, "order.refund_minor", "refund"))
        facts.append(Fact("promise", "refund", "order.refund_minor"))
    return facts
