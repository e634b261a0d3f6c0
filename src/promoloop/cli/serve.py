"""``promoloop serve`` and ``promoloop keys``: the server, and who may ask it."""

from __future__ import annotations

import importlib
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from promoloop.cli.console import errors_as_exit_codes
from promoloop.cli.options import common_options, run
from promoloop.cli.progress import Bars
from promoloop.core import UnavailableError
from promoloop.settings import CONFIG_NAME, hand_down, load_settings, sign_for_now

if TYPE_CHECKING:
    from promoloop.bootstrap import Shop

__all__ = ["keys", "serve"]

_APP = "promoloop.api.serving:application"


@click.command(
    epilog="""\b
Examples:
  promoloop serve
  promoloop serve --port 9000
  promoloop serve --demo
"""
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=CONFIG_NAME,
    show_default=True,
    help="The project's configuration file.",
)
@click.option("--host", default="", help="Instead of the configuration's; 127.0.0.1 by default.")
@click.option("--port", type=click.IntRange(1, 65535), help="Instead of the configuration's.")
@click.option("--workers", type=click.IntRange(1), help="Processes; one by default.")
@click.option(
    "--demo",
    is_flag=True,
    help="Serve the demo's shop (out/demo), or a small simulated one where that was not run.",
)
def serve(config: Path, host: str, port: int | None, workers: int | None, demo: bool) -> None:
    """Serve the API, and the console at /console.

    Only this machine hears it unless you say another --host; put a proxy with TLS in front.
    """
    with errors_as_exit_codes(as_json=False):
        if demo:
            config = _demo()
        said = load_settings(config).serve
        hand_down(config)
        if sign_for_now():
            click.echo("PROMOLOOP_SIGNING_KEY is not set: links are signed for this run only.")
        server = _uvicorn()
        at, where = host or said.host, port or said.port
        click.echo(f"API      http://{at}:{where}/v1/openapi.json")
        click.echo(f"console  {_console_at(f'http://{at}:{where}/console/')}")
        server.run(
            _APP,
            factory=True,
            host=at,
            port=where,
            workers=workers or said.workers,
            loop="uvloop",
            http="httptools",
            ws="none",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=15,
            h11_max_incomplete_event_size=16_384,
        )


def _console_at(address: str) -> str:
    """Where the console is; or that there is none, and what to do."""
    try:
        importlib.import_module("promoloop.console").require_assets()
    except (ImportError, UnavailableError) as error:
        return f"not served. {error}"
    return address


def _demo() -> Path:
    from promoloop.bootstrap import open_shop, shop_to_show

    config, whose = shop_to_show(Path("out"), datetime.now(UTC))
    click.echo(f"data     {whose}")
    with open_shop(config) as shop:
        _, secret = shop.add_key("demo", ["admin"])
        click.echo(f"API key  {secret}  (may do everything; this is a demo)")
        _first_user(shop)
    return config


def _first_user(shop: Shop) -> None:
    """Somebody who may sign in to the console, made once."""
    if shop.users.all():
        click.echo("console  sign in as before")
        return
    password = secrets.token_urlsafe(12)
    shop.add_user("demo@shop.example", password, "admin", "Demo")
    click.echo(f"console  sign in as demo@shop.example with: {password}")


def _uvicorn() -> Any:
    try:
        import uvicorn
    except ModuleNotFoundError as error:
        raise UnavailableError(
            "serving", f"{error.name} is not installed", "pip install 'promoloop[serve]'"
        ) from error
    return uvicorn


@click.group(
    epilog="""\b
Examples:
  promoloop keys add "web shop" --scope events:write --scope decide
  promoloop keys list
  promoloop keys revoke 3f2a9c01b7de
"""
)
def keys() -> None:
    """API keys: make, list, revoke."""


@keys.command("add")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help="What it may do; repeat it.")
@common_options
def add(name: str, scopes: tuple[str, ...], config: Path, as_json: bool) -> None:
    """Make a key called NAME. Its secret is shown this once and kept nowhere.

    Scopes: events:write, decide, redeem, catalogue:write, campaigns:write, people:write,
    people:erase, read, page, admin. A key of scope page may stand in a web page.
    """

    def work(shop: Shop, bars: Bars) -> object:
        del bars
        key, secret = shop.add_key(name, scopes)
        return {"key_id": key.key_id, "scopes": list(key.scopes), "secret": secret}

    run(config, work, as_json=as_json)


@keys.command("list")
@common_options
def list_keys(config: Path, as_json: bool) -> None:
    """All keys, with what they may do and when they were last used; never their secrets."""

    def work(shop: Shop, bars: Bars) -> object:
        del bars
        found = shop.api_keys.all()
        return {
            one.key_id: {
                "name": one.name,
                "scopes": list(one.scopes),
                "created": one.created_at.isoformat(timespec="seconds"),
                "last used": _moment(one.last_used_at),
                "revoked": _moment(one.revoked_at),
            }
            for one in found
        }

    run(config, work, as_json=as_json)


@keys.command("revoke")
@click.argument("key_id")
@common_options
def revoke(key_id: str, config: Path, as_json: bool) -> None:
    """Close the key KEY_ID for good; a running server feels it within seconds."""

    def work(shop: Shop, bars: Bars) -> object:
        del bars
        key = shop.revoke_key(key_id)
        return {"key_id": key.key_id, "revoked": _moment(key.revoked_at)}

    run(config, work, as_json=as_json)


def _moment(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""
