"""``[mail]``: where mail goes, and in whose name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from promoloop.settings.faults import wrong

__all__ = ["MailSettings", "check_mail"]


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Where mail goes. The default is a server on this machine, so that nothing leaves it."""

    host: str = "127.0.0.1"
    port: int = 8025
    sender: str = "offers@shop.example"
    user: str = ""
    security: str = "none"
    unsubscribe_url: str = "https://shop.example/unsubscribe"


def check_mail(mail: MailSettings, path: Path) -> None:
    """Refuse a server that cannot be reached as it is written."""
    if not 1 <= mail.port <= 65535:
        raise wrong(path, "mail.port", mail.port, "Write a number from 1 to 65535.")
    if mail.security not in {"none", "starttls", "tls"}:
        raise wrong(path, "mail.security", mail.security, "Write none, starttls or tls.")
    if not mail.host:
        raise wrong(path, "mail.host", mail.host, "Name the mail server.")
