"""Brief, draft, verify, variant."""

from promoloop.compose.ports import CopyBank, LanguageModel
from promoloop.compose.records import Brief, Claim, Copy, Verdict

__all__ = [
    "Brief",
    "Claim",
    "Copy",
    "CopyBank",
    "LanguageModel",
    "Verdict",
]
