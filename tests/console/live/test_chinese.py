"""Every page of the console in Chinese, errors included: no English but codes, names and units."""

from __future__ import annotations

import ast
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.console.conftest import NOW, Reader

from promoloop.bootstrap import Shop
from promoloop.console.translating import knows, said_in
from promoloop.flows.campaigns import life
from promoloop.learn import GateResult, new_version

ROOT = Path(__file__).parents[3]
PAGES = ("/campaigns", "/copies", "/results", "/shoppers", "/offers", "/deliveries", "/models")
PAGES += ("/report", "/people", "/people/audit")
#: Names of the shop, its people, products, groups and campaigns; brands, units, codes, formats.
ALLOWED = re.compile(
    r"Corner Market|promoloop(\.toml| [a-z]+)?|[\w.…-]+@[\w.-]+|November|Admin\b|Approver"
    r"|Marketer|Viewer|\bapprover"
    r"|US\$|USD|UTC|JSON|CSV|OpenID( Connect)?|Webhook|ISO \d+|BCP 47"
    r"|America/New_York|Asia/Shanghai|COFFEE\w*|BISCUITS|TEA\b|Biscuits|Coffee|Tea\b"
    r"|beans|shortbread|green-tea|[a-z]+-\d+(/[a-z]+/\d+)?|november|effect-november(-\d+)?"
    r"|[0-9a-f]{12,}|copy-\w+|PROMOLOOP_\w+|\d{4}-\d\d-\d\dT[\d:+]+|[“「][^”」]*[”」]"
    r"|inverse-gap|random-eligible|s-\d+|12ab|nothing|nowhere|nobody|文案 [ab]\b|版本 [ab]\b"
)
LATIN = re.compile(r"[A-Za-z]{2,}")
EMPTY = frozenset({"meta", "link", "input", "br", "img", "hr", "source", "col"})
SPOKEN = ("title", "aria-label", "placeholder", "alt", "data-ask")


class Seen(HTMLParser):
    """What a reader sees and hears of a page, but codes and what is said to be in a language."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.links: list[str] = []
        self._passed: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a":
            self.links.append(given.get("href") or "")
        if not any(self._passed):
            self.texts += [given[name] or "" for name in SPOKEN if name in given]
        if tag not in EMPTY:
            foreign = not (given.get("lang") or "zh").startswith("zh") or "translate" in given
            self._passed.append(tag in {"script", "style", "code", "q"} or foreign)

    def handle_endtag(self, tag: str) -> None:
        if tag not in EMPTY and self._passed:
            self._passed.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._passed):
            self.texts.append(" ".join(data.split()))


def english(page: str) -> set[str]:
    """Texts with Latin words that are none of the allowed."""
    seen = Seen()
    seen.feed(page)
    return {one for one in seen.texts if LATIN.search(ALLOWED.sub("", one))}


def pages_of(reader: Reader) -> Iterator[tuple[str, str]]:
    """Every page that links lead to, one of each kind."""
    todo, kinds = deque(PAGES), set()
    while todo:
        path = todo.popleft()
        kind = re.sub(r"[0-9a-f]{12,}|s-\d+|copy-\w+|(?<=offers/)[\w-]+", "*", path)
        if kind in kinds or "sign-out" in path or "/static/" in path:
            continue
        kinds.add(kind)
        answer = reader.get(path)
        yield path, answer.text
        seen = Seen()
        seen.feed(answer.text)
        todo += [one for one in seen.links if one.startswith("/") and one.count("=") < 2]


@pytest.fixture
def reader(chinese: Reader, ran: Shop) -> Reader:
    """An administrator who reads Chinese, after somebody was refused and a gate has judged."""
    gate = GateResult(
        False,
        "stays in shadow: a gain of 0.10 [-0.20, 0.40] per decision is not surely above zero",
        0.1,
        -0.2,
        0.4,
        90.0,
        100,
    )
    made = new_version("effect-november", NOW, (NOW, NOW), {}, {"outcomes": 3.0})
    ran.house.models.add(replace(made, gate=gate))
    ran.note("key 12ab", "campaign.put", "november", now=NOW)
    ran.note("command line", "user.change", "x@y.example", details={"active": "True"}, now=NOW)
    chinese.post("/campaigns/november/move", step="end", csrf="wrong")
    return chinese


def test_every_page_speaks_chinese_to_whom_reads_it(reader: Reader) -> None:
    found = {path: words for path, text in pages_of(reader) if (words := english(text))}
    assert found == {}


FORM = {
    "name": "测试", "starts": "2026-12-01", "weeks": "2", "hours": "9", "contacts_per_week": "2",
    "budget": "100", "channels": "email", "cost.email": "0.01", "offer_ids": "coffee-25",
    "arm.policy": "90", "arm.holdout": "10", "rail.spend_pace": "2",
}  # fmt: skip
NEW_OFFER = {"reward_kind": "percent_off", "group": "COFFEE", "names.zh-CN": "咖啡"}
WRONG = [
    ("/campaigns/november/move", {"step": "submit"}),
    ("/campaigns/november/move", {"step": "fly"}),
    ("/campaigns/nowhere/move", {"step": "end"}),
    *[("/campaigns", FORM | {name: value}) for name, value in (
        ("name", ""), ("starts", "soon"), ("starts", ""), ("weeks", "x"), ("weeks", "0"),
        ("hours", "x"), ("hours", "30"), ("hours", "9, 9"), ("contacts_per_week", "0"),
        ("budget", "much"), ("budget", "0"), ("budget", "1.234"), ("cost.email", "x"),
        ("channels", ""), ("offer_ids", ""), ("arm.policy", "x"), ("arm.policy", "50"),
        ("arm.policy", "190"), ("cost.email", "-1"),
        ("rail.unsubscribe_rate", "x"), ("rail.unsubscribe_rate", "150"),
        ("rail.spend_pace", "inf"), ("rail.margin_per_shopper", "x"),
        ("side.spend_pace", "beside"),
    )],
    *[("/campaigns", FORM | NEW_OFFER | more) for more in (
        {"group": ""}, {"reward.percent": ""}, {"reward.percent": "x"}, {"reward.percent": "120"},
        {"reward.percent": "10", "cap.total": "x"},
        {"reward.percent": "10", "reward.ceiling_minor": "much"},
        {"reward_kind": "none"}, {"reward_kind": "tiered_amount_off", "reward.tiers": "30"},
        {"reward_kind": "tiered_amount_off", "reward.tiers": "30 5\n20 6"},
        {"reward_kind": "amount_off", "reward.amount_minor": "0"},
        {"reward_kind": "gift", "reward.product_id": "", "reward.value_minor": "x"},
        {"reward.percent": "10", "reward.ceiling_minor": "2", "names.zh-CN": ""},
        {"reward.percent": "10", "reward.ceiling_minor": "2", "condition_kind": "flash_window",
         "condition.flash_window.start": "x", "condition.flash_window.end": "y"},
        {"reward.percent": "10", "reward.ceiling_minor": "2", "condition_kind": "flash_window",
         "condition.flash_window.start": "2026-12-02T10:00",
         "condition.flash_window.end": "2026-12-02T09:00"},
    )],
    ("/copies/approve", {}),
    ("/offers/coffee-25/codes", {"codes": "AB/C"}),
    ("/people", {"name": "x", "password": "", "role": "viewer", "called": ""}),
    ("/people", {"name": "neu@shop.example", "password": "kurz", "role": "viewer", "called": ""}),
    ("/people", {"name": "neu@shop.example", "password": "", "role": "king", "called": ""}),
    ("/people", {"name": "viewer@shop.example", "password": "", "role": "viewer", "called": ""}),
    ("/people/admin%40shop.example", {"role": "viewer"}),
    ("/people/nobody", {"role": "viewer"}),
    ("/settings/keys", {"name": "x"}),
    ("/settings/keys", {"name": ""}),
    ("/settings/keys", {"name": "x", "scope": "everything"}),
    ("/settings/keys/nothing/revoke", {}),
    ("/deliveries/resolve", {"reason": ""}),
    ("/deliveries/resolve", {"reason": "x", "end": "sent"}),
    ("/deliveries/resolve", {"reason": "x", "end": "sent", "key": "nothing"}),
    ("/shoppers/s-001/erase", {"typed": "s-002"}),
    ("/models/nothing/run", {"reason": "x"}),
    ("/campaigns/november/move", {"step": "end", "csrf": "wrong"}),
]  # fmt: skip


def test_every_error_is_said_in_chinese(chinese: Reader) -> None:
    found = [(path, fields, chinese.post(path, **fields)) for path, fields in WRONG]
    assert [(path, fields) for path, fields, answer in found if answer.status_code < 400] == []
    assert {words for *_, answer in found for words in english(answer.text)} == set()


def test_a_page_that_is_not_there_says_so_in_chinese(chinese: Reader) -> None:
    answers = [chinese.get(path) for path in ("/offers/nothing", "/campaigns/x", "/copies/y", "/z")]
    assert min(one.status_code for one in answers) >= 400
    assert {words for one in answers for words in english(one.text)} == set()


def test_a_form_that_is_out_of_date_is_not_called_forbidden(chinese: Reader) -> None:
    answer = chinese.post("/campaigns/november/move", step="end", csrf="wrong")
    assert "<h1>页面已过期</h1>" in answer.text
    assert "没有权限" not in answer.text


def test_a_forecast_that_cannot_be_made_says_why_in_chinese(chinese: Reader, ran: Shop) -> None:
    unheard = replace(ran.house.offers.get("coffee-25"), offer_id="soap-10", group="SOAP")
    ran.house.offers.put([unheard])
    chinese.post("/campaigns", **FORM | {"offer_ids": "soap-10"})
    campaign = next(one for one in ran.house.campaigns.all() if one.name == "测试")
    answer = chinese.get(f"/campaigns/{campaign.campaign_id}/forecast")
    assert said_in("the baseline has no such product group", "zh-CN") in answer.text
    assert english(answer.text) == set()


def test_one_of_something_is_no_plural_in_english(marketer: Reader, ran: Shop) -> None:
    marketer.post("/campaigns", **FORM)
    shown = marketer.get("/campaigns").text
    assert "1 offer<" in shown
    assert "1 offers" not in shown


#: Rooms whose errors a person at the console can meet.
MET = (
    *("offers/checks.py", "offers/reading.py", "offers/rewards.py", "offers/conditions.py"),
    *("flows/campaigns", "flows/staff", "flows/reviewing", "compose/review/editing.py", "console"),
    *("bootstrap/shop/keys.py", "flows/deliver/reconciling.py", "flows/doors/keys.py"),
    *("flows/history/audience.py", "flows/measuring/guardrails.py", "flows/campaign_page.py"),
)
#: For the command line, for files, or for whoever builds the shop.
APART = re.compile(
    r"^Use one of these languages|random bytes were given|^Give 7\.$|--now|^Write at least one\.$"
    r"|there is no offer$|an offer above has the same id|^Give it another id\.|Put the list under"
    r"|no such field|page assets|^In a checkout|narrow reads|^Open it with|resum|not paused"
    r"|^looking at|nobody can say|^Say sent|^Name one|^a review$|no text is named|^Nothing needs"
    r"|were not fetched|^Give '|^the words|^Add them to|it is paused since"
)


OURS = ("InvalidError", "RefusedError", "UnavailableError", "_require")


def sentences() -> Iterator[str]:
    """Cases and remedies of errors, as the sources write them, with a figure in every slot."""
    for place in MET:
        where = ROOT / "src/promoloop" / place
        for path in sorted(where.rglob("*.py")) if where.is_dir() else [where]:
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in OURS:
                    for part in node.args[-2:]:
                        yield from written(part)


def written(part: ast.expr) -> Iterator[str]:
    if isinstance(part, ast.Constant) and isinstance(part.value, str):
        yield part.value
    if isinstance(part, ast.JoinedStr):
        yield "".join(
            str(one.value) if isinstance(one, ast.Constant) else slot(one) for one in part.values
        )


def slot(one: ast.expr) -> str:
    assert isinstance(one, ast.FormattedValue)
    return "'7'" if one.conversion == ord("r") else "7"


def test_every_sentence_of_an_error_that_the_console_can_show_has_a_chinese_one() -> None:
    every = {one for one in sentences() if LATIN.search(one) and not APART.search(one)}
    assert len(every) > 80
    assert {one for one in every if not knows(one)} == set()


def test_every_reason_why_a_campaign_stands_still_has_a_chinese_one() -> None:
    said = [*life.REASONS.values(), life.DRAFT]
    assert [one for one in said if not knows(one.format(by="ana"))] == []
    assert said_in("a draft by the API key 12ab, not submitted yet", "zh-CN") == (
        "接口密钥 12ab 保存的草稿，尚未提交"
    )
