"""Who gets in, how far, and who does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from tests.console.conftest import NOW, PASSWORD, Reader

from promoloop.bootstrap import Shop
from promoloop.console import create_console
from promoloop.console.registry import PAGES
from promoloop.console.visit import Gate
from promoloop.core import InvalidError, RefusedError

#: What anybody may ask for: the way in, and the language of its words.
OPEN = {"/sign-in", "/language", "/oidc/start", "/oidc/back"}


def gates(needed: Dependant) -> list[Gate]:
    """The gates among a route's dependencies."""
    mine = [needed.call] if isinstance(needed.call, Gate) else []
    return mine + [one for inner in needed.dependencies for one in gates(inner)]


def routes(app: FastAPI) -> list[APIRoute]:
    """Every route of the console, whatever router it came with."""
    found, todo = [], list(app.routes)
    while todo:
        one = todo.pop()
        if isinstance(one, APIRoute):
            found.append(one)
        else:
            inner = getattr(one, "original_router", None) or getattr(one, "router", None)
            todo += list(getattr(inner, "routes", []))
    return found


def test_every_route_has_one_gate_and_only_the_way_in_is_open(app: FastAPI) -> None:
    found = routes(app)
    assert len(found) > 15
    for route in found:
        roles = [gate.role for gate in gates(route.dependant)]
        assert len(roles) == 1, route.path
        assert roles[0] or route.path in OPEN, route.path
        changes = route.methods - {"GET", "HEAD"}
        assert not changes or roles[0] != "viewer" or route.path == "/sign-out", route.path


def test_everything_leads_those_who_are_not_signed_in_to_the_door(anybody: Reader) -> None:
    for page in PAGES:
        response = anybody.get(page.path)
        assert response.status_code == 303
        assert response.headers["location"] == f"/sign-in?next={page.path}"


def test_name_and_password_let_in_and_lead_back(anybody: Reader) -> None:
    anybody.get("/sign-in?next=/copies")
    response = anybody.post(
        "/sign-in", name="Viewer@shop.example", password=PASSWORD, next="/copies"
    )
    assert (response.status_code, response.headers["location"]) == (303, "/copies")
    assert anybody.get("/copies").status_code == 200


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_sign_in_leads_to_no_other_site(anybody: Reader, target: str) -> None:
    anybody.get("/sign-in")
    fields = {"name": "viewer@shop.example", "password": PASSWORD, "next": target}
    assert anybody.post("/sign-in", **fields).headers["location"] == "/"


def test_a_wrong_password_and_an_unknown_name_are_told_alike(anybody: Reader) -> None:
    wrong = anybody.sign_in("viewer", "wrong password here")
    anybody.get("/sign-in")
    unknown = anybody.post("/sign-in", name="nobody", password=PASSWORD)
    assert wrong.status_code == unknown.status_code == 403
    said = "This name and password do not fit together"
    assert said in wrong.text
    assert said in unknown.text


def test_a_flood_on_one_name_is_refused_even_with_the_right_password(
    app: FastAPI, shop: Shop
) -> None:
    for number in range(8):
        reader = Reader(app, address=f"10.0.0.{number}")
        assert reader.sign_in("viewer", "wrong password here").status_code == 403
    refused = Reader(app, address="10.0.0.99").sign_in("viewer")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 900
    assert "Too many wrong passwords" in refused.text
    noted = [one for one in shop.audit.latest(20) if one.action == "session.flood"]
    assert len(noted) == 1
    assert Reader(app, address="10.0.0.99").sign_in("marketer").status_code == 303


def test_a_flood_from_one_address_is_refused_for_every_name(shop: Shop) -> None:
    console = replace(shop.settings.console, tries_per_address=4)
    shop.settings = replace(shop.settings, console=console)
    reader = Reader(create_console(shop), address="10.9.9.9")
    reader.get("/sign-in")
    codes = [
        reader.post("/sign-in", name=f"guess{number}", password="x" * 12).status_code
        for number in range(6)
    ]
    assert codes == [403] * 4 + [429] * 2
    assert [one.action for one in shop.audit.latest(9)].count("session.flood") == 1


def test_roles_open_what_they_may_and_no_more(app: FastAPI) -> None:
    asked = {"/campaigns": "viewer", "/campaigns/new": "marketer", "/people": "admin"}
    order = ("viewer", "marketer", "approver", "admin")
    for role in order:
        reader = Reader(app).enter(role)
        for path, needed in asked.items():
            expected = 200 if order.index(role) >= order.index(needed) else 403
            assert reader.get(path).status_code == expected, (role, path)


def test_a_form_without_the_token_changes_nothing(marketer: Reader, shop: Shop) -> None:
    before = shop.standing("november")
    for token in ("", "forged"):
        response = marketer.ask(
            "POST", "/campaigns/november/move", data={"csrf": token, "step": "pause"}
        )
        assert response.status_code == 403
    assert shop.standing("november") == before


def test_a_form_from_another_site_is_refused_though_it_knows_the_token(marketer: Reader) -> None:
    response = marketer.ask(
        "POST",
        "/campaigns/november/move",
        data={"csrf": marketer.token, "step": "pause"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert response.status_code == 403


def test_the_token_of_one_session_is_none_in_another(app: FastAPI, viewer: Reader) -> None:
    other = Reader(app).enter("marketer")
    other.token = viewer.token
    assert other.post("/campaigns/november/move", step="pause").status_code == 403


def test_signing_out_ends_the_session_on_the_server_too(viewer: Reader) -> None:
    kept = dict(viewer.cookies)
    assert viewer.post("/sign-out").status_code == 303
    viewer.cookies.update(kept)
    assert viewer.get("/campaigns").status_code == 303


def test_another_role_or_password_ends_the_sessions_of_before(viewer: Reader, shop: Shop) -> None:
    assert viewer.get("/campaigns").status_code == 200
    shop.change_user("viewer@shop.example", NOW + timedelta(hours=1), role="marketer")
    assert viewer.get("/campaigns").status_code == 303


def test_somebody_who_may_not_sign_in_any_more_is_out(viewer: Reader, shop: Shop) -> None:
    shop.change_user("viewer@shop.example", NOW, active=False)
    assert viewer.get("/campaigns").status_code == 303
    assert viewer.sign_in("viewer").status_code == 403


def test_a_cookie_that_was_changed_is_none(app: FastAPI, viewer: Reader) -> None:
    name = "promoloop_session"
    value = viewer.cookies[name]
    head, dot, signature = value.rpartition(".")
    other = "B" if signature[0] == "A" else "A"
    grown = "x" + head + dot + signature
    for forged in (head + dot + other + signature[1:], grown, head, "x", value + "x"):
        reader = Reader(app)
        reader.cookies.set(name, forged)
        assert reader.get("/campaigns").status_code == 303


def test_cookies_are_for_servers_and_kept_to_https_where_there_is_one(
    anybody: Reader, shop: Shop
) -> None:
    plain = anybody.get("/sign-in").headers["set-cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=lax" in plain
    assert "Secure" not in plain
    public = Reader(create_console(shop, public_url="https://shop.example/console"))
    response = public.get("/sign-in")
    assert "Secure" in response.headers["set-cookie"]
    assert response.headers["strict-transport-security"]


def test_every_answer_carries_the_policy(viewer: Reader) -> None:
    paths = ("/campaigns", "/nowhere", "/static/console.css", "/campaigns/none", "/people")
    for path in paths:
        headers = viewer.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"


def test_the_last_administrator_stays_one(admin: Reader, shop: Shop) -> None:
    response = admin.post("/people/admin@shop.example", role="viewer")
    assert response.status_code == 409
    assert shop.users.find("admin@shop.example").role == "admin"
    with pytest.raises(RefusedError):
        shop.change_user("admin@shop.example", active=False)


def test_people_are_added_changed_and_noted(admin: Reader, shop: Shop, app: FastAPI) -> None:
    fields = {"name": "New@shop.example", "called": "<b>Neo</b>", "role": "marketer"}
    assert admin.post("/people", password=PASSWORD, **fields).status_code == 303
    page = admin.get("/people").text
    assert "&lt;b&gt;Neo&lt;/b&gt;" in page
    assert "<b>Neo</b>" not in page
    actions = [one.action for one in shop.audit.latest(5)]
    assert actions[0] == "user.add"
    assert Reader(app).sign_in("new").status_code == 303
    assert admin.post("/people/new@shop.example", active="no").status_code == 303
    assert Reader(app).sign_in("new").status_code == 403


@pytest.mark.parametrize("password", ["", "short", "x" * 201])
def test_a_password_too_short_or_long_is_refused(shop: Shop, password: str) -> None:
    if password:
        with pytest.raises(InvalidError):
            shop.add_user("bo", password, "viewer")
    else:
        shop.add_user("bo", "", "viewer")
        assert shop.sign_in("bo", "") is None


def test_a_body_too_large_is_refused(marketer: Reader) -> None:
    huge = {"csrf": marketer.token, "step": "pause", "reason": "x" * 2_000_000}
    assert marketer.ask("POST", "/campaigns/november/move", data=huge).status_code == 413
