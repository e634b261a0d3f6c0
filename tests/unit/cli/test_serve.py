"""API keys from the command line, and what the server refuses to start with."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promoloop.cli import main


@pytest.fixture
def config(tmp_path: Path) -> str:
    CliRunner().invoke(main, ["init", str(tmp_path)])
    return str(tmp_path / "promoloop.toml")


def asked(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def test_a_key_is_made_listed_without_its_secret_and_closed(config: str) -> None:
    made = asked("keys", "add", "web shop", "--scope", "decide", "--config", config, "--json")
    key = json.loads(made.stdout)
    assert key["secret"].startswith("plk_")
    listed = asked("keys", "list", "--config", config, "--json").stdout
    assert key["secret"] not in listed
    assert json.loads(listed)[key["key_id"]]["scopes"] == ["decide"]
    asked("keys", "revoke", key["key_id"], "--config", config)
    after = json.loads(asked("keys", "list", "--config", config, "--json").stdout)
    assert after[key["key_id"]]["revoked"]


@pytest.mark.parametrize(
    "words",
    [
        ("keys", "add", "x", "--scope", "everything"),
        ("keys", "add", " ", "--scope", "decide"),
        ("keys", "revoke", "nobody"),
    ],
)
def test_keys_that_cannot_be_are_input_errors(config: str, words: tuple[str, ...]) -> None:
    assert asked(*words, "--config", config).exit_code == 2


def test_a_server_without_page_assets_says_so_and_names_no_console(
    config: str, tmp_path: Path
) -> None:
    """It ends because its port is taken: what it prints before is what counts."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        started = (
            "import sys, pathlib, promoloop.console.app as app; from promoloop.cli import main;"
            " app.STATIC = pathlib.Path(sys.argv[1]); main(sys.argv[2:])"
        )
        words = (str(tmp_path), "serve", "--config", config, "--port", port)
        done = subprocess.run(
            [sys.executable, "-c", started, *words], capture_output=True, text=True, check=False
        )
    said = next(line for line in done.stdout.splitlines() if line.startswith("console"))
    assert said.startswith("console  not served. ")
    assert "make assets" in said
    assert "/console/" not in done.stdout


def test_serving_needs_a_configuration(tmp_path: Path) -> None:
    done = asked("serve", "--config", str(tmp_path / "none.toml"))
    assert done.exit_code == 2
    assert "promoloop init" in done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "port = 0",
        'host = ""',
        "workers = 0",
        "request_bytes = 10",
        'public_url = "ftp://x"',
        'public_url = "https://shop.example/path"',
        'origins = ["*"]',
        'origins = ["https://shop.example/"]',
        "unknown = 1",
    ],
)
def test_a_wrong_setting_of_the_server_is_named(config: str, line: str) -> None:
    path = Path(config)
    path.write_text(f"{path.read_text('utf-8')}\n[serve]\n{line}\n", "utf-8")
    done = asked("serve", "--config", config)
    assert done.exit_code == 2
    assert line.split(" ", 1)[0] in done.stderr
