"""API keys made and closed by whoever runs the shop."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime

from promoloop.bootstrap.shop.moments import present
from promoloop.bootstrap.shop.opened import OpenedShop
from promoloop.core import InvalidError, UnavailableError
from promoloop.flows.doors.keys import SCOPES, ApiKey, ApiKeys, new_api_key

__all__ = ["KeyKeeping"]


class KeyKeeping(OpenedShop):
    """Knows who may come in over the API."""

    @property
    def api_keys(self) -> ApiKeys:
        """Every key."""
        if self.house.keys is None:
            raise UnavailableError(
                "API keys", "this shop keeps none", "Open it with bootstrap.open_shop."
            )
        return self.house.keys

    def add_key(
        self, name: str, scopes: Collection[str], now: datetime | None = None
    ) -> tuple[ApiKey, str]:
        """A new key and its secret, which is nowhere else: show it once."""
        for scope in scopes:
            if scope not in SCOPES:
                raise InvalidError(
                    f"the scope {scope!r}", "there is none of it", f"Use {', '.join(SCOPES)}."
                )
        key, secret = new_api_key(name, scopes, secrets.token_bytes(32), now or present())
        self.api_keys.add(key)
        return key, secret

    def revoke_key(self, key_id: str, now: datetime | None = None) -> ApiKey:
        """Close a key for good; servers feel it within seconds."""
        return self.api_keys.revoke(key_id, now or present())
