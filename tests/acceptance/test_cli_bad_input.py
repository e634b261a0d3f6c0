"""What is wrong is named with file, line or field, and a remedy; the exit code tells its family."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.acceptance.conftest import CAMPAIGN, OFFERS, PRODUCTS, Desk

from promoloop.backends.smtp_sink import SmtpSink

MONDAY = "2026-11-02T00:00:00Z"
FILES = ("--catalog", "products.csv", "--offers", "offers.yaml", "--campaign", "campaign.yaml")
INVALID, REFUSED, UNAVAILABLE = 2, 3, 4


def stops(desk: Desk, code: int, words: tuple[str, ...], *said: str) -> None:
    """The command ends with ``code``; the message, and with --json the object, say all of it."""
    plain = desk.type(*words)
    assert plain.exit_code == code, plain.output
    assert plain.stderr.splitlines()[-1].startswith("promoloop: ")
    for part in said:
        assert part in plain.stderr
    machine = desk.type(*words, "--json")
    body = json.loads(machine.stdout)
    assert machine.exit_code == code
    assert machine.stderr == f"promoloop: {body['asked']}: {body['case']}. {body['remedy']}\n"
    assert body["error"] == {2: "InvalidError", 3: "RefusedError", 4: "UnavailableError"}[code]


def read(desk: Desk) -> None:
    desk.figures("ingest", "events.jsonl", *FILES)


def quarantined(desk: Desk) -> list[tuple[int, str, str]]:
    lines = (desk.folder / "quarantine.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert all(row["remedy"] for row in rows)
    return [(row["line"], row["field"], row["reason"]) for row in rows]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title", "colour", ("products.csv, line 1, column title: it is missing",)),
        ("currency\n", "currency,colour\n", ("products.csv, line 1, column colour", "The columns")),
    ],
)
def test_unknown_and_missing_columns_stop_the_catalogue(desk, old, new, said):
    desk.write("products.csv", PRODUCTS.replace(old, new))
    stops(desk, INVALID, ("ingest", "events.jsonl", *FILES), *said)
    assert not list((desk.folder / "history").rglob("*.parquet"))


def test_a_catalogue_that_is_not_utf_8_names_the_byte(desk):
    (desk.folder / "products.csv").write_bytes(PRODUCTS.encode().replace(b"Green", b"Gr\xfcn"))
    stops(desk, INVALID, ("ingest", "events.jsonl", *FILES), "products.csv, byte 113", "UTF-8")


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("tea-2,Tea,TEA,GROCERY,-1.00,USD", "price", "-1.00 is negative"),
        ("tea-2,Tea,TEA,GROCERY,dear,USD", "price", "'dear' is not a number"),
        ("beans,Beans,COFFEE,GROCERY,1.00,USD", "product_id", "a row above has the same id"),
    ],
)
def test_a_wrong_product_is_set_aside_and_the_others_come_in(desk, row, field, reason):
    desk.write("products.csv", PRODUCTS + row + "\n")
    found = desk.figures("ingest", "events.jsonl", *FILES)
    assert (found["products"], found["quarantined"]) == (3, 1)
    assert quarantined(desk) == [(5, field, reason)]


def test_wrong_rows_of_a_csv_of_orders_are_set_aside_by_line(desk):
    head = b"messageId,event,userId,timestamp,order_id,product_id,quantity,price,currency\n"
    good = b"Order Completed,s-001,2026-10-01T10:00:00Z,%s,beans,1,8.00,USD\n"
    rows = [
        b"a," + good % b"a",
        b"b," + (good % b"b").replace(b"8.00", b"-8.00"),
        b"c," + (good % b"c").replace(b"00Z", b"00"),
        b"d," + (good % b"d").replace(b",1,", b",some,"),
        b"e," + (good % b"\xff"),
        b"f,too short\n",
        b"g," + good % b"g",
    ]
    (desk.folder / "orders.csv").write_bytes(head + b"".join(rows))
    found = desk.figures("ingest", "orders.csv")
    assert (found["new_lines"], found["quarantined"]) == (2, 5)
    assert sorted(line for line, _, _ in quarantined(desk)) == [3, 4, 5, 6, 7]
    fields = {line: field for line, field, _ in quarantined(desk)}
    assert [fields[line] for line in (3, 4, 5)] == ["price", "timestamp", "quantity"]


def test_a_csv_of_orders_without_a_needed_column_stops(desk):
    desk.write("orders.csv", "messageId,event,timestamp\na,Order Completed,2026-10-01T10:00:00Z\n")
    stops(desk, INVALID, ("ingest", "orders.csv"), "orders.csv", "user_id")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2026-11-30T00:00:00Z", "2026-10-01T00:00:00Z", "field valid_until: 2026-10-01"),
        ("2026-11-02T00:00:00Z", "2026-11-02T00:00:00", "field valid_from"),
        ("percent: 25", "percent: much", "field percent: 'much' is not a whole number"),
        ("offer_id: tea-150", "offer_id: coffee-25", "(number 2), field offer_id"),
        ("currency", "curency", "field curency: there is no such field"),
        ("offers:", "offers: [", "offers.yaml, line 2: it is not YAML"),
    ],
)
def test_a_wrong_offer_stops_before_anything_is_read(desk, old, new, said):
    desk.write("offers.yaml", OFFERS.replace(old, new, 1))
    stops(desk, INVALID, ("ingest", "events.jsonl", *FILES), "offers.yaml", said)
    assert not list((desk.folder / "history").rglob("*.parquet"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("budget_minor: 40000", "budget_minor: 0", "field budget_minor: 0 is too small"),
        ("policy: 0.5", "policy: 0.9", "field arms: the shares sum to 1.4"),
        ("starts_at: 2026-11-02T00:00:00Z", "starts_at: 2026-11-02T00:00:00", "no time zone"),
        ("hours: [9, 18]", "hours: [9, 31]", "field hours: 31"),
        ("email: 1", "fax: 1", "field channels: there is no 'fax'. Use email, onsite"),
        ("campaign_id: november", "campaign_id: ../november", "field campaign_id"),
        ("  weeks: 4", "  lifecycle: [rich]\n  weeks: 4", "field lifecycle: there is no 'rich'"),
    ],
)
def test_a_wrong_campaign_stops_before_anything_is_read(desk, old, new, said):
    desk.write("campaign.yaml", CAMPAIGN.replace(old, new))
    stops(desk, INVALID, ("ingest", "events.jsonl", *FILES), "campaign.yaml, campaign", said)
    assert not list((desk.folder / "history").rglob("*.parquet"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[coffee-25,", "[cofee-25,", "'cofee-25'; known are biscuits-100, coffee-25, tea-150"),
        ("currency: USD", "currency: CNY", "field currency: it is CNY, but the offer 'coffee-25'"),
    ],
)
def test_a_campaign_must_fit_its_offers(desk, old, new, said):
    desk.write("campaign.yaml", CAMPAIGN.replace(old, new))
    stops(desk, INVALID, ("ingest", "events.jsonl", *FILES), "campaign.yaml, campaign", said)
    read_again = desk.type("decide", "november", "--now", MONDAY)
    assert "known are none" in read_again.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "neither EVENTS nor --source nor --campaign was given"),
        (("absent.jsonl",), "absent.jsonl: there is no such file"),
        (("promoloop.toml",), "Name the file .jsonl, .csv"),
        (("events.jsonl", "--catalog", "absent.csv"), "absent.csv: there is no such file"),
        (("--campaign", "absent.yaml"), "absent.yaml: there is no such file"),
        (("--source", "nowhere"), "installed sources are"),
        (("events.jsonl", "--source", "nowhere"), "Give one of them"),
        (("--offers", "offers.yaml", "--campaign", "campaign.yaml"), "--offers is read beside"),
    ],
)
def test_ingest_says_what_it_cannot_find(desk, words, said):
    stops(desk, INVALID, ("ingest", *words), said)


def test_an_empty_audience_is_refused(desk):
    # Everybody bought in the last year, most in the last weeks: nobody is new.
    desk.write("campaign.yaml", CAMPAIGN.replace("  weeks: 4", "  lifecycle: [new]\n  weeks: 4"))
    read(desk)
    desk.figures("learn", "--now", MONDAY)
    desk.figures("compose", "--now", MONDAY)
    words = ("decide", "november", "--now", MONDAY)
    stops(desk, REFUSED, words, "the audience of campaign november", "new", "promoloop learn")


def test_an_unknown_campaign_names_those_that_are_known(desk):
    read(desk)
    for words in (("decide", "spring"), ("report", "spring")):
        stops(desk, INVALID, words, "the campaign 'spring'", "known are november")


def test_steps_out_of_order_name_the_step_to_take(desk):
    stops(desk, REFUSED, ("learn", "--now", MONDAY), "promoloop ingest")
    read(desk)
    stops(desk, REFUSED, ("learn", "--now", "2020-01-01T00:00:00Z"), "no orders before 2020")
    words = ("decide", "november", "--now", MONDAY)
    stops(desk, INVALID, words, "profiles", "Run `promoloop learn` first")
    stops(desk, INVALID, ("report", "november"), "Run `promoloop learn` first")
    desk.figures("learn", "--now", MONDAY)
    desk.figures("decide", "november", "--now", MONDAY)
    late = ("report", "november", "--now", "2026-11-12T00:00:00Z")
    stops(desk, REFUSED, late, "week 1 is over", "Run `promoloop learn` first")
    outside = ("decide", "november", "--now", "2027-03-01T00:00:00Z")
    stops(desk, REFUSED, outside, "it runs 4 weeks from 2026-11-02")
    stops(desk, INVALID, ("explain", "0191"), "the decision '0191'")


def test_nothing_is_sent_without_a_signing_key(desk):
    desk.environment["PROMOLOOP_SIGNING_KEY"] = None
    stops(desk, UNAVAILABLE, ("deliver",), "PROMOLOOP_SIGNING_KEY is not set", "openssl rand")


@pytest.mark.parametrize("command", ["learn", "compose", "deliver"])
def test_without_a_configuration_init_is_the_remedy(desk, command):
    words = (command, "--config", "elsewhere.toml")
    stops(desk, INVALID, words, "elsewhere.toml: there is no such file", "Run `promoloop init`")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[shop\n", "promoloop.toml: it is not valid TOML"),
        ("[shoop]\n", "field shoop"),
        ("[shop]\ncolour = 1\n", "section [shop], field colour"),
        ("[shop]\ntime_zone = 'Moon'\n", "section [shop], field time_zone = 'Moon'"),
        ("[shop]\nlocales = ['zz']\n", "section [shop], field locales = 'zz'"),
        ("[shop]\nlocales = []\n", "section [shop], field locales"),
        ("[shop]\ncurrency = 'shells'\n", "section [shop], field currency = 'shells'"),
        ("[mail]\nport = 'first'\n", "section [mail]"),
        ("[mail]\nport = 99999\n", "section [mail], field port = 99999"),
        ("[mail]\nsecurity = 'rot13'\n", "section [mail], field security = 'rot13'"),
        ("[mail]\nhost = ''\n", "section [mail], field host"),
        ("[model]\nbackend = 'oracle'\n", "section [model], field backend = 'oracle'"),
        ("[model]\nthreads = 0\n", "section [model], field threads = 0"),
        ("[margins]\nGROCERY = 250\n", "section [margins], field GROCERY = 250"),
        ("margins = 5\n", "section [margins]: it is not a table"),
        ("store = 5\n", "section [store]: it is not a table"),
        ("[store]\nstate = 'shoebox'\n", "the database shoebox"),
    ],
)
def test_a_wrong_setting_is_named(desk, text, said):
    desk.write("promoloop.toml", text)
    stops(desk, INVALID, ("learn",), said)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-11-02T00:00:00", "it has no time zone"),
        ("2026-11-02", "it has no time zone"),
        ("soon", "it is not an RFC 3339 time"),
        ("9999-12-31T23:59:59-14:00", "nothing can be reckoned from that year"),
    ],
)
@pytest.mark.parametrize("command", ["learn", "compose", "deliver", "decide", "report"])
def test_a_moment_needs_its_zone(desk, command, now, said):
    campaign = ("november",) if command in {"decide", "report"} else ()
    stops(desk, INVALID, (command, *campaign, "--now", now), f"--now {now}", said)


def test_a_broken_state_file_is_named(desk):
    desk.write("state.db", "no database at all, though long enough to be looked at\n" * 100)
    stops(desk, INVALID, ("learn",), "state.db", "Restore it from a backup")


def test_a_folder_that_cannot_be_made_is_named(desk):
    stops(desk, UNAVAILABLE, ("init", "events.jsonl/shop"), "making the folder events.jsonl/shop")
    read(desk)
    desk.figures("learn", "--now", MONDAY)
    words = ("report", "november", "--now", MONDAY, "--out", "events.jsonl/report.html")
    stops(desk, UNAVAILABLE, words, "making the folder events.jsonl")


def test_a_file_where_a_folder_must_be_is_named(desk):
    desk.write("history", "in the way")
    stops(desk, UNAVAILABLE, ("ingest", "events.jsonl"), "history")


def test_what_is_wrong_on_the_command_line_itself_ends_with_two(desk):
    for words in (("decide",), ("decide", "november", "--seed", "x"), ("fly",), ("ingest", ".")):
        result = desk.type(*words)
        assert result.exit_code == INVALID
        assert "Error: " in result.stderr
    assert Path("promoloop.toml").is_file()


def test_a_mail_server_that_is_away_is_said_and_what_waits_goes_out_later(desk):
    """Nothing listens on port 9; on the shop's own pages messages still appear."""
    desk.replace("promoloop.toml", "port = 8025", "port = 9")
    desk.replace("campaign.yaml", "{email: 1, onsite: 0}", "{email: 1}")
    read(desk)
    for command in (("learn",), ("compose",), ("decide", "november")):
        desk.figures(*command, "--now", MONDAY)
    wednesday = ("deliver", "--now", "2026-11-04T23:00:00Z")
    plain = desk.type(*wednesday)
    assert plain.exit_code == UNAVAILABLE
    assert (
        "promoloop: sending by email: the channel took nothing (resting after 10 failures;"
        " the last: cannot connect: [Errno 111] Connection refused); 10 messages stay queued."
        " Start the mail server or correct [mail] in promoloop.toml, then run"
        " `promoloop deliver` again;"
    ) in plain.stderr
    later = desk.type("deliver", "--now", "2026-11-05T01:00:00Z", "--json")
    assert later.exit_code == UNAVAILABLE
    assert json.loads(later.stdout)["error"] == "UnavailableError"
    with SmtpSink(desk.folder / "mails") as sink:
        desk.replace("promoloop.toml", "port = 9", f"port = {sink.port}")
        sent = desk.figures("deliver", "--now", "2026-11-05T20:00:00Z")
        assert sink.count == sent["sent"] > 0
        assert sent["away"] == {}


def test_what_other_channels_took_is_told_beside_the_one_that_is_away(desk):
    desk.replace("promoloop.toml", "port = 8025", "port = 9")
    desk.replace("campaign.yaml", "{policy: 0.5, random: 0.2, bau: 0.2, holdout: 0.1}", ARMS)
    read(desk)
    for command in (("learn",), ("compose",), ("decide", "november")):
        desk.figures(*command, "--now", MONDAY)
    found = desk.type("deliver", "--now", "2026-11-04T23:00:00Z", "--json")
    assert found.exit_code == 0
    report = json.loads(found.stdout)
    assert report["sent"] > 0
    cause = "the last: cannot connect: [Errno 111] Connection refused"
    assert report["away"]["email"].endswith(cause)
    assert f"sending by email: the channel took nothing ({report['away']['email']})" in found.stderr


#: Everybody gets any permitted message, so that both channels have some.
ARMS = "{policy: 0.0, random: 1.0, bau: 0.0, holdout: 0.0}"
