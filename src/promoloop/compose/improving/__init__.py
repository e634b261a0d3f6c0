"""Copy that gets better: traits, a prior for new variants, children of the best, diversity."""

from promoloop.compose.improving.prior import VariantBelief, believed
from promoloop.compose.improving.traits import (
    TRAITS,
    VariantText,
    form_of,
    meaning_axes,
    variant_traits,
)

__all__ = [
    "TRAITS",
    "VariantBelief",
    "VariantText",
    "believed",
    "form_of",
    "meaning_axes",
    "variant_traits",
]
