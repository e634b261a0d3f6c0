"""Sign-in by somebody else's OpenID Connect: the authorization code flow with PKCE.

Source: OpenID Connect Core 1.0, section 3.1; RFC 7636. State, nonce and verifier travel in a signed
cookie of ten minutes; the ID token's signature, issuer, audience, nonce and times are checked.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx
from fastapi import APIRouter
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.responses import RedirectResponse, Response

from promoloop.console.signing_in import open_session, sign_in_page
from promoloop.console.visit import Anybody, Visit
from promoloop.core import InvalidError, RefusedError, UnavailableError
from promoloop.flows.staff.records import User

__all__ = ["router"]

router = APIRouter()

_COOKIE, _SECONDS, _LEEWAY = "promoloop_oidc", 600, 60
#: Signatures that need the issuer's public key; never "none", never the client's secret.
_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]


@router.get("/oidc/start")
def start(visit: Anybody) -> Response:
    """Off to the issuer."""
    said = _configured(visit)
    found = _discovered(visit)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    query = {
        "response_type": "code",
        "client_id": said.oidc_client,
        "redirect_uri": _back(visit),
        "scope": "openid email profile",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge.decode(),
        "code_challenge_method": "S256",
    }
    response = RedirectResponse(f"{found['authorization_endpoint']}?{urlencode(query)}", 303)
    response.set_cookie(
        _COOKIE,
        str(_signer(visit).dumps([state, nonce, verifier])),
        max_age=_SECONDS,
        path=visit.base or "/",
        secure=visit.console.secure,
        httponly=True,
        samesite="lax",
    )
    return response


@router.get("/oidc/back")
def back(visit: Anybody, code: str = "", state: str = "") -> Response:
    """Back from the issuer: a session, when everything fits."""
    _configured(visit)
    try:
        kept, nonce, verifier = _signer(visit).loads(
            visit.request.cookies.get(_COOKIE, ""), max_age=_SECONDS
        )
    except (BadSignature, ValueError) as error:
        raise _refused("the way there was not begun here, or took too long") from error
    if not code or not secrets.compare_digest(str(kept), state):
        raise _refused("the answer does not belong to this browser")
    claims = _claims(visit, code, str(verifier), str(nonce))
    user = _user(visit, claims)
    if user is None:
        visit.note("session.oidc", str(claims.get("sub", ""))[:120], outcome="refused")
        return sign_in_page(visit, 403, visit.words.say("layout.oidc_unknown"))
    response = open_session(visit, user.user_id, user.version, "/")
    response.delete_cookie(_COOKIE, path=visit.base or "/")
    return response


def _configured(visit: Visit) -> Any:
    said = visit.shop.settings.console
    if not said.oidc_issuer:
        raise InvalidError(
            "sign-in by OpenID Connect",
            "none is configured",
            "Set oidc_issuer and oidc_client under [console].",
        )
    return said


def _claims(visit: Visit, code: str, verifier: str, nonce: str) -> Mapping[str, Any]:
    """The checked claims of the ID token that the code is exchanged for."""
    found = _discovered(visit)
    said = visit.shop.settings
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _back(visit),
        "client_id": said.console.oidc_client,
        "code_verifier": verifier,
    }
    secret = {"client_secret": said.oidc_secret} if said.oidc_secret else {}
    token = _fetched(visit, "POST", str(found["token_endpoint"]), form | secret)
    keys = _fetched(visit, "GET", str(found["jwks_uri"]))
    return _checked(str(token.get("id_token", "")), keys, said.console, nonce)


def _checked(token: str, keys: Any, said: Any, nonce: str) -> Mapping[str, Any]:
    try:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet
    except ModuleNotFoundError as error:
        raise UnavailableError(
            "sign-in by OpenID Connect",
            f"{error.name} is not installed",
            "Install promoloop with its extra: promoloop[oidc].",
        ) from error
    try:
        decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS)
    except (JoseError, ValueError, KeyError) as error:
        raise _refused("the issuer's token is not signed by its keys") from error
    claims: Mapping[str, Any] = decoded.claims
    audience = claims.get("aud", "")
    now = time.time()
    fits = (
        claims.get("iss") == said.oidc_issuer.rstrip("/") or claims.get("iss") == said.oidc_issuer,
        said.oidc_client in ([audience] if isinstance(audience, str) else list(audience)),
        isinstance(audience, str) or claims.get("azp", said.oidc_client) == said.oidc_client,
        secrets.compare_digest(str(claims.get("nonce", "")), nonce),
        _number(claims.get("exp")) > now - _LEEWAY,
        _number(claims.get("iat")) < now + _LEEWAY,
    )
    if not all(fits):
        raise _refused("the issuer's token is old, or for somebody else")
    return claims


def _user(visit: Visit, claims: Mapping[str, Any]) -> User | None:
    """The person the token is of; added with the configured role where nobody has added them.

    Only an address that the issuer has verified names a person here.
    """
    email = str(claims.get("email", "")).strip().lower()
    if not email or claims.get("email_verified") is not True:
        return None
    user = visit.shop.users.find(email)
    role = visit.shop.settings.console.oidc_role
    if user is None and role:
        name = str(claims.get("name", email))[:120]
        user = visit.shop.add_user(email, "", role, name, visit.now)
        visit.shop.note(email, "user.add", email, details={"role": role}, now=visit.now)
    return user if user is not None and user.active else None


def _discovered(visit: Visit) -> Mapping[str, Any]:
    issuer = visit.shop.settings.console.oidc_issuer.rstrip("/")
    return _fetched(visit, "GET", f"{issuer}/.well-known/openid-configuration")


def _fetched(
    visit: Visit, method: str, url: str, form: Mapping[str, str] | None = None
) -> Mapping[str, Any]:
    """What the issuer answers, over HTTPS only, within ten seconds."""
    try:
        if not url.startswith("https://"):
            raise ValueError(url)
        with httpx.Client(transport=visit.console.transport, timeout=10.0) as client:
            response = client.request(method, url, data=dict(form or {}) or None)
        response.raise_for_status()
        found = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise UnavailableError(
            "sign-in by OpenID Connect",
            "the issuer does not answer as it should",
            "Try again, or sign in with a password.",
        ) from error
    return found if isinstance(found, Mapping) else {}


def _back(visit: Visit) -> str:
    base = visit.console.public_url or str(visit.request.base_url).rstrip("/")
    path = "" if base.endswith(visit.base) else visit.base
    return f"{base.rstrip('/')}{path}/oidc/back"


def _signer(visit: Visit) -> URLSafeTimedSerializer:
    return visit.console.sessions.signer("promoloop.console.oidc")


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _refused(case: str) -> RefusedError:
    return RefusedError("signing in by OpenID Connect", case, "Begin again at the sign-in page.")
