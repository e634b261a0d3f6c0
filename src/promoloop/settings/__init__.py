"""One frozen ``Settings``, read once from ``promoloop.toml`` and the environment.

Secrets come from the environment only: ``PROMOLOOP_MAIL_PASSWORD``, ``PROMOLOOP_SIGNING_KEY`` (the
newest key first, then those that still count), ``PROMOLOOP_ADDRESS_KEY`` and
``PROMOLOOP_MODEL_KEY``.
Paths in the file are relative to the file.
"""

from promoloop.settings.channels import (
    ChannelSettings,
    PushSettings,
    SmsSettings,
    WebhookSettings,
)
from promoloop.settings.console import ConsoleSettings
from promoloop.settings.experiments import ExperimentSettings
from promoloop.settings.handing import hand_down, handed_down, sign_for_now
from promoloop.settings.loading import load_settings
from promoloop.settings.mail import MailSettings
from promoloop.settings.model import ModelSettings
from promoloop.settings.privacy import PrivacySettings
from promoloop.settings.review import ReviewSettings
from promoloop.settings.serve import ServeSettings
from promoloop.settings.shop import ShopSettings
from promoloop.settings.starter import CONFIG_NAME, starter_config
from promoloop.settings.tracking import TrackingSettings
from promoloop.settings.whole import Settings

__all__ = [
    "CONFIG_NAME",
    "ChannelSettings",
    "ConsoleSettings",
    "ExperimentSettings",
    "MailSettings",
    "ModelSettings",
    "PrivacySettings",
    "PushSettings",
    "ReviewSettings",
    "ServeSettings",
    "Settings",
    "ShopSettings",
    "SmsSettings",
    "TrackingSettings",
    "WebhookSettings",
    "hand_down",
    "handed_down",
    "load_settings",
    "sign_for_now",
    "starter_config",
]
