"""``[channels]``, ``[push]``, ``[sms]``, ``[webhook]``: how shoppers are reached besides mail."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from promoloop.settings.faults import wrong

__all__ = [
    "ChannelSettings",
    "PushSettings",
    "SmsSettings",
    "WebhookSettings",
    "check_channels",
]


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """What holds for every channel, and how mail is signed.

    ``own`` names channels of one's own (entry points of the group ``promoloop.channels``), and
    ``options`` has a table for each. ``pace`` is messages a second per channel, none where it is
    not named. A message is tried ``attempts`` times at once; after ``failures`` in a row a
    provider rests ``rest_seconds``. Mail of ``dkim_domain`` is signed with the keys in
    ``PROMOLOOP_DKIM_KEY``, one for each of ``dkim_selectors``; what cannot be delivered goes back
    to ``bounces``. ``connections`` to the mail server are kept side by side. ``group`` messages
    are handed over together: more is faster, and so many can be in doubt after a crash.
    """

    own: tuple[str, ...] = ()
    options: Mapping[str, Mapping[str, str | int | float | bool]] = field(default_factory=dict)
    pace: Mapping[str, float] = field(default_factory=dict)
    attempts: int = 3
    failures: int = 5
    rest_seconds: float = 15.0
    dkim_domain: str = ""
    dkim_selectors: tuple[str, ...] = ()
    bounces: str = ""
    connections: int = 1
    group: int = 20


@dataclass(frozen=True, slots=True)
class PushSettings:
    """Notifications in the browser; on once there is a ``contact`` and ``PROMOLOOP_VAPID_KEY``.

    ``contact`` is ``mailto:`` and an address, ``hosts`` the push services that are posted to,
    the known ones where it is empty.
    """

    contact: str = ""
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """The provider of text messages; on once there is a ``url``. See ``SmsProvider``.

    The value of ``auth_header`` is in ``PROMOLOOP_SMS_AUTH``.
    """

    url: str = ""
    fields: Mapping[str, str] = field(
        default_factory=lambda: {"to": "{to}", "text": "{text}", "from": "{from}", "id": "{id}"}
    )
    body: str = "json"
    headers: Mapping[str, str] = field(default_factory=dict)
    auth_header: str = "Authorization"
    sender: str = ""
    idempotent: bool = False
    most_segments: int = 3


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Messages to a server of the shop's; on once there is a ``url``.

    They are signed with ``PROMOLOOP_WEBHOOK_SECRETS``, the newest first, with spaces between.
    """

    url: str = ""


_WORD = re.compile(r"[A-Za-z0-9_-]{1,60}")


def check_channels(
    channels: ChannelSettings,
    push: PushSettings,
    sms: SmsSettings,
    webhook: WebhookSettings,
    path: Path,
) -> None:
    """Refuse what no message could be sent with."""
    _check_names(channels, path)
    _check_figures(channels, path)
    if bool(channels.dkim_domain) != bool(channels.dkim_selectors):
        remedy = "Give dkim_domain and dkim_selectors, both or neither."
        raise wrong(path, "channels.dkim_domain", channels.dkim_domain, remedy)
    if push.contact and not push.contact.startswith("mailto:"):
        raise wrong(path, "push.contact", push.contact, "Write mailto:you@shop.example.")
    for name, url in (("sms.url", sms.url), ("webhook.url", webhook.url)):
        if url and urlsplit(url).scheme not in {"http", "https"}:
            raise wrong(path, name, url, "Write it like https://provider.example/send.")
    if sms.body not in {"json", "form"}:
        raise wrong(path, "sms.body", sms.body, "Write json or form.")
    if sms.most_segments < 1:
        raise wrong(path, "sms.most_segments", sms.most_segments, "Write 1 or more.")


def _check_names(channels: ChannelSettings, path: Path) -> None:
    for name in channels.own:
        if not _WORD.fullmatch(name):
            raise wrong(path, "channels.own", name, "Write names of letters, digits and hyphens.")
    for name in channels.options:
        if name not in channels.own:
            raise wrong(path, "channels.options", name, "Name it in channels.own, too.")


def _check_figures(channels: ChannelSettings, path: Path) -> None:
    for name, pace in channels.pace.items():
        if not 0 < pace < float("inf"):
            raise wrong(path, f"channels.pace.{name}", pace, "Write a number above 0.")
    for field_name, least, most in (
        ("attempts", 1, 10),
        ("failures", 1, 1000),
        ("rest_seconds", 0.1, 600),
        ("connections", 1, 50),
        ("group", 1, 200),
    ):
        value: float = getattr(channels, field_name)
        if not least <= value <= most:
            remedy = f"Write a number from {least} to {most}."
            raise wrong(path, f"channels.{field_name}", value, remedy)
