"""Settings as they are, without secrets, and the API's keys: for administrators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import timedelta
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

from promoloop.console.rendering import back_to, show
from promoloop.console.visit import Admin, Visit, required
from promoloop.console.words import Words
from promoloop.flows.doors.keys import SCOPES

__all__ = ["router"]

router = APIRouter()

#: What may hold a secret by its name, wherever it stands; shown as set or not set.
_SECRET = ("key", "secret", "password", "token", "auth", "state_url")


@router.get("/settings")
def settings(visit: Admin) -> Response:
    """Every group of settings, and the keys."""
    return _page(visit)


@router.post("/settings/keys")
def add_key(visit: Admin) -> Response:
    """Make a key and show its secret, this once."""
    (name,) = required(visit, ["name"])
    key, secret = visit.shop.add_key(name[:120], visit.texts("scope"), visit.now)
    visit.note("key.add", key.key_id, {"name": key.name, "scopes": " ".join(key.scopes)})
    return _page(visit, secret=secret, made=key.name)


@router.post("/settings/keys/{key_id}/revoke")
def revoke(visit: Admin, key_id: str) -> Response:
    """Close a key for good."""
    key = visit.shop.revoke_key(key_id, visit.now)
    visit.note("key.revoke", key.key_id, {"name": key.name})
    return back_to(visit, "/settings")


def _page(visit: Visit, secret: str = "", made: str = "") -> Response:
    said = visit.shop.settings
    groups, secrets = [], []
    for field in fields(said):
        value = getattr(said, field.name)
        if is_dataclass(value) and not isinstance(value, type):
            groups.append((field.name, _values(value, visit.words)))
        elif _is_secret(field.name):
            secrets.append((field.name, bool(value)))
    return show(
        visit,
        "settings/index.html.j2",
        groups=groups,
        secrets=secrets,
        margins=sorted(said.margins.items()),
        keys=sorted(visit.shop.api_keys.all(), key=lambda one: one.revoked_at is not None),
        scopes=SCOPES,
        secret=secret,
        made=made,
    )


def _is_secret(name: str) -> bool:
    parts = name.split("_")
    return any(one in parts or one == name or one + "s" in parts for one in _SECRET)


def _values(group: object, words: Words) -> Sequence[tuple[str, str]]:
    """Every field in writing; one that may be a secret only as set or not."""
    assert is_dataclass(group)
    assert not isinstance(group, type)
    found = []
    for field in fields(group):
        value = getattr(group, field.name)
        if _is_secret(field.name):
            written = words.say("settings.set" if value else "settings.unset")
        else:
            written = _written(value, words)
        found.append((field.name, written))
    return found


def _written(value: object, words: Words) -> str:
    """One value as it is read; an empty one as a dash."""
    if isinstance(value, bool):
        return words.say("layout.yes" if value else "layout.no")
    if isinstance(value, int | float):
        return words.number(value, 6)
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_written(one, words)}" for name, one in value.items()) or "–"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(_written(one, words) for one in value) or "–"
    if isinstance(value, Path | timedelta):
        return str(value)
    return str(value) if value not in ("", None) else "–"
