"""``[console]``: sessions, tries to sign in, and sign-in by somebody else's OpenID Connect."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from promoloop.settings.faults import listed, wrong

__all__ = ["ConsoleSettings", "check_console"]

_ROLES = ("", "viewer", "marketer", "approver", "admin")


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """How people get into the console.

    ``session_hours`` is how long a sign-in lasts. ``tries_per_name`` and ``tries_per_address`` are
    wrong passwords in a quarter of an hour before no more are looked at. With ``oidc_issuer`` and
    ``oidc_client`` people may come by OpenID Connect; its secret is PROMOLOOP_OIDC_SECRET.
    ``oidc_role`` is given to those whom nobody has added; empty lets none of them in.
    """

    session_hours: int = 12
    tries_per_name: int = 8
    tries_per_address: int = 40
    oidc_issuer: str = ""
    oidc_client: str = ""
    oidc_name: str = "OpenID"
    oidc_role: str = ""


def check_console(console: ConsoleSettings, path: Path) -> None:
    """Refuse times and counts below 1, a role that does not exist, half an OIDC."""
    for name in ("session_hours", "tries_per_name", "tries_per_address"):
        if getattr(console, name) < 1:
            raise wrong(path, f"console.{name}", getattr(console, name), "Write 1 or more.")
    if console.oidc_role not in _ROLES:
        raise wrong(path, "console.oidc_role", console.oidc_role, f"Write one of {listed(_ROLES)}.")
    issuer = console.oidc_issuer
    if issuer and not issuer.startswith("https://"):
        raise wrong(path, "console.oidc_issuer", issuer, "Write an address that begins https://.")
    if bool(issuer) != bool(console.oidc_client):
        remedy = "Set both oidc_issuer and oidc_client, or neither."
        raise wrong(path, "console.oidc_client", console.oidc_client, remedy)
