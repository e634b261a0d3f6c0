"""Errors become a message, an object for machines, and the exit code of their family."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from promoloop.cli.console import errors_as_exit_codes, show
from promoloop.core import InvalidError, RefusedError, UnavailableError


@pytest.mark.parametrize(
    ("family", "code"), [(InvalidError, 2), (RefusedError, 3), (UnavailableError, 4)]
)
def test_the_family_is_the_exit_code(capsys, family, code):
    with pytest.raises(SystemExit) as end, errors_as_exit_codes(as_json=True):
        raise family("offers.yaml, line 3", "it is wrong", "Mend it.")
    out, err = capsys.readouterr()
    assert end.value.code == code
    assert json.loads(out) == {
        "error": family.__name__,
        "asked": "offers.yaml, line 3",
        "case": "it is wrong",
        "remedy": "Mend it.",
    }
    assert err == "promoloop: offers.yaml, line 3: it is wrong. Mend it.\n"


def test_without_json_stdout_stays_empty(capsys):
    with pytest.raises(SystemExit), errors_as_exit_codes(as_json=False):
        raise RefusedError("this", "it may not be", "Ask.")
    assert capsys.readouterr() == ("", "promoloop: this: it may not be. Ask.\n")


def test_a_refusal_of_the_system_that_nobody_foresaw_is_told_too(capsys, tmp_path):
    with pytest.raises(SystemExit) as end, errors_as_exit_codes(as_json=False):
        Path(tmp_path, "absent").read_text("utf-8")
    assert end.value.code == 4
    assert f"using {tmp_path}/absent: No such file or directory." in capsys.readouterr().err


def test_ctrl_c_ends_with_130(capsys):
    with pytest.raises(SystemExit) as end, errors_as_exit_codes(as_json=True):
        raise KeyboardInterrupt
    assert end.value.code == 130
    assert "run it again" in capsys.readouterr().err


@dataclass
class Report:
    new_lines: int
    share: float
    by_stage: dict[str, int]
    empty: tuple[str, ...] = ()
    model: str = ""


def test_a_report_is_shown_in_lines_or_as_one_object(capsys):
    report = Report(1234567, 0.25, {"vip": 1200})
    show(report, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "new lines  1,234,567",
        "share      0.250",
        "by stage   vip 1,200",
        "empty      -",
        "model      -",
    ]
    show(report, as_json=True)
    assert json.loads(capsys.readouterr().out)["by_stage"] == {"vip": 1200}
