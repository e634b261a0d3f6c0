"""The proof of every claim of a text, without a model."""

from promoloop.compose.proof.claims import former_prices, health_claim, market_of
from promoloop.compose.proof.dates import says_running
from promoloop.compose.proof.lengths import sent_text, sms_segments, sms_text, too_long
from promoloop.compose.proof.names import safe_name
from promoloop.compose.proof.sheet import FACT_KINDS, Fact, FactSheet, fact_sheet, sheet_of
from promoloop.compose.proof.verification import verify, verify_statement

__all__ = [
    "FACT_KINDS",
    "Fact",
    "FactSheet",
    "fact_sheet",
    "former_prices",
    "health_claim",
    "market_of",
    "safe_name",
    "says_running",
    "sent_text",
    "sheet_of",
    "sms_segments",
    "sms_text",
    "too_long",
    "verify",
    "verify_statement",
]
