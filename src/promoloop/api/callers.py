"""Who asks: API keys from the ``Authorization`` header, what they may do, and how often."""

from __future__ import annotations

import hmac
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import Request

from promoloop.api.limits import MovingWindow
from promoloop.api.problems import WebError
from promoloop.core import InvalidError
from promoloop.flows.doors.keys import PAGE, ApiKey, ApiKeys, key_digest

__all__ = ["Caller", "Callers"]

_OF_PAGE = frozenset({"events:write", "decide"})
_WINDOW = 60.0
#: Wrong keys of one address in a minute before no more are looked up.
_WRONG = 60
#: Seconds for which a key is taken for what it was: the time a revocation takes to be felt.
_KEPT = 5.0
_MOST = 4096
_NOTED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Caller:
    """A key that is good, and what it may do."""

    key_id: str
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        """Whether the key has ``scope``, or one that includes it."""
        if scope in self.scopes or "admin" in self.scopes:
            return True
        return PAGE in self.scopes and scope in _OF_PAGE


class Callers:
    """Knows keys by their secrets, and counts what they ask for.

    Parameters
    ----------
    keys : ApiKeys
    rates : callable
        The most requests of a key in a minute, by scope.
    noted : callable
        Is told of a key that was used, once a minute at most.
    clock : callable, optional
        A monotonic clock in seconds.
    """

    def __init__(
        self,
        keys: ApiKeys,
        rates: Callable[[str], int],
        noted: Callable[[str, datetime], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keys = keys
        self._rates = rates
        self._noted = noted
        self._clock = clock
        self._known: OrderedDict[str, tuple[ApiKey, float]] = OrderedDict()
        self._used: dict[str, datetime] = {}
        self._window = MovingWindow(_WINDOW, clock)
        self._wrong = MovingWindow(_WINDOW, clock)

    def caller(self, request: Request, scope: str, now: datetime, *, in_query: bool) -> Caller:
        """Whoever asks for something that needs ``scope``.

        ``in_query`` also takes a key from the query field ``key``: where a page's beacon cannot
        send headers. Only keys of the scope ``page`` are taken there.

        Raises
        ------
        WebError
            401 without a good key, 403 when it may not, 429 when it asks too often.
        """
        secret, shown = _secret(request, in_query=in_query)
        key = self._key(secret, request)
        if shown and PAGE not in key.scopes:
            raise _unknown("only keys of the scope page may stand in an address")
        caller = Caller(key.key_id, frozenset(key.scopes))
        if not caller.may(scope):
            raise WebError(
                403,
                "not-allowed",
                f"this request needs the scope {scope}",
                f"the key {key.key_id} has {', '.join(key.scopes)}",
                "Use another key: promoloop keys add --scope.",
            )
        self._count(caller, scope)
        self._note(key.key_id, now)
        return caller

    def _key(self, secret: str, request: Request) -> ApiKey:
        digest = key_digest(secret)
        known = self._known.get(digest)
        now = self._clock()
        if known is not None and known[1] > now:
            return known[0]
        address = request.client.host if request.client else ""
        # Who was known is looked up again even while somebody behind the same proxy guesses.
        wait = self._wrong.wait(address, _WRONG) if known is None else 0.0
        if wait:
            raise _too_often("keys that are not known", _WRONG, wait)
        try:
            key = self._keys.of_digest(digest)
        except InvalidError:
            self._wrong.hit(address, _WRONG)
            raise _unknown("nobody has this key") from None
        if key.revoked_at is not None or not hmac.compare_digest(key.digest, digest):
            self._wrong.hit(address, _WRONG)
            raise _unknown("nobody has this key, or not any more")
        self._known[digest] = key, now + _KEPT
        self._known.move_to_end(digest)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return key

    def _count(self, caller: Caller, scope: str) -> None:
        limit = self._rates(scope)
        group = scope if scope in _OF_PAGE else "others"
        wait = self._window.hit(f"{caller.key_id} {group}", limit)
        if wait:
            raise _too_often("requests of one key", limit, wait)

    def _note(self, key_id: str, now: datetime) -> None:
        last = self._used.get(key_id)
        if last is None or now - last >= _NOTED:
            self._used[key_id] = now
            self._noted(key_id, now)


def _secret(request: Request, *, in_query: bool) -> tuple[str, bool]:
    """The secret that was sent, and whether it stood in the address."""
    header = request.headers.get("authorization", "")
    kind, _, secret = header.partition(" ")
    if header:
        if kind.lower() != "bearer" or not secret.strip():
            raise _unknown("the header Authorization holds no key")
        return secret.strip(), False
    shown = request.query_params.get("key", "") if in_query else ""
    if not shown:
        raise _unknown("no key was sent")
    return shown, True


def _unknown(case: str) -> WebError:
    return WebError(
        401,
        "not-signed-in",
        "this request needs an API key",
        case,
        "Send `Authorization: Bearer plk_...`; promoloop keys add makes one.",
        {"WWW-Authenticate": 'Bearer realm="promoloop"'},
    )


def _too_often(what: str, limit: int, wait: float) -> WebError:
    seconds = max(1, math.ceil(wait))
    return WebError(
        429,
        "too-often",
        what,
        f"more than {limit} came within a minute",
        f"Try again in {seconds} seconds.",
        {"Retry-After": str(seconds)},
    )
