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
    """Counts failures; each worker process counts its own.

    Parameters
    ----------
    per_name, per_address : int
        Failures in a quarter of an hour before no more are looked at.

    Examples
    --------
    >>> throttle = SignInThrottle(per_name=2, per_address=3)
    >>> throttle.wait("ana", "10.0.0.1")
    0
    >>> throttle.failed("ana", "10.0.0.1"); throttle.failed("ana", "10.0.0.2")
    >>> throttle.wait("ana", "10.0.0.3") > 800, throttle.wait("bo", "10.0.0.1")
    (True, 0)
    """

    def __init__(self, per_name: int, per_address: int) -> None:
        self._window = MovingWindowRateLimiter(MemoryStorage())
        self._limits = {
            "name": RateLimitItemPerMinute(per_name, _MINUTES),
            "address": RateLimitItemPerMinute(per_address, _MINUTES),
        }

    def wait(self, name: str, address: str) -> int:
        """Seconds until the next try is looked at; 0 when it may be now."""
        waits = [0]
        for kind, value in (("name", name), ("address", address)):
            if not self._window.test(self._limits[kind], kind, value):
                reset = self._window.get_window_stats(self._limits[kind], kind, value).reset_time
                waits.append(max(1, math.ceil(reset - time.time())))
        return max(waits)

    def failed(self, name: str, address: str) -> None:
        """Count a wrong name or password."""
        self._window.hit(self._limits["name"], "name", name)
        self._window.hit(self._limits["address"], "address", address)

    def passed(self, name: str) -> None:
        """Forget the failures of a name that has signed in."""
        self._window.clear(self._limits["name"], "name", name)
