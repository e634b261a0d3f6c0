"""``promoloop console``: who may sign in to the console."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from promoloop.cli.console import Told
from promoloop.cli.options import common_options, run
from promoloop.cli.progress import Bars

if TYPE_CHECKING:
    from promoloop.bootstrap import Shop

__all__ = ["console"]


@click.group(
    epilog="\b\nExample:\n  promoloop console add-user ana@shop.example --role admin --called Ana"
)
def console() -> None:
    """Say who may sign in to the console; the first administrator is added here."""


@console.command(
    "add-user",
    epilog="\b\nExample:\n  promoloop console add-user ana@shop.example --role admin --called Ana",
)
@click.argument("name")
@click.option(
    "--role",
    default="admin",
    show_default=True,
    help="viewer, marketer, approver or admin; each may do what those before it may.",
)
@click.option("--called", default="", help="The name others see.")
@click.option(
    "--password-stdin",
    is_flag=True,
    help="Read the password from standard input, not the keyboard.",
)
@common_options
def add_user(
    name: str, role: str, called: str, password_stdin: bool, config: Path, as_json: bool
) -> None:
    """Let NAME sign in; the password is asked for and kept as an Argon2 hash."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)

    def work(shop: Shop, _: Bars) -> object:
        user = shop.add_user(name, password, role, called)
        shop.note("command line", "user.add", user.user_id, details={"role": user.role})
        return {"user": user.user_id, "name": user.name, "role": user.role}

    run(config, work, as_json=as_json)


@console.command("users", epilog="\b\nExample:\n  promoloop console users")
@common_options
def users(config: Path, as_json: bool) -> None:
    """List who may sign in."""

    def work(shop: Shop, _: Bars) -> object:
        rows = [
            {"user": one.user_id, "name": one.name, "role": one.role, "active": one.active}
            for one in shop.users.all()
        ]
        if as_json:
            return {"users": rows, "count": len(rows)}
        lines = [
            f"{row['user']}  {row['role']}{'' if row['active'] else '  (may not sign in)'}"
            for row in rows
        ]
        return Told("\n".join(lines) or "Nobody yet: promoloop console add-user NAME.")

    run(config, work, as_json=as_json)
