"""What the small model is taught, and how it is asked afterwards: the same words for both."""

from promoloop.compose.tuning.documents import Document, Piece, training_documents
from promoloop.compose.tuning.frames import BLANK, Frames
from promoloop.compose.tuning.preferences import (
    AdapterVerdict,
    PreferencePair,
    PreferenceRow,
    adapter_gate,
    preference_pairs,
)
from promoloop.compose.tuning.prompt import (
    FORMAT_HASH,
    Cell,
    Library,
    row_prompt,
    shape_of,
)
from promoloop.compose.tuning.split import validation_groups

__all__ = [
    "BLANK",
    "FORMAT_HASH",
    "AdapterVerdict",
    "Cell",
    "Document",
    "Frames",
    "Library",
    "Piece",
    "PreferencePair",
    "PreferenceRow",
    "adapter_gate",
    "preference_pairs",
    "row_prompt",
    "shape_of",
    "training_documents",
    "validation_groups",
]
