"""Which groups measure a training run while it is being designed."""

from __future__ import annotations

from collections.abc import Sequence

from promoloop.compose.records import ProductGroup
from promoloop.core import stable_hash

__all__ = ["validation_groups"]


def validation_groups(groups: Sequence[ProductGroup], share: float = 0.1) -> frozenset[str]:
    """Ids of about ``share`` of the groups that are not held out.

    Formats and rates are compared on these, so that the held-out groups stay unread until the
    end. A group's place depends on its id alone: new groups do not move the old ones.
    """
    parts = 10_000
    return frozenset(
        one.group_id
        for one in groups
        if not one.held_out
        and stable_hash("validation-groups", one.group_id) % parts < share * parts
    )
