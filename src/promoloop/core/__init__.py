"""Money, identifiers, time, locales and errors: what every room stands on."""

from promoloop.core.arrays import numbers
from promoloop.core.clock import Clock, SteppedClock, require_utc
from promoloop.core.errors import (
    InvalidError,
    PromoloopError,
    RefusedError,
    UnavailableError,
    trail_of,
)
from promoloop.core.fields import (
    Readers,
    as_list,
    as_mapping,
    part_from_data,
    plain,
    record_from_data,
)
from promoloop.core.ids import stable_hash, time_ordered_id, unit_interval
from promoloop.core.locale import (
    date_text,
    language_of,
    locale_kin,
    percent_text,
    require_locale,
    script_of,
)
from promoloop.core.money import Money, minor_from_decimal, percent_of
from promoloop.core.saved import Saved
from promoloop.core.tongues import in_script, tongue_of, tongue_table, tongues_in

__all__ = [
    "Clock",
    "InvalidError",
    "Money",
    "PromoloopError",
    "Readers",
    "RefusedError",
    "Saved",
    "SteppedClock",
    "UnavailableError",
    "as_list",
    "as_mapping",
    "date_text",
    "in_script",
    "language_of",
    "locale_kin",
    "minor_from_decimal",
    "numbers",
    "part_from_data",
    "percent_of",
    "percent_text",
    "plain",
    "record_from_data",
    "require_locale",
    "require_utc",
    "script_of",
    "stable_hash",
    "time_ordered_id",
    "tongue_of",
    "tongue_table",
    "tongues_in",
    "trail_of",
    "unit_interval",
]
