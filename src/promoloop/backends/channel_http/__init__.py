"""Channels over HTTP: text messages, notifications in the browser, signed webhooks.

They need the extra ``channels``; the package can be imported without it.
"""

from promoloop.backends.channel_http.posting import Poster, Posting
from promoloop.backends.channel_http.push import PushChannel, VapidKeys
from promoloop.backends.channel_http.sms import SmsChannel, SmsProvider
from promoloop.backends.channel_http.webhook import WebhookChannel

__all__ = [
    "Poster",
    "Posting",
    "PushChannel",
    "SmsChannel",
    "SmsProvider",
    "VapidKeys",
    "WebhookChannel",
]
