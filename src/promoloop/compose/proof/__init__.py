"""The proof of every claim of a text, without a model."""

from promoloop.compose.proof.form import too_long
from promoloop.compose.proof.verification import safe_name, verify

__all__ = ["safe_name", "too_long", "verify"]
