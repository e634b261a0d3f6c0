"""The page as a whole: complete, self-contained, honest about what is simulated, and inert."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.resources import files

import pytest

from promoloop.core import InvalidError
from promoloop.report import PageData, render_page
from promoloop.report.page import SECTIONS

from .made import decision, page_data
from .reading import Node, read

LOCALES = ("en-US", "zh-CN")
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
EMPTY = PageData(
    shop_name="Shop",
    currency="USD",
    made_at=page_data().made_at,
    simulated=False,
    source="",
    summary={},
    funnel=(),
    samples=(),
    stories=(),
    offers={},
    offer_counts={},
    budget_minor=0,
    weeks=(),
    arms=(),
    copy_reasons={},
    models=(),
    off_policy=(),
    assumptions={},
)


@pytest.fixture(scope="module", params=LOCALES)
def page(request) -> str:
    return render_page(page_data(), request.param, "other.html")


def every(root: Node, name: str) -> list[Node]:
    return [node for node in root.walk() if node.name == name]


def test_every_section_has_its_heading_in_order(page):
    headings = [node.words().strip() for node in every(read(page), "h2")]
    ids = [node.attributes["id"] for node in every(read(page), "section")]
    assert ids == ["result", *(name for name, _ in SECTIONS), "assumptions", "cost"]
    assert len(headings) == len(ids) - 1
    assert all(headings)


def test_ids_are_unique_and_every_reference_leads_somewhere(page):
    root = read(page)
    ids = [node.attributes["id"] for node in root.walk() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    labels = [node.attributes.get("aria-labelledby", "").split() for node in root.walk()]
    anchors = [
        node.attributes["href"][1:] for node in every(root, "a") if "#" in node.attributes["href"]
    ]
    assert {name for label in labels for name in label} | set(anchors) <= set(ids)


def test_nothing_is_loaded_from_outside(page):
    root = read(page)
    loads = [
        node.attributes[key]
        for node in root.walk()
        for key in ("src", "href", "data", "poster", "srcset", "action")
        if key in node.attributes and node.name != "a"
    ]
    assert loads == ["data:,"]
    style = "".join(node.text for node in every(root, "style"))
    assert "url(" not in style
    assert "@import" not in style
    assert every(root, "script") == []
    policy = next(n for n in every(root, "meta") if "http-equiv" in n.attributes)
    assert policy.attributes["content"].startswith("default-src 'none'")


def test_everything_that_rests_on_simulated_answers_is_tagged(page):
    marked = [node for node in read(page).walk() if "data-simulated" in node.attributes]
    assert len(marked) >= 20
    for node in marked:
        assert any(inner.has("tag") for inner in node.walk()), node.words()[:80]


def test_all_sections_with_simulated_outcomes_are_marked(page):
    sections = {node.attributes["id"]: node for node in every(read(page), "section")}
    for name in ("result", "shoppers", "budget", "lift", "curve", "models", "offpolicy"):
        marked = [node for node in sections[name].walk() if "data-simulated" in node.attributes]
        assert marked, name
    for name in ("lift", "curve", "models", "offpolicy"):
        for node in (*every(sections[name], "table"), *every(sections[name], "figure")):
            assert "data-simulated" in node.attributes, name


def test_funnel_steps_are_tagged_one_by_one(page):
    funnel = next(n for n in every(read(page), "section") if n.attributes["id"] == "funnel")
    wide = every(funnel, "svg")[0]
    tagged = [any(n.has("tag") for n in row.walk()) for row in every(wide, "g")]
    assert tagged == [simulated for _, _, simulated in page_data().funnel]


def test_observed_outcomes_are_not_called_simulated():
    real = replace(
        page_data(),
        simulated=False,
        funnel=tuple((name, count, False) for name, count, _ in page_data().funnel),
    )
    root = read(render_page(real, "en-US", None))
    assert not [node for node in root.walk() if node.has("tag")]
    assert not [node for node in root.walk() if "data-simulated" in node.attributes]
    assert "Nothing on this page is simulated." in root.words()


@pytest.mark.parametrize("locale", LOCALES)
def test_a_simulated_history_is_tagged_too(locale):
    root = read(render_page(replace(page_data(), history_simulated=True), locale, None))
    sections = {node.attributes["id"]: node for node in every(root, "section")}
    for node in (*every(sections["quality"], "figure"), *every(sections["quality"], "table")):
        assert "data-simulated" in node.attributes
    marked = [node for node in root.walk() if "data-simulated" in node.attributes]
    assert all(any(inner.has("tag") for inner in node.walk()) for node in marked)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_page_without_any_result_says_so_in_every_section(locale):
    root = read(render_page(EMPTY, locale, None))
    said = [node for node in root.walk() if node.has("none")]
    assert len(said) == len(SECTIONS) - 1 + 2  # all but "simulated"; assumptions and cost too
    assert all(node.words().strip() for node in said)
    assert every(root, "svg") == []


@pytest.mark.parametrize(
    "part", ["weeks", "arms", "samples", "stories", "funnel", "models", "off_policy", "summary"]
)
def test_any_one_part_may_be_missing(part):
    kind = {} if part == "summary" else ()
    read(render_page(replace(page_data(), **{part: kind}), "en-US", None))


def test_hostile_strings_stay_text():
    sample = replace(page_data().samples[0], subject=EVIL, preheader=EVIL, claims=((EVIL, EVIL),))
    banner = replace(page_data().samples[-1], subject=EVIL, text=EVIL, call=EVIL)
    story = replace(
        page_data().stories[0],
        shopper_id=EVIL,
        facts={"en": f"{EVIL}: {EVIL}"},
        why={"en": EVIL},
        rejected={"en": EVIL},
    )
    data = replace(
        page_data(),
        shop_name=EVIL,
        source=EVIL,
        samples=(sample, banner),
        stories=(story,),
        offers={"coffee-25": {"en": EVIL}},
        offer_counts={EVIL: 3},
        funnel=((EVIL, 3, True),),
        copy_reasons={EVIL: 2},
        off_policy=((EVIL, page_data().off_policy[0][1], 1.0),),
        assumptions={"en": (EVIL,)},
    )
    root = read(render_page(data, "en-US", "x.html"))
    assert every(root, "script") == []
    assert every(root, "img") == []
    assert root.words().count("<script>alert(1)</script>") >= 10


def test_a_message_cannot_leave_its_frame():
    sample = replace(page_data().samples[0], html=f'<p title="x">{EVIL}</p>')
    root = read(render_page(replace(page_data(), samples=(sample,)), "en-US", None))
    frame = every(root, "iframe")[0]
    assert frame.attributes["sandbox"] == ""
    assert frame.attributes["srcdoc"] == f'<p title="x">{EVIL}</p>'
    assert every(root, "script") == []


def test_messages_show_what_proves_each_claim():
    root = read(render_page(page_data(), "en-US", None))
    claims = next(node for node in root.walk() if node.has("claims"))
    assert next(n.words() for n in every(claims, "q")) == "25%"
    assert next(n.words() for n in every(claims, "code")) == "offer.reward.percent"


def test_messages_come_in_both_languages_the_reader_s_first():
    for locale in LOCALES:
        root = read(render_page(page_data(), locale, None))
        shown = [n.attributes["lang"] for n in every(root, "article") if n.has("message")]
        assert shown[0] == locale
        assert set(shown) == set(LOCALES)


def test_reasons_are_named_and_unknown_ones_shown_by_their_code():
    text = read(render_page(page_data(), "zh-CN", None)).words()
    assert "绝对化用语" in text
    assert "not yet named" in text


@pytest.mark.parametrize(
    ("half", "verdict"),
    [(1.0, "earned more"), (9.0, "not yet clear"), (None, "no result")],
)
def test_the_headline_follows_the_interval(half, verdict):
    week = page_data().weeks[0]
    estimate = week.lift_vs_bau
    moved = estimate and half and replace(estimate, value=2.0, low=2.0 - half, high=2.0 + half)
    data = replace(page_data(), weeks=(replace(week, lift_vs_bau=moved or None),), arms=())
    title = every(read(render_page(data, "en-US", None)), "h1")[0]
    assert verdict in title.words()


def test_the_total_is_lift_times_shoppers_times_weeks():
    week = page_data().weeks[0]
    estimate = replace(week.lift_vs_bau, value=3.0, low=1.0, high=5.0)
    data = replace(page_data(), weeks=(replace(week, lift_vs_bau=estimate),) * 2)
    # 1,111 shoppers, 2 weeks, 3 cents (1 to 5) each: 66.66 dollars (22.22 to 111.10).
    text = read(render_page(data, "en-US", None)).words()
    assert "comes to $67 ($22 to $111)" in text


def test_an_interval_without_end_is_said_but_not_drawn():
    endless = replace(page_data().off_policy[0][1], low=float("-inf"), high=float("inf"))
    week = replace(page_data().weeks[0], lift_vs_bau=endless)
    arm = replace(page_data().arms[0], against_bau=endless, against_holdout=endless)
    data = replace(
        page_data(), weeks=(week,), arms=(arm,), off_policy=(("challenger/dr", endless, None),)
    )
    page = render_page(data, "en-US", None)
    assert "not yet clear" in read(page).words()
    assert "inf" not in re.sub(r"[a-zA-Z]inf|inf[a-zA-Z]", "", page)


def test_promises_stand_on_what_was_spent_before_the_week():
    first, second = page_data().weeks[:2]
    weeks = (
        replace(first, spent_minor=400_00, reserved_minor=700_00),
        replace(second, spent_minor=900_00, reserved_minor=800_00),
    )
    page = render_page(replace(page_data(), weeks=weeks), "en-US", None)
    # 0 + 700 at first; then 400 spent and 800 promised.
    assert "$900 spent; with open promises at most $1,200, of a budget of $6,000" in page


@pytest.mark.parametrize(
    ("arm", "changes", "said"),
    [
        ("policy", {}, "worth the most of 3 permitted options: +$0.27"),
        ("policy", {"action": "pizza-20/email/18/b"}, "looked better (+$0.27 against +$0.14"),
        ("policy", {"action": "nothing"}, "sending nothing keeps a chance too"),
        ("policy", {"action": "nothing", "weighed": ()}, "nothing that could be sent"),
        ("holdout", {"action": "nothing", "weighed": ()}, "The holdout gets no message"),
        ("random", {}, "In the random arm"),
    ],
)
def test_a_shopper_s_card_says_why(arm, changes, said):
    made = replace(decision("coffee-25/email/18/a", arm), **changes)
    story = replace(page_data().stories[0], decision=made)
    text = read(render_page(replace(page_data(), stories=(story,)), "en-US", None)).words()
    assert said in text


def test_action_keys_in_a_given_text_are_said_in_words():
    story = replace(page_data().stories[0], why={"en": "Chosen: coffee-25/email/18/a. Not iced."})
    text = read(render_page(replace(page_data(), stories=(story,)), "en-US", None)).words()
    assert "Chosen: 25% off coffee, e-mail at 18:00. Not iced." in text


def test_the_page_is_small_and_names_its_version(page):
    assert page.startswith("<!doctype html>")
    assert len(page.encode()) < 1_500_000
    assert re.search(r"promoloop \d+\.\d+", page)


def test_the_other_language_is_one_click_away():
    root = read(render_page(page_data(), "zh-CN", "report.html"))
    link = next(n for n in every(root, "a") if n.attributes.get("hreflang") == "en")
    assert (link.attributes["href"], link.words()) == ("report.html", "English")
    alone = read(render_page(page_data(), "zh-CN", None))
    assert not [n for n in every(alone, "a") if "hreflang" in n.attributes]


def test_a_language_without_words_is_refused():
    with pytest.raises(InvalidError):
        render_page(EMPTY, "fr-FR", None)


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_text_has_the_contrast_that_wcag_aa_asks_for(mode):
    css = files("promoloop.report").joinpath("page.css").read_text("utf-8")
    block = re.findall(r":root \{(.*?)\}", css, re.S)[mode]
    colour = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    pairs = [(ink, on) for ink in ("ink", "ink-2", "ink-3", "accent") for on in ("paper", "sheet")]
    pairs += [("warn", "warn-soft"), ("warn", "paper"), ("ink", "soft"), ("on-accent", "accent")]
    pairs += [("ink", "warn-soft"), ("accent", "accent-soft")]
    for ink, on in pairs:
        lighter, darker = sorted((luminance(colour[ink]), luminance(colour[on])), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (ink, on)
