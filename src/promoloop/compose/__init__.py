"""Brief, draft, verify, variant."""

from promoloop.compose.brief import briefs_for, facts_for_copy
from promoloop.compose.ports import CopyBank, DraftingModel, LanguageModel, TextEncoder
from promoloop.compose.proof import Fact, FactSheet, fact_sheet, safe_name, verify
from promoloop.compose.records import (
    CHANNELS,
    LENGTHS,
    MOMENTS,
    Brief,
    Claim,
    Completion,
    Copy,
    Hook,
    ProductGroup,
    Verdict,
)
from promoloop.compose.slots import fill
from promoloop.compose.write import Hooks, WriteResult, propose_hooks, write_variants

__all__ = [
    "CHANNELS",
    "LENGTHS",
    "MOMENTS",
    "Brief",
    "Claim",
    "Completion",
    "Copy",
    "CopyBank",
    "DraftingModel",
    "Fact",
    "FactSheet",
    "Hook",
    "Hooks",
    "LanguageModel",
    "ProductGroup",
    "TextEncoder",
    "Verdict",
    "WriteResult",
    "briefs_for",
    "fact_sheet",
    "facts_for_copy",
    "fill",
    "propose_hooks",
    "safe_name",
    "verify",
    "write_variants",
]
