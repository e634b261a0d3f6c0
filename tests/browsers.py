"""A browser that agreed to notifications: it has keys, and reads what a push service hands it."""

from __future__ import annotations

import base64
import os
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from promoloop.deliver import PushSubscription

__all__ = ["Browser", "new_vapid_key", "url_text"]


def url_text(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def new_vapid_key() -> str:
    """A private key as browser libraries write it."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return url_text(number.to_bytes(32, "big"))


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derived(secret: bytes, salt: bytes, info: bytes, size: int) -> bytes:
    return HKDF(SHA256(), size, salt, info).derive(secret)


class Browser:
    """Written from RFC 8291 and RFC 8188; shares nothing with the sender's library."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = os.urandom(16)

    def subscription(self, shopper_id: str, endpoint: str) -> PushSubscription:
        """What it hands over when its person agrees."""
        mine = _point(self._key.public_key())
        added = datetime(2026, 11, 1, tzinfo=UTC)
        return PushSubscription(shopper_id, endpoint, url_text(mine), url_text(self._auth), added)

    def decrypt(self, body: bytes) -> bytes:
        """The message in one record of ``aes128gcm``."""
        salt, length = body[:16], body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        sender = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        shared = self._key.exchange(ec.ECDH(), sender)
        info = b"WebPush: info\0" + _point(self._key.public_key()) + theirs
        secret = _derived(shared, self._auth, info, 32)
        key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
        return AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0").removesuffix(b"\x02")
