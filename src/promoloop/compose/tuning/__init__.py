"""What the small model is taught, and how it is asked afterwards: the same words for both."""

from promoloop.compose.tuning.documents import Document, Piece, training_documents
from promoloop.compose.tuning.frames import Frames
from promoloop.compose.tuning.neighbours import nearest_groups
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
    "FORMAT_HASH",
    "Cell",
    "CellPrompt",
    "Document",
    "Frames",
    "Library",
    "Piece",
    "Shelf",
    "cell_prompts",
    "nearest_groups",
    "row_prompt",
    "training_documents",
    "validation_groups",
]
