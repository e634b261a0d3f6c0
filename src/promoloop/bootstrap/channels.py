"""The channels that the settings name, each made sturdy, and those of one's own by plug-in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.metadata import entry_points

import numpy as np

from promoloop.backends.channel_onsite import OnsiteChannel
from promoloop.backends.channel_smtp import DkimSigner, SmtpAccount, SmtpChannel
from promoloop.core import InvalidError, UnavailableError
from promoloop.deliver import (
    PUSH_HOSTS,
    Breaker,
    Channel,
    Guarded,
    Health,
    Paced,
    Retrying,
    Subscriptions,
    WebhookSecrets,
)
from promoloop.settings import ChannelSettings, Settings

__all__ = ["CHANNELS", "opened_channels", "own_channel", "sturdy"]

#: Channels by plug-in name live under this entry point group. An entry point is called with its
#: table of ``[channels.options.NAME]`` and gives a channel.
CHANNELS = "promoloop.channels"

_PEM = re.compile(r"-----BEGIN [A-Z ]+-----.+?-----END [A-Z ]+-----", re.DOTALL)


def _quiet(channel: str, health: Health) -> None:
    """Nobody wants to know."""


@contextmanager
def opened_channels(
    settings: Settings,
    subscriptions: Subscriptions | None,
    rng: np.random.Generator,
    told: Callable[[str, Health], None] = _quiet,
) -> Iterator[Mapping[str, Channel]]:
    """Every configured channel by name, sturdy, closed at the end.

    ``told`` hears of providers that stop or begin to answer, by channel.

    Raises
    ------
    InvalidError
        Two channels share a name, or a secret does not fit.
    UnavailableError
        A secret, an extra or a plug-in is missing.
    """
    with ExitStack() as stack:
        made: list[Channel] = [_mail(settings), OnsiteChannel(settings.onsite_path)]
        for make in (_push, _sms, _webhook):
            made += make(settings, subscriptions)
        own = settings.channels
        made += [own_channel(name, own.options.get(name, {})) for name in own.own]
        found: dict[str, Channel] = {}
        for channel in made:
            close = getattr(channel, "close", None)
            if callable(close):
                stack.callback(close)
            if channel.name in found:
                raise InvalidError(
                    f"the channels {[one.name for one in made]}",
                    f"two are called {channel.name!r}",
                    "Give each a name of its own.",
                )
            found[channel.name] = sturdy(channel, own, rng, told)
        yield found


def sturdy(
    channel: Channel,
    settings: ChannelSettings,
    rng: np.random.Generator,
    told: Callable[[str, Health], None] = _quiet,
) -> Channel:
    """A channel that keeps its contract, its pace and its temper: guarded, retried, broken, paced.

    The pace counts every attempt, and a provider that rests is asked nothing.
    """
    pace = settings.pace.get(channel.name)
    if pace is not None:
        channel = Paced(channel, pace, burst=max(1, round(min(pace, 20))))
    told_of = partial(told, channel.name)
    channel = Breaker(channel, settings.failures, settings.rest_seconds, told=told_of)
    if settings.attempts > 1:
        channel = Retrying(channel, rng, settings.attempts)
    return Guarded(channel)


def own_channel(name: str, options: Mapping[str, str | int | float | bool]) -> Channel:
    """The channel of this plug-in.

    Raises
    ------
    InvalidError
        There is no such plug-in, or what it gives is no channel; those installed are listed.
    UnavailableError
        It cannot be loaded.
    """
    found = {entry.name: entry for entry in entry_points(group=CHANNELS)}
    if name not in found:
        raise InvalidError(
            f"the channel {name!r}",
            f"installed plug-ins are {', '.join(sorted(found)) or 'none'}",
            f"Install the package that brings it under the entry point group {CHANNELS}.",
        )
    try:
        make: Callable[[Mapping[str, object]], Channel] = found[name].load()
    except (ImportError, AttributeError) as error:
        raise UnavailableError(
            f"the channel {name!r}", f"it cannot be loaded: {error}", "Install what it needs."
        ) from error
    channel = make(options)
    label, send = getattr(channel, "name", None), getattr(channel, "send", None)
    if not (isinstance(label, str) and label and callable(send)):
        raise InvalidError(
            f"the channel {name!r}",
            "what it gives has no name or no send",
            "See docs/howto/own-channel.md.",
        )
    return channel


def _mail(settings: Settings) -> SmtpChannel:
    mail, more = settings.mail, settings.channels
    account = SmtpAccount(
        mail.host,
        mail.port,
        mail.security,
        mail.user,
        settings.mail_password,
        connections=more.connections,
        return_path=more.bounces,
    )
    return SmtpChannel(account, signers=_signers(settings))


def _signers(settings: Settings) -> list[DkimSigner]:
    channels, keys = settings.channels, _PEM.findall(settings.dkim_key)
    if channels.dkim_domain and len(keys) != len(channels.dkim_selectors):
        raise UnavailableError(
            f"signing mail of {channels.dkim_domain}",
            f"there are {len(channels.dkim_selectors)} selectors and {len(keys)} keys",
            "Set PROMOLOOP_DKIM_KEY to one PEM key for each selector, one after the other.",
        )
    return [
        DkimSigner(channels.dkim_domain, selector, key)
        for selector, key in zip(channels.dkim_selectors, keys, strict=False)
    ]


def _push(settings: Settings, subscriptions: Subscriptions | None) -> list[Channel]:
    if not settings.push.contact or subscriptions is None:
        return []
    from promoloop.backends.channel_http import PushChannel, VapidKeys

    key = _secret(settings.vapid_key, "PROMOLOOP_VAPID_KEY", "notifications in the browser")
    hosts = settings.push.hosts or PUSH_HOSTS
    return [PushChannel(subscriptions, VapidKeys(key, settings.push.contact), hosts=hosts)]


def _sms(settings: Settings, _: Subscriptions | None) -> list[Channel]:
    said = settings.sms
    if not said.url:
        return []
    from promoloop.backends.channel_http import SmsChannel, SmsProvider

    provider = SmsProvider(
        said.url,
        said.fields,
        said.body,
        said.headers,
        said.auth_header,
        settings.sms_auth,
        said.sender,
        said.idempotent,
        said.most_segments,
    )
    return [SmsChannel(provider)]


def _webhook(settings: Settings, _: Subscriptions | None) -> list[Channel]:
    if not settings.webhook.url:
        return []
    from promoloop.backends.channel_http import WebhookChannel

    said = " ".join(settings.webhook_secrets)
    _secret(said, "PROMOLOOP_WEBHOOK_SECRETS", "messages as webhooks")
    return [WebhookChannel(settings.webhook.url, WebhookSecrets(settings.webhook_secrets))]


def _secret(value: str, name: str, asked: str) -> str:
    if not value:
        raise UnavailableError(asked, f"{name} is not set", f"Set it: export {name}=...")
    return value
