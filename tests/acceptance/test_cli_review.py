"""A shop reads its texts: what waits is not used, what is approved is, what is retired stops."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.conftest import Desk, a_year_of_events, lay_out

from promoloop.backends.smtp_sink import SmtpSink
from promoloop.bootstrap import open_shop

MONDAY = "2026-11-02T00:00:00Z"
NOON = "2026-11-02T17:00:00Z"
FILES = ("--catalog", "products.csv", "--offers", "offers.yaml", "--campaign", "campaign.yaml")
REVIEW = """\
[review]
policy = "exceptions"
channels = {onsite = "all"}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A shop whose on-site texts are all read by a person, composed and not yet decided."""
    found = lay_out(tmp_path, a_year_of_events(shoppers=40))
    with contextlib.chdir(tmp_path), SmtpSink(tmp_path / "mails") as sink:
        found.figures("init")
        found.replace("promoloop.toml", 'backend = "embedded"', 'backend = "none"')
        found.replace("promoloop.toml", "port = 8025", f"port = {sink.port}")
        settings = (tmp_path / "promoloop.toml").read_text("utf-8")
        head, _, tail = settings.partition("[review]")
        found.write("promoloop.toml", f"{head}{REVIEW}\n[margins]{tail.partition('[margins]')[2]}")
        found.figures("ingest", "events.jsonl", *FILES)
        found.figures("learn", "--now", MONDAY)
        yield found


def composed(desk: Desk) -> dict[str, Any]:
    return desk.figures("compose", "--now", MONDAY)


def decided() -> list[Any]:
    with open_shop(Path("promoloop.toml")) as shop:
        return [one for one in shop.house.decisions.of_campaign("november") if one.offer_id]


def test_texts_wait_are_approved_by_name_and_then_used(desk: Desk) -> None:
    made = composed(desk)
    waits = made["reviews"]["waiting"]
    assert waits == made["reviews"]["marks"]["policy_all"] == made["variants"] / 2 > 0
    listed = desk.figures("review")
    assert listed["count"] == waits
    assert {one["channel"] for one in listed["texts"]} == {"onsite"}
    assert listed["texts"][0]["why"] == ["every text is read here"]
    desk.figures("decide", "november", "--now", MONDAY)
    assert {one.channel for one in decided()} == {"email"}
    assert any("copy_missing" in one.rejected.values() for one in decided())


def test_what_was_approved_in_bulk_is_decided_on_and_explained(desk: Desk) -> None:
    composed(desk)
    plan = desk.figures("review", "bulk", "approve", "--channel", "onsite", "--by", "Ana", "--plan")
    assert desk.figures("review")["count"] == plan["count"] > 0
    words = ("review", "bulk", "approve", "--channel", "onsite", "--by", "Ana", "--now", MONDAY)
    assert sorted(desk.figures(*words)["moved"]) == sorted(plan["would_move"])
    assert desk.type("review").stdout == "Nothing waits.\n"
    desk.figures("decide", "november", "--now", MONDAY)
    banner = next(one for one in decided() if one.channel == "onsite")
    assert (
        "approved on 2026-11-02 00:00 UTC by Ana."
        in desk.type("explain", banner.decision_id).stdout
    )
    assert "由 Ana 审核通过" in desk.type("explain", banner.decision_id, "--locale", "zh-CN").stdout


def test_a_text_retired_after_the_decision_is_not_sent(desk: Desk) -> None:
    composed(desk)
    desk.figures("decide", "november", "--now", MONDAY)
    words = ("--channel", "email", "--state", "approved", "--by", "Ana", "--reason", "wrong tone")
    gone = desk.figures("review", "bulk", "retire", *words)
    assert "tea-150/en-US/email/active" in gone["without_text"]
    sent = desk.figures("deliver", "--now", NOON)
    assert sent["sent"] == 0
    assert sent["capped"] == sent["reasons"]["copy-retired"] > 0
    assert not list((desk.folder / "mails").glob("*.eml"))


def test_an_edit_is_a_new_text_that_waits_and_a_false_one_is_refused(desk: Desk) -> None:
    composed(desk)
    first = desk.figures("review", "list", "--offer", "tea-150", "--locale", "en-US")["texts"][0]
    old = first["copy_id"]
    words = ("--part", "headline=80% off tea", "--by", "Bo", "--json")
    false = desk.type("review", "edit", old, *words)
    assert false.exit_code == 3
    assert "80%" in json.loads(false.stdout)["case"]
    assert desk.figures("review", "show", old)["text"]["state"] == "in_review"
    change = ("--part", "headline=Tea for a quiet hour", "--by", "Bo")
    made = desk.figures("review", "edit", old, *change)
    page = desk.figures("review", "show", made["copy_id"], "--words", "zh-CN")
    assert page["reads"]["headline"] == "Tea for a quiet hour"
    assert [step["state"] for step in page["steps"]] == ["draft", "in_review"]
    assert page["text"]["why"] == ["由人工修改"]
    text = desk.type("review", "show", made["copy_id"]).stdout
    assert "headline: Tea for a quiet hour" in text
    assert "draft by Bo" in text
    approved = desk.figures("review", "approve", made["copy_id"], "--by", "Ana")
    assert approved["moved"] == [made["copy_id"]]
    assert desk.figures("review", "show", old)["text"]["state"] == "retired"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("approve", "copy-nowhere", "--by", "Ana"), 2, "copy-nowhere"),
        (("approve", "ONE", "--by", " "), 2, "that is no name"),
        (("approve", "ONE", "--by", "first reader"), 2, "the machine signs so"),
        (("approve", "ONE"), 2, "--by"),
        (("recall", "ONE", "--by", "Ana"), 3, "it is in review"),
        (("edit", "ONE", "--part", "headline", "--by", "Ana"), 2, "no part and text"),
        (("edit", "ONE", "--part", "subject=Tea", "--by", "Ana"), 2, "Use one of headline"),
        (("bulk", "retire", "--by", "Ana"), 2, "no filter"),
        (("list", "--state", "published"), 2, "no such state"),
        (("list", "--words", "fr-FR"), 2, "en and zh"),
        (("show", "copy-nowhere"), 2, "copy-nowhere"),
    ],
)
def test_what_cannot_be_is_named_and_changes_nothing(
    desk: Desk, words: tuple[str, ...], code: int, said: str
) -> None:
    composed(desk)
    before = desk.figures("review", "list", "--state", "all")
    one = desk.figures("review")["texts"][0]["copy_id"]
    result = desk.type("review", *(one if word == "ONE" else word for word in words))
    assert result.exit_code == code
    assert said in result.stderr
    assert desk.figures("review", "list", "--state", "all") == before


def test_options_before_a_command_are_not_swallowed(desk: Desk) -> None:
    result = desk.type("review", "--json", "show", "copy-nowhere")
    assert result.exit_code == 2
    assert "write the options after 'show'" in result.stderr
