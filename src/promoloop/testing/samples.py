"""Small records for the contract suites, and a way to expect an error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from promoloop.compose import Claim, Copy, Verdict
from promoloop.core import PromoloopError
from promoloop.decide import NOTHING, Decision, Reservation, Weighed
from promoloop.deliver import Message
from promoloop.feedback import Outcome
from promoloop.learn import GateResult, ModelVersion
from promoloop.offers import Campaign, Offer, PercentOff, Product
from promoloop.profiles import Consent

__all__ = [
    "COFFEE_NAMES",
    "CURRENCY_OF",
    "HOSTILE",
    "NOON",
    "TOTE_NAMES",
    "campaign",
    "consent",
    "copy",
    "decision",
    "expecting",
    "message",
    "model",
    "offer",
    "outcome",
    "product",
    "reservation",
]

#: With microseconds, so that a store that drops them is found out.
NOON = datetime(2026, 11, 2, 12, 0, 0, 250001, tzinfo=UTC)

#: What somebody may call a product, a shopper or themselves.
HOSTILE = (
    "x'); DROP TABLE products; --",
    "' OR '1'='1",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "%s%n${jndi:ldap://x.example}",
    "../../etc/passwd",
    "\u202eevil\u2028\r\nBcc: all@x.example",
)


#: What a shop sells and gives away, in every language it may speak, and what is paid there.
COFFEE_NAMES = {
    "en-US": "coffee",
    "zh-CN": "咖啡",
    "de-DE": "Kaffee",
    "fr-FR": "café",
    "es-ES": "café",
    "ja-JP": "コーヒー",
}
TOTE_NAMES = {
    "en-US": "tote bag",
    "zh-CN": "帆布袋",
    "de-DE": "Stofftasche",
    "fr-FR": "sac en toile",
    "es-ES": "bolsa de tela",
    "ja-JP": "トートバッグ",
}
CURRENCY_OF = {
    "en-GB": "GBP",
    "zh-TW": "TWD",
    "de-DE": "EUR",
    "fr-FR": "EUR",
    "es-ES": "EUR",
    "ja-JP": "JPY",
}


@contextmanager
def expecting(error: type[PromoloopError]) -> Iterator[None]:
    """The block must raise ``error``."""
    try:
        yield
    except error:
        return
    raise AssertionError(f"expected {error.__name__}, nothing was raised")


def product(product_id: str, price_minor: int = 499) -> Product:
    """A product."""
    return Product(
        product_id, "Ground coffee “dark” 咖啡", "COFFEE", "GROCERY", "", price_minor, "USD"
    )


def offer(offer_id: str, percent: int = 20) -> Offer:
    """An offer on coffee."""
    until = NOON + timedelta(days=28)
    names = {"en-US": "coffee", "zh-CN": "咖啡"}
    return Offer(offer_id, names, "COFFEE", PercentOff(percent, 400), NOON, until, "USD")


def campaign(campaign_id: str, budget_minor: int = 100_000) -> Campaign:
    """A campaign with two offers."""
    return Campaign(
        campaign_id,
        "Autumn",
        ("o1", "o2"),
        {"email": 2, "onsite": 0},
        (9, 18),
        budget_minor,
        "USD",
        {"policy": 0.5, "random": 0.2, "bau": 0.2, "holdout": 0.1},
        NOON,
        12,
        "salt",
        lifecycle=("active", "vip"),
    )


def consent(shopper_id: str, granted: bool, minutes: int = 0, channel: str = "email") -> Consent:
    """A consent to marketing given or withdrawn ``minutes`` after ``NOON``."""
    at = NOON + timedelta(minutes=minutes)
    return Consent(shopper_id, channel, "marketing", granted, at, "checkout")


def copy(copy_id: str) -> Copy:
    """An approved variant."""
    return Copy(
        copy_id,
        "b1",
        "o1",
        1,
        "zh-CN",
        "onsite",
        "welcome",
        "v1",
        {"headline": "{{reward}}", "body": "今天就用", "call": "去看看"},
        "model",
        "gemma",
        "ab12",
        Verdict(True, (Claim("{{reward}}", "amount", "offer.reward"),), ()),
        ("too long",),
        NOON,
        "今天就用",
        0.875,
    )


def decision(decision_id: str, campaign_id: str = "c1", sent: bool = True) -> Decision:
    """A decision to send an e-mail, or nothing."""
    return Decision(
        decision_id=decision_id,
        campaign_id=campaign_id,
        shopper_id="s1",
        arm="policy",
        decided_at=NOON,
        send_at=NOON + timedelta(hours=6) if sent else None,
        action="o1/email/18" if sent else NOTHING,
        offer_id="o1" if sent else None,
        channel="email" if sent else None,
        hour=18 if sent else None,
        variant="v1" if sent else None,
        propensity=0.1 + 0.2,  # not a decimal: every bit must come back
        value_minor=31.25,
        spend_minor=12.5,
        liability_minor=400,
        reasons=("value",),
        weighed=(Weighed("o1/email/18", 0.3, 31.25, 12.5, 20.0), Weighed(NOTHING, 0.7, 0, 0, 0)),
        rejected={"o2/email/18": "cap"},
        prices={"budget": 0.9, "o1": 0.0},
        features=(1.0, 1 / 3),
        policy="squarecb",
        model_version="m1",
        seed=(1 << 63) - 1,
    )


def reservation(decision_id: str, amount_minor: int, offer_id: str = "o1") -> Reservation:
    """A reservation that ends a day after ``NOON``."""
    return Reservation(decision_id, offer_id, amount_minor, NOON + timedelta(days=1))


def message(key: str, minutes: int = 0, shopper_id: str = "s1") -> Message:
    """An e-mail due ``minutes`` after ``NOON``."""
    return Message(
        dedupe_key=key,
        decision_id=f"d-{key}",
        campaign_id="c1",
        shopper_id=shopper_id,
        channel="email",
        address=f"{shopper_id}@example.org",
        time_zone="America/New_York",
        locale="en-US",
        copy_id="y1",
        slots={"reward": "20% off"},
        not_before=NOON + timedelta(minutes=minutes),
        expires_at=NOON + timedelta(days=1),
    )


def outcome(outcome_id: str, minutes: int = 0) -> Outcome:
    """A simulated order ``minutes`` after ``NOON``."""
    at = NOON + timedelta(minutes=minutes)
    return Outcome(outcome_id, "s1", "d1", "ordered", "COFFEE", at, 998, 300, 200, "simulated")


def model(
    version_id: str, kind: str = "effect", days: int = 0, gated: bool = False
) -> ModelVersion:
    """A model in shadow, created ``days`` after ``NOON``."""
    created = NOON + timedelta(days=days)
    gate = GateResult(True, "better", 0.5, 0.1, 0.9, 800.0, 2500) if gated else None
    parameters: dict[str, object] = {"mean": [0.5, -1.25], "names": ["a", "b"], "depth": 3}
    return ModelVersion(
        version_id, kind, created, NOON, created, parameters, {"auc": 0.75}, "shadow", gate
    )
