"""Other kinds of content: invitations, joint promotions, descriptions, replies, reports."""

from promoloop.compose.kinds.drafting import Drafting
from promoloop.compose.kinds.figures import Figure, MarketFigures, write_report
from promoloop.compose.kinds.invitation import Invitation, write_invitation
from promoloop.compose.kinds.joint import JointPromotion, write_joint_promotion
from promoloop.compose.kinds.product import ProductSheet, completed_attributes, write_description
from promoloop.compose.kinds.requests import (
    KIND_FIELDS,
    WrittenRows,
    rows_from_data,
    written_from_data,
)
from promoloop.compose.kinds.support import (
    HAND_OVER_REASONS,
    ORDER_STATES,
    OrderFacts,
    SupportQuestion,
    write_reply,
)
from promoloop.compose.kinds.written import Sourced, Written

__all__ = [
    "HAND_OVER_REASONS",
    "KIND_FIELDS",
    "ORDER_STATES",
    "Drafting",
    "Figure",
    "Invitation",
    "JointPromotion",
    "MarketFigures",
    "OrderFacts",
    "ProductSheet",
    "Sourced",
    "SupportQuestion",
    "Written",
    "WrittenRows",
    "completed_attributes",
    "rows_from_data",
    "write_description",
    "write_invitation",
    "write_joint_promotion",
    "write_reply",
    "write_report",
    "written_from_data",
]
