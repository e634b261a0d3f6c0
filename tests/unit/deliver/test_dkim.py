"""DKIM: our signatures, read by a verifier that itself is held to RFC 8463's example."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_public_key,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from promoloop.backends.channel_smtp import DkimSigner, mime_bytes
from promoloop.core import InvalidError
from promoloop.deliver import Rendered
from promoloop.testing.channel import rendered

# RFC 8463, appendix A: a message signed twice, and the keys published in DNS.
EXAMPLE = b"""\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
""".replace(b"\n", b"\r\n")
DNS = {
    "brisbane": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "test": "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2"
    "jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZy"
    "VYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB",
}


def verified(raw: bytes, keys: dict[str, str]) -> list[str]:
    """The selectors whose signature holds; ``InvalidSignature`` for one that does not.

    Written from RFC 6376 section 6.1 and its ABNF, sharing nothing with the signer.
    """
    head, _, body = raw.partition(b"\r\n\r\n")
    fields = [line + b"\r\n" for line in re.split(rb"\r\n(?![ \t])", head)]
    found = []
    for place, line in enumerate(fields):
        if not line.lower().startswith(b"dkim-signature:"):
            continue
        tags = {
            key.strip(): re.sub(r"\s+", "", value)
            for key, _, value in (
                part.partition("=") for part in line.split(b":", 1)[1].decode().split(";")
            )
        }
        assert tags["c"] == "relaxed/relaxed"
        assert tags["v"] == "1"
        if tags["bh"] != base64.b64encode(hashlib.sha256(_body(body)).digest()).decode():
            raise InvalidSignature("body hash")
        rest = fields[:place] + fields[place + 1 :]
        hashed = b""
        for name in tags["h"].lower().split(":"):
            # From the bottom up, each occurrence once (5.4.2); a missing one is an empty string.
            for at in range(len(rest) - 1, -1, -1):
                if rest[at].split(b":", 1)[0].strip().lower() == name.encode():
                    hashed += _field(rest.pop(at))
                    break
        # The signature itself, with an empty b= and without its last CRLF.
        hashed += _field(re.sub(rb"([;\s]b=)[^;]*", rb"\1", line)).removesuffix(b"\r\n")
        _check(tags, keys[tags["s"]], hashed)
        found.append(tags["s"])
    return found


def _body(body: bytes) -> bytes:
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def _field(line: bytes) -> bytes:
    name, value = line.split(b":", 1)
    return name.strip().lower() + b":" + b" ".join(value.split()) + b"\r\n"


def _check(tags: dict[str, str], published: str, hashed: bytes) -> None:
    signature, raw = base64.b64decode(tags["b"]), base64.b64decode(published)
    if tags["a"] == "ed25519-sha256":
        key = ed25519.Ed25519PublicKey.from_public_bytes(raw)
        key.verify(signature, hashlib.sha256(hashed).digest())
    else:
        public = load_der_public_key(raw)
        assert isinstance(public, rsa.RSAPublicKey)
        public.verify(signature, hashed, padding.PKCS1v15(), SHA256())


def pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


RSA = rsa.generate_private_key(65537, 1024)
ED = ed25519.Ed25519PrivateKey.generate()
SIGNERS = (DkimSigner("shop.example", "r1", pem(RSA)), DkimSigner("shop.example", "e1", pem(ED)))


def published() -> dict[str, str]:
    from cryptography.hazmat.primitives.serialization import PublicFormat

    der = RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    raw = ED.public_key().public_bytes_raw()
    return {"r1": base64.b64encode(der).decode(), "e1": base64.b64encode(raw).decode()}


def on_arrival(message: Rendered) -> bytes:
    wire = mime_bytes(message, SIGNERS)
    return wire.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")


def test_the_verifier_takes_the_example_of_rfc_8463() -> None:
    assert verified(EXAMPLE, DNS) == ["brisbane", "test"]
    with pytest.raises(InvalidSignature):
        verified(EXAMPLE.replace(b"dinner", b"supper"), DNS)
    with pytest.raises(InvalidSignature):
        verified(EXAMPLE.replace(b"hungry", b"thirsty"), DNS)


def test_both_signatures_hold_on_arrival() -> None:
    assert verified(on_arrival(rendered(1)), published()) == ["r1", "e1"]


def test_mail_without_html_is_signed_too() -> None:
    assert verified(on_arrival(replace(rendered(1), html="")), published()) == ["r1", "e1"]


def test_what_a_mail_service_acts_on_is_signed() -> None:
    headers = {
        **rendered(1).headers,
        "Date": "Fri, 20 Nov 2026 12:00:00 -0500",
        "List-Unsubscribe": "<https://shop.example/u?t=x>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    raw = on_arrival(replace(rendered(1), headers=headers))
    assert verified(raw, published()) == ["r1", "e1"]
    signed = re.search(rb"h=([^;]*);", raw)
    assert signed is not None
    assert {b"list-unsubscribe", b"list-unsubscribe-post", b"date"} <= set(signed[1].split(b":"))


@pytest.mark.parametrize("added", ["From: ceo@shop.example", "Subject: Free!", "To: all@x.example"])
def test_nobody_can_add_a_second_sender_subject_or_recipient(added: str) -> None:
    raw = on_arrival(rendered(1))
    with pytest.raises(InvalidSignature):
        verified(added.encode() + b"\r\n" + raw, published())


def test_a_changed_text_breaks_the_signature() -> None:
    raw = on_arrival(replace(rendered(1), text="Coffee is 20% off."))
    assert b"20%" in raw
    with pytest.raises(InvalidSignature):
        verified(raw.replace(b"20%", b"90%"), published())


@settings(max_examples=50, deadline=None)
@given(
    subject=st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=90),
    text=st.text(st.characters(exclude_categories=("Cs",)), max_size=200).map("T{}".format),
)
def test_any_message_that_can_be_sent_verifies(subject: str, text: str) -> None:
    message = replace(rendered(1), subject=f"S{subject}", text=text)
    assert verified(on_arrival(message), published()) == ["r1", "e1"]


def test_a_key_never_shows() -> None:
    assert "PRIVATE" not in repr(SIGNERS[0])


@pytest.mark.parametrize(
    ("domain", "key"),
    [
        ("shop.example", "no key"),
        ("shop.example", pem(RSA).replace("M", "!")),
        ("shop example; b=", pem(RSA)),
        ("shop.example\r\nBcc: x", pem(RSA)),
    ],
)
def test_a_key_or_name_that_cannot_be_used_is_refused(domain: str, key: str) -> None:
    with pytest.raises(InvalidError):
        DkimSigner(domain, "s1", key)


def test_a_weak_key_is_refused() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    with pytest.raises(InvalidError, match="1024"):
        DkimSigner("shop.example", "s1", pem(ec.generate_private_key(ec.SECP256R1())))
