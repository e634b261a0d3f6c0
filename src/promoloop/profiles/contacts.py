"""How to reach a shopper, and what they agreed to: read from ``identify`` rows of history.

A shop sends both with Segment's ``identify`` call::

    {"type": "identify", "userId": "42", "timestamp": "2026-11-01T09:00:00Z", "messageId": "m1",
     "traits": {"email": "a@shop.example", "phone": "+12025550143", "locale": "zh-CN",
                "timezone": "Asia/Shanghai",
                "consent": {"email": true, "onsite": true}}}

The latest value of each trait counts. Without a consent entry there is no consent.
"""

from __future__ import annotations

import polars as pl

from promoloop.profiles.records import Consent

__all__ = ["CONTACT", "consents_in", "contacts_in"]

#: One row per identified shopper; empty strings where a trait was never given.
CONTACT = pl.Schema(
    {
        "shopper_id": pl.String(),
        "email": pl.String(),
        "locale": pl.String(),
        "time_zone": pl.String(),
        "phone": pl.String(),
    }
)

_PATHS = {"email": "email", "locale": "locale", "time_zone": "timezone", "phone": "phone"}


def contacts_in(lines: pl.LazyFrame) -> pl.DataFrame:
    """The latest addresses, locale and time zone of each identified shopper (``CONTACT``)."""
    rows = _identify_rows(lines).select(
        "shopper_id",
        *(
            pl.col("properties").str.json_path_match(f"$.traits.{key}").alias(name)
            for name, key in _PATHS.items()
        ),
    )
    latest = rows.group_by("shopper_id", maintain_order=True).agg(
        pl.col(name).drop_nulls().last().fill_null("") for name in _PATHS
    )
    return latest.select(CONTACT.names()).cast(CONTACT).sort("shopper_id").collect()


def consents_in(
    lines: pl.LazyFrame, channels: tuple[str, ...], purpose: str = "promotions"
) -> tuple[Consent, ...]:
    """Every yes and no that ``identify`` rows carry for ``channels``, oldest first."""
    entries: list[Consent] = []
    for channel in channels:
        rows = (
            _identify_rows(lines)
            .select(
                "shopper_id",
                "timestamp",
                pl.col("properties")
                .str.json_path_match(f"$.traits.consent.{channel}")
                .alias("yes"),
            )
            .filter(pl.col("yes").is_in(["true", "false"]))
            .collect()
        )
        entries += [
            Consent(shopper, channel, purpose, yes == "true", at, "identify")
            for shopper, at, yes in rows.iter_rows()
        ]
    return tuple(sorted(entries, key=lambda entry: (entry.at, entry.shopper_id, entry.channel)))


def _identify_rows(lines: pl.LazyFrame) -> pl.LazyFrame:
    return lines.filter(pl.col("event") == "identify").sort("timestamp", "message_id")
