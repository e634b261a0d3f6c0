"""The proof of every claim of a text, without a model."""

from promoloop.compose.proof.form import too_long
from promoloop.compose.proof.sheet import FACT_KINDS, Fact, FactSheet, fact_sheet, sheet_of
from promoloop.compose.proof.verification import safe_name, verify

__all__ = [
    "FACT_KINDS",
    "Fact",
    "FactSheet",
    "fact_sheet",
    "safe_name",
    "sheet_of",
    "too_long",
    "verify",
]
