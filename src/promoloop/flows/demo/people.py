"""What the demo has to assume about its shoppers: how to reach them and what they agreed to.

The data has neither addresses nor consents. These are made up by a fixed hash, say so in their
``source`` and go in as ``identify`` rows, the way a shop's own would.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import polars as pl

from promoloop.core import unit_interval
from promoloop.events import EVENT_LINES

__all__ = ["assumed_contacts"]

#: Assumed shares: who agreed to e-mail and to on-site offers, who reads Chinese, who lives where.
EMAIL_SHARE = 0.9
ONSITE_SHARE = 0.95
CHINESE_SHARE = 0.25
TIME_ZONES = (
    (0.55, "America/New_York"),
    (0.85, "America/Chicago"),
    (1.0, "America/Los_Angeles"),
)


def assumed_contacts(shopper_ids: Sequence[str], at: datetime) -> pl.DataFrame:
    """One ``identify`` row per shopper, in the ``EVENT_LINES`` schema, as of ``at``."""
    rows = [
        {
            "message_id": f"assumed-contact-{shopper_id}",
            "line": 0,
            "event": "identify",
            "shopper_id": shopper_id,
            "timestamp": at,
            "properties": json.dumps({"source": "assumed", "traits": _traits(shopper_id)}),
        }
        for shopper_id in shopper_ids
    ]
    return pl.DataFrame(rows, schema=EVENT_LINES)


def _traits(shopper_id: str) -> dict[str, object]:
    def share(what: str) -> float:
        return unit_interval("assumed", what, shopper_id)

    place = share("time zone")
    return {
        "email": f"shopper-{shopper_id}@shopper.example",
        "locale": "zh-CN" if share("locale") < CHINESE_SHARE else "en-US",
        "timezone": next(zone for edge, zone in TIME_ZONES if place < edge),
        "consent": {
            "email": share("email consent") < EMAIL_SHARE,
            "onsite": share("onsite consent") < ONSITE_SHARE,
        },
    }
