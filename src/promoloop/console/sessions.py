"""Signed cookies: who is signed in, for which version of the user, and the token of their forms."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeTimedSerializer

__all__ = ["COOKIE", "Session", "Sessions"]

COOKIE = "promoloop_session"


@dataclass(frozen=True, slots=True)
class Session:
    """What a cookie says; ``user_id`` is empty before sign-in.

    ``version`` is the user's when the session was opened; ``csrf`` the token that every form of
    the session carries.
    """

    user_id: str
    version: int
    csrf: str

    @classmethod
    def opened(cls, user_id: str = "", version: int = 0) -> Session:
        """A new one, with a token of its own."""
        return cls(user_id, version, secrets.token_urlsafe(24))

    def fits(self, token: str) -> bool:
        """Whether ``token`` is the session's; takes the same time for any."""
        return hmac.compare_digest(self.csrf.encode(), token.encode())


class Sessions:
    """Writes and reads the cookies with one key.

    Examples
    --------
    >>> sessions = Sessions(b"key" * 12, hours=1)
    >>> session = Session.opened("ana", 3)
    >>> sessions.read(sessions.written(session)) == session
    True
    >>> sessions.read(sessions.written(session) + "x") is None
    True
    """

    def __init__(self, key: bytes, hours: int) -> None:
        self._key = key
        self._signer = URLSafeTimedSerializer(key, salt="promoloop.console.session")
        self.seconds = hours * 3600

    def signer(self, salt: str) -> URLSafeTimedSerializer:
        """Signs something else with the same key."""
        return URLSafeTimedSerializer(self._key, salt=salt)

    def written(self, session: Session) -> str:
        """The cookie's value."""
        return str(self._signer.dumps([session.user_id, session.version, session.csrf]))

    def read(self, cookie: str) -> Session | None:
        """The session in a cookie; ``None`` when it is forged, too old or none."""
        try:
            user_id, version, csrf = self._signer.loads(cookie, max_age=self.seconds)
        except (BadSignature, ValueError, TypeError):
            return None
        return Session(str(user_id), int(version), str(csrf))
