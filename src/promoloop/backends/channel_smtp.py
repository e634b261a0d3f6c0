"""E-mail over SMTP (RFC 5321) with the standard library: one connection for a whole group.

What the server says decides the result: 2xx sent, 4xx retry, 5xx failed. A connection lost once
the text is on its way leaves the message ``unknown``: the server may have taken it, so it is never
sent again by itself.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Sequence
from dataclasses import dataclass
from email.header import Header
from email.utils import parseaddr

from promoloop.core import InvalidError
from promoloop.deliver import Rendered, SendResult

__all__ = ["SmtpAccount", "SmtpChannel", "mime_bytes"]

_BREAKS = re.compile(r"[\r\n\x00]")
_LOST = (smtplib.SMTPServerDisconnected, OSError)


@dataclass(frozen=True, slots=True)
class SmtpAccount:
    """Where to hand over mail. ``security`` is ``none``, ``starttls`` or ``tls``."""

    host: str
    port: int
    security: str = "none"
    username: str = ""
    password: str = ""
    timeout_seconds: float = 30.0

    def __post_init__(self) -> None:
        if self.security not in ("none", "starttls", "tls"):
            raise InvalidError(
                f"the SMTP security {self.security!r}",
                "it is none of none, starttls, tls",
                "Choose one of these.",
            )
        if self.username and self.security == "none":
            raise InvalidError(
                f"logging in to {self.host} as {self.username!r}",
                "the password would travel in the clear",
                "Set the security to starttls or tls.",
            )

    def __repr__(self) -> str:
        return f"SmtpAccount({self.host}:{self.port}, {self.security}, {self.username or '-'})"


class SmtpChannel:
    """The e-mail channel. It connects at the first message and keeps the connection.

    Parameters
    ----------
    account : SmtpAccount
    helo : str, default "localhost"
        The name this machine introduces itself with.

    Examples
    --------
    >>> channel = SmtpChannel(SmtpAccount("mail.shop.example", 587, "starttls", "shop", "secret"))
    >>> channel.name
    'email'
    """

    name = "email"

    def __init__(self, account: SmtpAccount, helo: str = "localhost") -> None:
        self._account = account
        self._helo = helo
        self._server: smtplib.SMTP | None = None

    def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
        """Hand the messages to the server one after the other; one result each, in order.

        While the server cannot be reached, every message is ``retry``.
        """
        results: list[SendResult] = []
        for message in messages:
            if results and results[-1].detail.startswith("cannot connect"):
                results.append(results[-1])
            else:
                results.append(self._send_one(message))
        return results

    def close(self) -> None:
        """Say goodbye to the server; the next message connects anew."""
        server, self._server = self._server, None
        if server is None:
            return
        try:
            server.quit()
        except (*_LOST, smtplib.SMTPException):
            server.close()

    def _send_one(self, message: Rendered) -> SendResult:
        try:
            data = mime_bytes(message)
        except InvalidError as error:
            return SendResult("failed", str(error))
        result = self._attempt(message, data)
        if result.detail == "connection lost before the text":
            # An idle connection the server closed meanwhile: nothing was handed over yet.
            result = self._attempt(message, data)
        return result

    def _attempt(self, message: Rendered, data: bytes) -> SendResult:
        try:
            server = self._connected()
        except smtplib.SMTPAuthenticationError as error:
            return SendResult("retry", f"cannot connect: login refused with {error.smtp_code}")
        except (OSError, smtplib.SMTPException) as error:
            return SendResult("retry", f"cannot connect: {error}")
        try:
            refusal = _envelope(server, message)
        except _LOST:
            self._drop()
            return SendResult("retry", "connection lost before the text")
        if refusal is not None:
            return self._after_refusal(refusal)
        return self._hand_over(server, data)

    def _hand_over(self, server: smtplib.SMTP, data: bytes) -> SendResult:
        try:
            server.send(data)
            code, reply = server.getreply()
        except _LOST:
            self._drop()
            return SendResult("unknown", "connection lost after the text was sent")
        if code == 421:
            self._drop()
        return _result(code, reply)

    def _after_refusal(self, refusal: SendResult) -> SendResult:
        try:
            if self._server is not None:
                self._server.rset()
        except _LOST:
            self._drop()
        return refusal

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            self._server = _connect(self._account, self._helo)
        return self._server

    def _drop(self) -> None:
        if self._server is not None:
            self._server.close()
        self._server = None


def _connect(account: SmtpAccount, helo: str) -> smtplib.SMTP:
    if account.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            account.host,
            account.port,
            local_hostname=helo,
            timeout=account.timeout_seconds,
            context=ssl.create_default_context(),
        )
    else:
        server = smtplib.SMTP(
            account.host, account.port, local_hostname=helo, timeout=account.timeout_seconds
        )
    try:
        _introduce(server, account)
    except (OSError, smtplib.SMTPException):
        server.close()
        raise
    return server


def _introduce(server: smtplib.SMTP, account: SmtpAccount) -> None:
    server.ehlo()
    if account.security == "starttls":
        server.starttls(context=ssl.create_default_context())
        server.ehlo()
    if account.username:
        server.login(account.username, account.password)


def _envelope(server: smtplib.SMTP, message: Rendered) -> SendResult | None:
    """MAIL, RCPT and DATA; ``None`` when the server waits for the text, else its refusal."""
    sender = parseaddr(message.headers["From"])[1]
    for wanted, command, argument in (
        (250, "MAIL", f"FROM:<{sender}>"),
        (250, "RCPT", f"TO:<{message.address}>"),
        (354, "DATA", ""),
    ):
        code, reply = server.docmd(command, argument)
        if code not in (wanted, 251 if command == "RCPT" else wanted):
            return _result(code, reply)
    return None


def _result(code: int, reply: bytes) -> SendResult:
    state = "sent" if 200 <= code < 300 else "retry" if 400 <= code < 500 else "failed"
    return SendResult(state, f"{code} {reply.decode('ascii', 'replace')}")


def mime_bytes(message: Rendered) -> bytes:
    """The message on the wire: multipart/alternative, plain text first, CRLF, dots stuffed.

    Built by hand because only two parts and a dozen headers are needed, a tenth of the time the
    general-purpose class takes; the tests read it back with that class.

    Raises
    ------
    InvalidError
        When a header or the address holds a line break, or the From header is missing.
    """
    headers = {
        **message.headers,
        "To": message.address,
        "Subject": message.subject,
        "Message-ID": message.message_id,
    }
    for name, value in headers.items():
        if _BREAKS.search(value) or _BREAKS.search(name):
            raise InvalidError(
                f"sending {message.message_id}, header {name!r}",
                "it holds a line break",
                "Render the message again from clean parts.",
            )
    if "From" not in headers or not message.address.isascii() or set(message.address) & set("<> "):
        raise InvalidError(
            f"sending {message.message_id}",
            "the From header or a usable recipient address is missing",
            "Give both as plain ASCII mailboxes.",
        )
    boundary = f"=_{message.message_id.strip('<>').partition('@')[0]}"
    head = [_header(name, value) for name, value in headers.items()]
    head.append("MIME-Version: 1.0")
    head.append(f'Content-Type: multipart/alternative; boundary="{boundary}"')
    parts = [_part("text/plain", message.text), _part("text/html", message.html)]
    mark = f"--{boundary}".encode()
    body = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"
    raw = "\r\n".join(head).encode("ascii") + b"\r\n\r\n" + body
    return raw.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def _header(name: str, value: str) -> str:
    if value.isascii():
        # RFC 5322 allows 998 characters; folding is only asked for, and breaks signed links.
        return f"{name}: {value}"
    return f"{name}: {Header(value, 'utf-8', header_name=name).encode(linesep=chr(13) + chr(10))}"


def _part(kind: str, text: str) -> bytes:
    raw = text.replace("\r\n", "\n").encode()
    if len(text.encode("ascii", "ignore")) >= 0.9 * len(raw):
        encoding, body = "quoted-printable", b2a_qp(raw, istext=True).replace(b"\n", b"\r\n")
    else:
        encoding, body = "base64", encodebytes(raw).replace(b"\n", b"\r\n")
    head = f"Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + body
