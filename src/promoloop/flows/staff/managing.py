"""Adding people, changing what they may do, and letting them in."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from promoloop.core import InvalidError, RefusedError
from promoloop.flows.staff.ports import Passwords, UserStore
from promoloop.flows.staff.records import User, require_role

__all__ = ["add_user", "change_user", "known_user", "sign_in"]

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,119}")
#: Length is what makes a password hard to guess; no rules on its letters.
_SHORTEST, _LONGEST = 12, 200


def add_user(
    users: UserStore,
    passwords: Passwords,
    user_id: str,
    password: str,
    role: str,
    now: datetime,
    name: str = "",
) -> User:
    """Let somebody sign in from now on.

    Raises
    ------
    InvalidError
        A name that is none, a password too short or too long, a role that does not exist.
    RefusedError
        When there is somebody of this name.
    """
    key = _key(user_id)
    if users.find(key) is not None:
        raise RefusedError(
            f"adding the user {key}", "there is one of this name", "Choose another name."
        )
    hashed = passwords.hashed(_strong(password)) if password else ""
    user = User(key, name or user_id, require_role(role), hashed, 1, True, now, now)
    users.put(user)
    return user


def change_user(
    users: UserStore,
    passwords: Passwords,
    user_id: str,
    now: datetime,
    *,
    role: str = "",
    password: str = "",
    active: bool | None = None,
) -> User:
    """Change what is given of a user; their sessions end.

    Raises ``RefusedError`` when nobody would be left to administer.
    """
    old = known_user(users, user_id)
    new = replace(
        old,
        role=require_role(role) if role else old.role,
        password_hash=passwords.hashed(_strong(password)) if password else old.password_hash,
        active=old.active if active is None else active,
        version=old.version + 1,
        changed_at=now,
    )
    others = [one for one in users.all() if one.user_id != old.user_id and one.may("admin")]
    if old.may("admin") and not new.may("admin") and not others:
        raise RefusedError(
            f"changing the user {old.user_id}",
            "nobody else may administer",
            "Give somebody else the role admin first.",
        )
    users.put(new)
    return new


def known_user(users: UserStore, user_id: str) -> User:
    """The user of this name; an unknown one is an error."""
    found = users.find(user_id.strip().lower())
    if found is None:
        raise InvalidError(
            f"the user {user_id!r}", "there is nobody of this name", "See the list of people."
        )
    return found


def sign_in(users: UserStore, passwords: Passwords, user_id: str, password: str) -> User | None:
    """The user whose name and password these are; ``None`` when they do not fit.

    It takes as long for a name that does not exist as for a wrong password.
    """
    user = users.find(user_id.strip().lower())
    usable = user is not None and user.active and bool(user.password_hash)
    fits = passwords.fits(user.password_hash if user and usable else "", password[:_LONGEST])
    return user if usable and fits else None


def _key(user_id: str) -> str:
    key = user_id.strip().lower()
    if not _NAME.fullmatch(key):
        raise InvalidError(
            f"the name {user_id!r}",
            "it cannot be used to sign in",
            "Use 2 to 120 letters, digits and . _ @ + -, such as ana@shop.example.",
        )
    return key


def _strong(password: str) -> str:
    if not _SHORTEST <= len(password) <= _LONGEST:
        raise InvalidError(
            "the password",
            f"it has {len(password)} characters",
            f"Use {_SHORTEST} to {_LONGEST}; several words are easy to keep in mind.",
        )
    return password
