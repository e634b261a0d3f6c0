"""A mail server that keeps what it gets: real SMTP on loopback, for the demo and for tests.

It counts messages by Message-ID, so that a message sent twice is seen, and keeps the plain-text
part of each for a later check of facts. It relays nothing and listens on 127.0.0.1 only.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP as WIRE
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from promoloop.core import UnavailableError

__all__ = ["Received", "SmtpSink"]


#: Where the part nobody checks begins; the plain part always stands before it (RFC 2046, 5.1.4).
HTML = b"Content-Type: text/html"


#: The longest message that is taken.
MOST_BYTES = 32 * 1024 * 1024


async def _take_text(server: Any, arg: str) -> None:
    """DATA in one piece instead of line by line, a few times as fast as the library's own.

    ``server`` is aiosmtpd's; what is used of it has no types.
    """
    if await server.check_helo_needed():
        return
    if arg or not server.envelope.rcpt_tos:
        await server.push("501 Syntax: DATA" if arg else "503 Error: need RCPT command")
        return
    await server.push("354 End data with <CR><LF>.<CR><LF>")
    try:
        text = await server._reader.readuntil(b"\r\n.\r\n")
    except asyncio.LimitOverrunError:
        await server.push("552 Error: Too much mail data")
        server.transport.close()
        return
    content = (b"\r\n" + text[:-3]).replace(b"\r\n..", b"\r\n.")[2:]
    server.envelope.content = server.envelope.original_content = content
    await server.push(await server._call_handler_hook("DATA"))
    server._set_post_data_state()


_Server = type(
    "_Server",
    (SMTP,),
    {"line_length_limit": MOST_BYTES, "smtp_DATA": syntax("DATA")(_take_text)},
)


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it arrived. ``text`` is its plain-text part."""

    message_id: str
    address: str
    locale: str
    subject: str
    text: str


class SmtpSink:
    """A loopback mail server; use it as a context manager.

    Parameters
    ----------
    folder : Path or None
        Where ``.eml`` files are kept; ``None`` keeps none.
    per_locale : int, default 10
        How many files to keep of each locale.
    named : frozenset of str
        Addresses whose messages are always kept.
    refuse : mapping of str to str
        A reply such as ``"550 no such mailbox"`` per address, given instead of taking the mail.

    Examples
    --------
    >>> with SmtpSink(None) as sink:
    ...     sink.count, sink.duplicates
    (0, 0)
    """

    def __init__(
        self,
        folder: Path | None,
        per_locale: int = 10,
        named: frozenset[str] = frozenset(),
        refuse: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = folder
        self._per_locale = per_locale
        self._named = named
        self._refuse = dict(refuse or {})
        self._times: Counter[str] = Counter()
        self._kept: Counter[str] = Counter()
        self._first: dict[str, tuple[str, bytes]] = {}
        self._server: asyncio.Server | None = None

    @property
    def host(self) -> str:
        """Always loopback."""
        return "127.0.0.1"

    @property
    def port(self) -> int:
        """The port the system gave; ``UnavailableError`` before the sink was started."""
        if self._server is None:
            raise UnavailableError(
                "the port of the mail sink", "it is not running", "Use it in a with statement."
            )
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def count(self) -> int:
        """Messages taken, duplicates included."""
        return self._times.total()

    @property
    def duplicates(self) -> int:
        """Messages taken beyond the first of their Message-ID."""
        return self._times.total() - len(self._times)

    def received(self) -> tuple[Received, ...]:
        """The first message of every Message-ID, in order of arrival."""
        return tuple(_read(raw, address) for address, raw in list(self._first.values()))

    def texts(self) -> Mapping[str, str]:
        """The plain-text part per Message-ID."""
        return {message.message_id: message.text for message in self.received()}

    def __enter__(self) -> SmtpSink:
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp-sink")
        self._thread.start()
        starting = asyncio.run_coroutine_threadsafe(self._listen(), self._loop)
        self._server = starting.result(timeout=10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()
        self._server = None

    async def _hello(
        self, _server: SMTP, session: Session, _envelope: Envelope, name: str, says: list[str]
    ) -> list[str]:
        session.host_name = name
        return [says[0], "250-PIPELINING", *says[1:]]

    async def _recipient(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        if address in self._refuse:
            return self._refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def _message(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        raw = envelope.original_content or b""
        key = _field(raw, "Message-ID")
        self._times[key] += 1
        if key not in self._first:
            # Only what is read later stays in memory: headers and the plain part, not the HTML.
            self._first[key] = (envelope.rcpt_tos[0], raw.partition(HTML)[0])
            self._keep(key, envelope.rcpt_tos[0], raw)
        return "250 OK"

    def _keep(self, key: str, address: str, raw: bytes) -> None:
        locale = _field(raw, "Content-Language") or "und"
        room = self._kept[locale] < self._per_locale
        if self._folder is None or not (room or address in self._named):
            return
        self._kept[locale] += 1
        stem = re.sub(r"[^A-Za-z0-9._-]+", "_", f"{locale}-{key}").strip("_")
        (self._folder / f"{stem}.eml").write_bytes(raw)

    async def _listen(self) -> asyncio.Server:
        hooks = SimpleNamespace(handle_RCPT=self._recipient, handle_DATA=self._message)
        hooks.handle_EHLO = self._hello
        return await self._loop.create_server(
            lambda: _Server(hooks, hostname="sink.invalid", loop=self._loop), self.host, 0
        )

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


def _field(raw: bytes, name: str) -> str:
    found = re.search(rb"^" + name.encode() + rb": *(\S*)", raw, re.MULTILINE | re.IGNORECASE)
    return found[1].decode("ascii", "replace") if found else ""


def _read(raw: bytes, address: str) -> Received:
    message = BytesParser(EmailMessage, policy=WIRE).parsebytes(raw)
    plain = message.get_body(("plain",))
    text: str = "" if plain is None else plain.get_content()
    return Received(
        message_id=str(message["Message-ID"]),
        address=address,
        locale=str(message["Content-Language"] or "und"),
        subject=str(message["Subject"]),
        text=text.replace("\r\n", "\n").rstrip() + "\n",
    )
