"""Help shows how a command is typed."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from promoloop.cli import main

COMMANDS = ("init", "ingest", "learn", "compose", "decide", "deliver", "explain", "uplift")
COMMANDS += ("resume", "size", "review", "renew", "design", "pictures", "tune", "report", "demo")
COMMANDS += ("attribution", "prices")


def helped(*words: str) -> str:
    result = CliRunner().invoke(main, [*words, "--help"], prog_name="promoloop")
    assert result.exit_code == 0
    return result.stdout


GROUPS = ("ads", "console", "deliveries", "erase", "export-person", "keys", "serve")


def test_these_are_the_commands():
    assert sorted(main.commands) == sorted((*COMMANDS, *GROUPS))


def test_the_first_help_shows_the_whole_loop_and_the_exit_codes():
    text = helped()
    typed = [line.split()[1] for line in text.splitlines() if line.startswith("    promoloop ")]
    assert typed == ["init", "ingest", "learn", "compose", "decide", "deliver", "report"]
    assert "2 the input is wrong" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example_and_has_json(command):
    text = helped(command)
    examples = text.partition("Example")[2]
    assert f"promoloop {command}" in examples
    assert "--json" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_example_can_be_parsed(command):
    lines = helped(command).partition("Example")[2].splitlines()
    typed = [line.split("promoloop ", 1)[1].split() for line in lines if "promoloop " in line]
    assert typed
    for words in typed:
        found = main.commands[words[0]]
        with click.Context(found, info_name=words[0]) as context:
            found.parse_args(context, words[1:])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_says_what_it_is_for(command):
    options = [one for one in main.commands[command].params if isinstance(one, click.Option)]
    assert all(option.help for option in options)
