"""How often a wrong password may be tried: per name and per address, in a moving quarter hour."""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

__all__ = ["SignInThrottle"]

_MINUTES = 15


class SignInThrottle:
    """Counts tries; each worker process counts its own.

    Parameters
    ----------
    per_name, per_address : int
        Tries in a quarter of an hour before no more are looked at.

    Examples
    --------
    >>> throttle = SignInThrottle(per_name=2, per_address=3)
    >>> throttle.admit("ana", "10.0.0.1"), throttle.admit("ana", "10.0.0.2")
    (0, 0)
    >>> throttle.admit("ana", "10.0.0.3") > 800, throttle.admit("bo", "10.0.0.1")
    (True, 0)
    """

    def __init__(self, per_name: int, per_address: int) -> None:
        self._window = MovingWindowRateLimiter(MemoryStorage())
        self._told = RateLimitItemPerMinute(1, _MINUTES)
        self._limits = {
            "name": RateLimitItemPerMinute(per_name, _MINUTES),
            "address": RateLimitItemPerMinute(per_address, _MINUTES),
        }

    def admit(self, name: str, address: str) -> int:
        """Count a try before it is looked at; the seconds to wait when it is one too many, or 0.

        Counted first, so that tries at the same time cannot all slip through.
        """
        keys = (("name", name), ("address", address))
        over = [key for key in keys if not self._window.hit(self._limits[key[0]], *key)]
        return max((self._seconds(*key) for key in over), default=0)

    def newly_full(self, address: str) -> bool:
        """Whether a refusal of this address has not been told in this quarter hour."""
        return self._window.hit(self._told, "told", address)

    def passed(self, name: str) -> None:
        """Forget the tries of a name that has signed in."""
        self._window.clear(self._limits["name"], "name", name)

    def _seconds(self, kind: str, value: str) -> int:
        reset = self._window.get_window_stats(self._limits[kind], kind, value).reset_time
        return max(1, math.ceil(reset - time.time()))
