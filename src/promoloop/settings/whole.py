"""Everything that is configured, and where a project keeps its files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from promoloop.settings.channels import (
    ChannelSettings,
    PushSettings,
    SmsSettings,
    WebhookSettings,
)
from promoloop.settings.console import ConsoleSettings
from promoloop.settings.experiments import ExperimentSettings
from promoloop.settings.mail import MailSettings
from promoloop.settings.model import ModelSettings
from promoloop.settings.privacy import PrivacySettings
from promoloop.settings.review import ReviewSettings
from promoloop.settings.serve import ServeSettings
from promoloop.settings.shop import ShopSettings
from promoloop.settings.tracking import TrackingSettings

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is configured, in one place."""

    root: Path
    shop: ShopSettings = field(default_factory=ShopSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    experiments: ExperimentSettings = field(default_factory=ExperimentSettings)
    review: ReviewSettings = field(default_factory=ReviewSettings)
    console: ConsoleSettings = field(default_factory=ConsoleSettings)
    serve: ServeSettings = field(default_factory=ServeSettings)
    tracking: TrackingSettings = field(default_factory=TrackingSettings)
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    channels: ChannelSettings = field(default_factory=ChannelSettings)
    push: PushSettings = field(default_factory=PushSettings)
    sms: SmsSettings = field(default_factory=SmsSettings)
    webhook: WebhookSettings = field(default_factory=WebhookSettings)
    state_url: str = field(default="", repr=False)
    margins: Mapping[str, int] = field(default_factory=dict)
    mail_password: str = ""
    signing_key: str = ""
    model_key: str = field(default="", repr=False)
    oidc_secret: str = field(default="", repr=False)
    address_key: str = field(default="", repr=False)
    dkim_key: str = field(default="", repr=False)
    vapid_key: str = field(default="", repr=False)
    sms_auth: str = field(default="", repr=False)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    report_secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def signing_keys(self) -> tuple[bytes, ...]:
        """What links are signed with: ``PROMOLOOP_SIGNING_KEY``, the newest first, by commas."""
        return tuple(key.strip().encode() for key in self.signing_key.split(",") if key.strip())

    @property
    def database_url(self) -> str:
        """The state's SQLAlchemy URL; SQLite beside the configuration by default.

        ``PROMOLOOP_STATE_URL``, which may hold a password, goes before ``[store] state``.
        """
        return self.state_url or f"sqlite:///{self.root / 'state.db'}"

    @property
    def history_path(self) -> Path:
        """Where event lines are kept as Parquet."""
        return self.root / "history"

    @property
    def tables_path(self) -> Path:
        """Where profiles and other derived tables are kept as Parquet."""
        return self.root / "tables"

    @property
    def quarantine_path(self) -> Path:
        """Where rows that were set aside are kept, with the reason."""
        return self.root / "quarantine.jsonl"

    @property
    def onsite_path(self) -> Path:
        """The file the shop's site reads its messages from."""
        return self.root / "onsite.jsonl"

    @property
    def model_path(self) -> Path:
        """Where model weights are assembled once; shared by all projects of this user."""
        base = os.environ.get("XDG_CACHE_HOME")
        return (Path(base) if base else Path.home() / ".cache") / "promoloop" / "models"
