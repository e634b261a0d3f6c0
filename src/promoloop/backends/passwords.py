"""Passwords by Argon2id, with the parameters of RFC 9106 for little memory."""

from __future__ import annotations

from promoloop.core import UnavailableError

__all__ = ["ArgonPasswords"]


class ArgonPasswords:
    """See ``promoloop.flows.staff.ports.Passwords``.

    Raises ``UnavailableError`` when the extra ``serve`` is not installed.
    """

    def __init__(self) -> None:
        try:
            from argon2 import PasswordHasher, profiles
        except ModuleNotFoundError as error:
            raise UnavailableError(
                "keeping passwords",
                "argon2-cffi is not installed",
                "Install promoloop with its extra: promoloop[serve].",
            ) from error
        self._hasher = PasswordHasher.from_parameters(profiles.RFC_9106_LOW_MEMORY)
        self._nobody = self._hasher.hash("nobody has this password")

    def hashed(self, password: str) -> str:
        """The hash with its salt and parameters, as text."""
        return self._hasher.hash(password)

    def fits(self, password_hash: str, password: str) -> bool:
        """Whether they belong together; an empty hash costs as much time as any other."""
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            self._hasher.verify(password_hash or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return bool(password_hash)
