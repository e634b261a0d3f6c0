"""Copy that gets better: traits, a prior for new variants, children of the best, diversity."""

from promoloop.compose.improving.diversity import distance, pool_distance
from promoloop.compose.improving.lineage import (
    WAYS,
    Lineage,
    copy_cell,
    hook_in,
    next_variant,
    shown_words,
)
from promoloop.compose.improving.mutation import can_mutate, mutation_forms
from promoloop.compose.improving.prior import VariantBelief, believed
from promoloop.compose.improving.renewal import (
    Breeding,
    Children,
    Judge,
    Nursery,
    Parent,
    bred,
    planned_calls,
)
from promoloop.compose.improving.traits import (
    TRAITS,
    VariantText,
    form_of,
    meaning_axes,
    variant_traits,
)

__all__ = [
    "TRAITS",
    "WAYS",
    "Breeding",
    "Children",
    "Judge",
    "Lineage",
    "Nursery",
    "Parent",
    "VariantBelief",
    "VariantText",
    "believed",
    "bred",
    "can_mutate",
    "copy_cell",
    "distance",
    "form_of",
    "hook_in",
    "meaning_axes",
    "mutation_forms",
    "next_variant",
    "planned_calls",
    "pool_distance",
    "shown_words",
    "variant_traits",
]
