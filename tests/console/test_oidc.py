"""Sign-in by OpenID Connect against an issuer of our own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from tests.console.conftest import NOW, Reader

from promoloop.bootstrap import Shop
from promoloop.console import create_console

ISSUER = "https://issuer.example"
KEY = ECKey.generate_key("P-256", {"kid": "k1"}, private=True)


class Issuer:
    """Answers as an issuer would; ``claims`` are put over those that fit."""

    def __init__(self) -> None:
        self.nonce, self.claims, self.key = "", dict[str, Any](), KEY
        self.forms: list[dict[str, list[str]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("openid-configuration"):
            ends = {"authorization_endpoint": "auth", "token_endpoint": "token", "jwks_uri": "keys"}
            return httpx.Response(200, json={k: f"{ISSUER}/{v}" for k, v in ends.items()})
        if request.url.path == "/keys":
            return httpx.Response(200, json={"keys": [KEY.as_dict(private=False)]})
        self.forms.append(parse_qs(request.content.decode()))
        claims = {
            "iss": ISSUER,
            "aud": "console",
            "sub": "u1",
            "nonce": self.nonce,
            "iat": int(time.time()),
            "exp": int(time.time()) + 300,
            "email": "viewer@shop.example",
            "email_verified": True,
        }
        token = jwt.encode({"alg": "ES256", "kid": "k1"}, claims | self.claims, self.key)
        return httpx.Response(200, json={"id_token": token})


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def come(shop: Shop, issuer: Issuer) -> Callable[..., tuple[Reader, httpx.Response]]:
    """Go to the issuer and come back."""

    def go(role: str = "", state: str = "") -> tuple[Reader, httpx.Response]:
        said = replace(
            shop.settings.console, oidc_issuer=ISSUER, oidc_client="console", oidc_role=role
        )
        shop.settings = replace(shop.settings, console=said, oidc_secret="s3cret")
        app = create_console(shop, now=lambda: NOW, transport=httpx.MockTransport(issuer))
        reader = Reader(app)
        there = reader.get("/oidc/start").headers["location"]
        asked = parse_qs(urlsplit(there).query)
        assert asked["code_challenge_method"] == ["S256"]
        issuer.nonce = asked["nonce"][0]
        sent = state or asked["state"][0]
        return reader, reader.get(f"/oidc/back?code=abc&state={sent}")

    return go


def test_whom_the_issuer_knows_and_we_do_comes_in(come, issuer: Issuer) -> None:
    reader, response = come()
    assert response.status_code == 303
    assert reader.get("/campaigns").status_code == 200
    assert issuer.forms[0]["code"] == ["abc"]
    assert issuer.forms[0]["client_secret"] == ["s3cret"]
    assert len(issuer.forms[0]["code_verifier"][0]) >= 43


def test_somebody_nobody_has_added_stays_outside(come, issuer: Issuer) -> None:
    issuer.claims = {"email": "stranger@shop.example"}
    reader, response = come()
    assert response.status_code == 403
    assert reader.get("/campaigns").status_code == 303


def test_a_role_for_newcomers_lets_them_in_with_it(come, issuer: Issuer, shop: Shop) -> None:
    issuer.claims = {"email": "stranger@shop.example", "name": "Stranger"}
    _, response = come(role="viewer")
    assert response.status_code == 303
    assert shop.users.find("stranger@shop.example").role == "viewer"


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"email_verified": False}, 403),
        ({"iss": "https://evil.example"}, 409),
        ({"aud": "another"}, 409),
        ({"nonce": "another"}, 409),
        ({"exp": 1_000}, 409),
        ({"aud": ["console", "another"], "azp": "another"}, 409),
    ],
)
def test_a_token_that_does_not_fit_is_refused(come, issuer: Issuer, claims, status) -> None:
    issuer.claims = claims
    reader, response = come()
    assert response.status_code == status
    assert reader.get("/campaigns").status_code == 303


def test_a_token_of_another_key_is_refused(come, issuer: Issuer) -> None:
    issuer.key = ECKey.generate_key("P-256", {"kid": "k1"}, private=True)
    assert come()[1].status_code == 409


def test_an_answer_for_another_browser_is_refused(come) -> None:
    assert come(state="forged")[1].status_code == 409


def test_without_an_issuer_there_is_no_such_way(anybody: Reader) -> None:
    assert anybody.get("/oidc/start").status_code == 422
