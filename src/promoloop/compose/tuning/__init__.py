"""What the small model is taught, and how it is asked afterwards: the same words for both."""

from promoloop.compose.tuning.documents import Document, Piece, training_documents
from promoloop.compose.tuning.frames import BLANK, Frames
from promoloop.compose.tuning.neighbours import nearest_groups
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
    CellPrompt,
    Library,
    cell_prompts,
    row_prompt,
)
from promoloop.compose.tuning.shelf import Shelf
from promoloop.compose.tuning.split import validation_groups

__all__ = [
    "BLANK",
    "FORMAT_HASH",
    "AdapterVerdict",
    "Cell",
    "CellPrompt",
    "Document",
    "Frames",
    "Library",
    "Piece",
    "PreferencePair",
    "PreferenceRow",
    "Shelf",
    "adapter_gate",
    "cell_prompts",
    "nearest_groups",
    "preference_pairs",
    "row_prompt",
    "training_documents",
    "validation_groups",
]
