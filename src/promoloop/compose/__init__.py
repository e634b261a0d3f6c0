"""Brief, draft, verify, variant."""

from promoloop.compose.ports import CopyBank, LanguageModel
from promoloop.compose.records import Brief, Claim, Copy, Verdict
from promoloop.compose.verify import safe_name, verify

__all__ = [
    "Brief",
    "Claim",
    "Copy",
    "CopyBank",
    "LanguageModel",
    "Verdict",
    "safe_name",
    "verify",
]
