"""Where mail is handed over, and how a connection there is opened."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass

from promoloop.core import InvalidError

__all__ = ["SmtpAccount", "connect"]


@dataclass(frozen=True, slots=True)
class SmtpAccount:
    """Where to hand over mail. ``security`` is ``none``, ``starttls`` or ``tls``.

    ``return_path`` is where the server sends what it cannot deliver; the From address when "".
    ``connections`` are kept open side by side: more than one pays when the server is far away,
    and gives up that messages arrive in the order in which they were handed over.
    """

    host: str
    port: int
    security: str = "none"
    username: str = ""
    password: str = ""
    timeout_seconds: float = 30.0
    connections: int = 1
    return_path: str = ""

    def __post_init__(self) -> None:
        if self.security not in ("none", "starttls", "tls"):
            raise InvalidError(
                f"the SMTP security {self.security!r}",
                "it is none of none, starttls, tls",
                "Choose one of these.",
            )
        if self.username and self.security == "none":
            raise InvalidError(
                f"logging in to {self.host} as {self.username!r}",
                "the password would travel in the clear",
                "Set the security to starttls or tls.",
            )
        if not 1 <= self.connections <= 50:
            raise InvalidError(
                f"{self.connections} connections to {self.host}",
                "servers take from 1 to a few dozen",
                "Give a number from 1 to 50.",
            )

    def __repr__(self) -> str:
        return f"SmtpAccount({self.host}:{self.port}, {self.security}, {self.username or '-'})"


def connect(account: SmtpAccount, helo: str) -> smtplib.SMTP:
    """A connection that has said hello and, where the account asks for it, logged in.

    Raises
    ------
    OSError, smtplib.SMTPException
        The server is not there, or does not want this account.
    """
    if account.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            account.host,
            account.port,
            local_hostname=helo,
            timeout=account.timeout_seconds,
            context=ssl.create_default_context(),
        )
    else:
        server = smtplib.SMTP(
            account.host, account.port, local_hostname=helo, timeout=account.timeout_seconds
        )
    try:
        _introduce(server, account)
    except (OSError, smtplib.SMTPException):
        server.close()
        raise
    return server


def _introduce(server: smtplib.SMTP, account: SmtpAccount) -> None:
    server.ehlo()
    if account.security == "starttls":
        server.starttls(context=ssl.create_default_context())
        server.ehlo()
    if account.username:
        server.login(account.username, account.password)
