"""DKIM signatures (RFC 6376), rsa-sha256 and ed25519-sha256 (RFC 8463), relaxed/relaxed.

Signed are all headers a reader or a mail service acts on, List-Unsubscribe and
List-Unsubscribe-Post among them (RFC 8058, 4). From, To and Subject are named once more than they
occur, so that nobody can add a second one (RFC 6376, 8.15).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from promoloop.core import InvalidError, UnavailableError

__all__ = ["DkimSigner", "relaxed_body", "relaxed_header"]

#: What is signed where it is there, in this order.
SIGNED = (
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "content-language",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
)
#: Named once more than they occur.
TWICE = ("from", "to", "subject")

_SPACES = re.compile(r"[ \t]+")
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class DkimSigner:
    """Signs in the name of ``domain`` with the key published at ``selector._domainkey.domain``.

    Parameters
    ----------
    domain, selector : str
    key : str
        A PEM private key, RSA of at least 1024 bits or Ed25519.

    Raises
    ------
    InvalidError
        The names are no host names, or the key cannot be used.
    UnavailableError
        The extra ``channels`` is not installed.
    """

    domain: str
    selector: str
    key: str = field(repr=False)
    algorithm: str = field(init=False, default="")
    _sign: _Sign = field(init=False, repr=False, default=bytes)

    def __post_init__(self) -> None:
        for name in (self.domain, self.selector):
            if not _NAME.fullmatch(name):
                raise InvalidError(
                    f"signing mail for {name!r}",
                    "it is no host name",
                    "Write the domain like shop.example and the selector like s2026.",
                )
        algorithm, sign = _signing(self.key)
        object.__setattr__(self, "algorithm", algorithm)
        object.__setattr__(self, "_sign", sign)

    def sign(self, headers: Sequence[tuple[str, str]], body: bytes) -> str:
        """The value of the DKIM-Signature header for a message of these headers and this body.

        Parameters
        ----------
        headers : sequence of (name, value)
            As they stand in the message; a value may be folded.
        body : bytes
            With CRLF line ends, before dots are stuffed.
        """
        found = {name.lower(): (name, value) for name, value in headers}
        names = [name for name in SIGNED if name in found]
        digest = b64encode(sha256(relaxed_body(body)).digest()).decode()
        value = (
            f"v=1; a={self.algorithm}; c=relaxed/relaxed; d={self.domain}; s={self.selector};"
            f"\r\n h={':'.join((*names, *(name for name in TWICE if name in found)))};"
            f"\r\n bh={digest};\r\n b="
        )
        lines = [relaxed_header(*found[name]) + "\r\n" for name in names]
        lines.append(relaxed_header("DKIM-Signature", value))
        signature = b64encode(self._sign("".join(lines).encode("ascii"))).decode()
        return value + "\r\n  ".join(signature[at : at + 72] for at in range(0, len(signature), 72))


def relaxed_header(name: str, value: str) -> str:
    """One header in relaxed form (RFC 6376, 3.4.2), without its line end.

    >>> relaxed_header("SUBJect", " a  b\\r\\n\\t c ")
    'subject:a b c'
    """
    unfolded = value.replace("\r\n", "")
    return f"{name.lower().strip()}:{_SPACES.sub(' ', unfolded).strip()}"


def relaxed_body(body: bytes) -> bytes:
    """A body in relaxed form (RFC 6376, 3.4.4).

    >>> relaxed_body(b" C \\r\\nD \\t E\\r\\n\\r\\n\\r\\n")
    b' C\\r\\nD E\\r\\n'
    """
    text = body.replace(b"\t", b" ")
    while b"  " in text:  # a tenth of what a pattern takes on a message of 20 kB
        text = text.replace(b"  ", b" ")
    text = text.replace(b" \r\n", b"\r\n").rstrip(b"\r\n ")
    return text + b"\r\n" if text else b""


def _signing(pem: str) -> tuple[str, _Sign]:
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError as error:
        raise UnavailableError(
            "signing mail with DKIM",
            f"{error.name} is not installed",
            "Install promoloop[channels].",
        ) from error
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise _unusable("it cannot be read as an unencrypted PEM key") from error
    if isinstance(key, Ed25519PrivateKey):
        # RFC 8463, 3: what is signed is the SHA-256 of the headers, not the headers themselves.
        return "ed25519-sha256", lambda data: key.sign(sha256(data).digest())
    if isinstance(key, RSAPrivateKey) and key.key_size >= 1024:
        return "rsa-sha256", _rsa(key.sign)
    raise _unusable("it is neither Ed25519 nor RSA of at least 1024 bits")


def _rsa(sign: Callable[..., bytes]) -> _Sign:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    padding, hashing = PKCS1v15(), SHA256()
    return lambda data: sign(data, padding, hashing)


def _unusable(case: str) -> InvalidError:
    return InvalidError(
        "the DKIM key",
        case,
        "Make one with: openssl genrsa 2048, or openssl genpkey -algorithm ed25519.",
    )
