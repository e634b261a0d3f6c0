"""Read ``promoloop.toml`` and the environment, once."""

from __future__ import annotations

import os
from pathlib import Path

from promoloop.settings.channels import (
    ChannelSettings,
    PushSettings,
    SmsSettings,
    WebhookSettings,
    check_channels,
)
from promoloop.settings.console import ConsoleSettings, check_console
from promoloop.settings.experiments import ExperimentSettings, check_experiments
from promoloop.settings.mail import MailSettings, check_mail
from promoloop.settings.model import ModelSettings, check_model
from promoloop.settings.privacy import PrivacySettings, check_privacy
from promoloop.settings.review import ReviewSettings, check_review
from promoloop.settings.serve import ServeSettings, check_serve
from promoloop.settings.shop import ShopSettings, check_shop, margins_of
from promoloop.settings.toml import read_toml, refuse_unknown, section_as, section_of
from promoloop.settings.tracking import TrackingSettings, check_tracking
from promoloop.settings.whole import Settings

__all__ = ["load_settings"]


def load_settings(path: Path) -> Settings:
    """Read ``path`` (a ``promoloop.toml``); every wrong key or value is an error naming it."""
    data = read_toml(path)
    known = {
        "shop",
        "model",
        "mail",
        "store",
        "margins",
        "experiments",
        "review",
        "console",
        "serve",
        "tracking",
        "privacy",
        "channels",
        "push",
        "sms",
        "webhook",
    }
    refuse_unknown(data, known, str(path))
    shop = section_as(ShopSettings, data, "shop", path)
    model = section_as(ModelSettings, data, "model", path)
    store = section_of(data, "store", path)
    refuse_unknown(store, {"state"}, f"{path}, section [store]")
    settings = Settings(
        root=path.parent.resolve(),
        shop=shop,
        model=model,
        mail=section_as(MailSettings, data, "mail", path),
        experiments=section_as(ExperimentSettings, data, "experiments", path),
        review=section_as(ReviewSettings, data, "review", path),
        console=section_as(ConsoleSettings, data, "console", path),
        serve=section_as(ServeSettings, data, "serve", path),
        tracking=section_as(TrackingSettings, data, "tracking", path),
        privacy=section_as(PrivacySettings, data, "privacy", path),
        channels=section_as(ChannelSettings, data, "channels", path),
        push=section_as(PushSettings, data, "push", path),
        sms=section_as(SmsSettings, data, "sms", path),
        webhook=section_as(WebhookSettings, data, "webhook", path),
        state_url=os.environ.get("PROMOLOOP_STATE_URL") or str(store.get("state", "")),
        margins=margins_of(section_of(data, "margins", path), path),
        mail_password=os.environ.get("PROMOLOOP_MAIL_PASSWORD", ""),
        signing_key=os.environ.get("PROMOLOOP_SIGNING_KEY", ""),
        model_key=os.environ.get("PROMOLOOP_MODEL_KEY", ""),
        dkim_key=os.environ.get("PROMOLOOP_DKIM_KEY", ""),
        vapid_key=os.environ.get("PROMOLOOP_VAPID_KEY", ""),
        sms_auth=os.environ.get("PROMOLOOP_SMS_AUTH", ""),
        webhook_secrets=tuple(os.environ.get("PROMOLOOP_WEBHOOK_SECRETS", "").split()),
        report_secrets=tuple(os.environ.get("PROMOLOOP_REPORT_SECRETS", "").split()),
        oidc_secret=os.environ.get("PROMOLOOP_OIDC_SECRET", ""),
        address_key=os.environ.get("PROMOLOOP_ADDRESS_KEY", ""),
    )
    check_shop(shop, path)
    check_mail(settings.mail, path)
    check_experiments(settings.experiments, path)
    check_review(settings.review, path)
    check_console(settings.console, path)
    check_serve(settings.serve, path)
    check_tracking(settings.tracking, path)
    check_privacy(settings.privacy, path)
    check_model(model, path)
    check_channels(settings.channels, settings.push, settings.sms, settings.webhook, path)
    return settings
