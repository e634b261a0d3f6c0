"""Who follows a link to the preferences: a pseudonymous shopper, on one channel."""

from __future__ import annotations

from dataclasses import dataclass

from promoloop.core import InvalidError
from promoloop.deliver import UNSUBSCRIBE, Keys, read_token, signed_token

__all__ = ["CHANNELS", "Person", "person_of", "preferences_token", "require_channel"]

#: What a shopper can say yes or no to.
CHANNELS = ("email", "sms", "push", "onsite")


@dataclass(frozen=True, slots=True)
class Person:
    """The shopper a signed link names, and the channel it was sent on."""

    shopper_id: str
    channel: str


def preferences_token(keys: Keys, shopper_id: str, channel: str = "email") -> str:
    """The token of the link in every message: it opens the preferences and unsubscribes."""
    return signed_token(keys, UNSUBSCRIBE, shopper_id, channel)


def person_of(keys: Keys, token: str) -> Person:
    """Who a link names; ``InvalidError``, always the same one, when it is not one of ours."""
    shopper_id, channel = read_token(keys, UNSUBSCRIBE, token)[:2]
    return Person(shopper_id, channel)


def require_channel(channel: str) -> None:
    """Refuse a channel that nobody can say yes or no to."""
    if channel not in CHANNELS:
        raise InvalidError(
            f"the channel {channel[:40]!r}",
            "there is none of this name",
            f"Use one of {', '.join(CHANNELS)}.",
        )
