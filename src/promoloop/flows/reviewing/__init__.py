"""What people do with texts in review: look, approve, change, call back, retire."""

from promoloop.flows.reviewing.approving import approve
from promoloop.flows.reviewing.editing import edit
from promoloop.flows.reviewing.looking import in_review, show_text
from promoloop.flows.reviewing.records import (
    EditReport,
    ReviewPage,
    ReviewReport,
    ReviewStep,
    ReviewText,
    Wanted,
)
from promoloop.flows.reviewing.taking_out import recall, retire

__all__ = [
    "EditReport",
    "ReviewPage",
    "ReviewReport",
    "ReviewStep",
    "ReviewText",
    "Wanted",
    "approve",
    "edit",
    "in_review",
    "recall",
    "retire",
    "show_text",
]
