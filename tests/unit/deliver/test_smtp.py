"""SMTP against real servers: the sink, and ones that misbehave."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.backends.channel_smtp import SmtpAccount, SmtpChannel, mime_bytes
from promoloop.backends.smtp_sink import SmtpSink
from promoloop.core import InvalidError, UnavailableError
from promoloop.deliver import Rendered
from promoloop.testing.channel import rendered


def channel_to(host: str, port: int) -> SmtpChannel:
    return SmtpChannel(SmtpAccount(host, port, timeout_seconds=5))


def parsed(message: Rendered) -> EmailMessage:
    wire = mime_bytes(message)
    assert wire.endswith(b"\r\n.\r\n")
    content = wire.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
    return message_from_bytes(content, EmailMessage, policy=policy.default)


def test_the_standard_parser_reads_back_what_was_written() -> None:
    message = parsed(rendered(1))
    assert message["Subject"] == "Your coffee, 20% off 咖啡"
    assert message["To"] == "shopper1@mail.example"
    plain, html = (part.get_content() for part in message.iter_parts())
    assert plain.replace("\r\n", "\n").rstrip("\n") == rendered(1).text.rstrip("\n")
    assert html.replace("\r\n", "\n").rstrip("\n") == rendered(1).html.rstrip("\n")
    assert not message.defects


@given(
    subject=st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=120),
    text=st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=300).map(
        "T{}".format
    ),
)
def test_any_text_survives_the_wire(subject: str, text: str) -> None:
    message = parsed(replace(rendered(1), subject=subject, text=text))
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().rstrip("\r\n") == text
    assert str(message["Subject"]).split() == subject.split()


def test_no_line_is_longer_than_the_rfc_allows() -> None:
    long = replace(rendered(1), text="咖啡" * 3000, html="<p>" + "a b " * 4000 + "</p>")
    assert max(len(line) for line in mime_bytes(long).split(b"\r\n")) <= 998


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "a\r\nBcc: x@y.example"},
        {"address": "a@b.example>\r\nRCPT TO:<x@y.example"},
        {"address": "a@b.example> <x@y.example"},
        {"headers": {"From": "a@b.example", "X": "b\nBcc: c@d.example"}},
        {"headers": {}},
    ],
)
def test_a_message_that_would_inject_commands_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(InvalidError):
        mime_bytes(replace(rendered(1), **change))


def test_the_server_s_answer_decides() -> None:
    refuse = {
        "shopper1@mail.example": "550 no such mailbox",
        "shopper2@mail.example": "451 try again later",
    }
    with SmtpSink(None, refuse=refuse) as sink:
        channel = channel_to(sink.host, sink.port)
        results = channel.send([rendered(number) for number in range(4)])
        channel.close()
        assert [result.state for result in results] == ["sent", "failed", "retry", "sent"]
        assert results[1].detail == "550 no such mailbox"
        assert sink.count == 2


def test_a_second_copy_is_counted_and_kept_once(tmp_path: Path) -> None:
    with SmtpSink(tmp_path, per_locale=1, named=frozenset({"shopper7@mail.example"})) as sink:
        channel = channel_to(sink.host, sink.port)
        channel.send([rendered(1), rendered(1), rendered(2), rendered(7)])
        channel.close()
        assert (sink.count, sink.duplicates) == (4, 1)
        assert sink.texts()["<m1@shop.example>"] == "Coffee is 20% off.\n.\n咖啡八折\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "en-US-_m1_shop.example.eml",
        "en-US-_m7_shop.example.eml",
    ]


def test_a_sink_that_is_not_running_says_so() -> None:
    with pytest.raises(UnavailableError, match="not running"):
        SmtpSink(None).port.bit_length()


def test_nobody_listening_means_later() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        results = channel_to("127.0.0.1", taken.getsockname()[1]).send([rendered(1), rendered(2)])
    assert [result.state for result in results] == ["retry", "retry"]


@contextmanager
def server_that_hangs_up(after: bytes) -> Iterator[int]:
    """A server that takes each command, but closes when it has read ``after``."""
    answers = {b"ehlo": b"250 ok", b"MAIL": b"250 ok", b"RCPT": b"250 ok", b"DATA": b"354 go on"}

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as lines:
                connection.sendall(b"220 ready\r\n")
                for line in lines:
                    if line.startswith(after):
                        break
                    answer = answers.get(line[:4])
                    if answer:
                        connection.sendall(answer + b"\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)


@pytest.mark.parametrize(
    ("hangs_up_at", "state"),
    [(b"MAIL", "retry"), (b"RCPT", "retry"), (b"DATA", "retry"), (b".\r\n", "unknown")],
)
def test_a_lost_connection_is_in_doubt_only_once_the_text_is_on_its_way(
    hangs_up_at: bytes, state: str
) -> None:
    with server_that_hangs_up(hangs_up_at) as port:
        channel = channel_to("127.0.0.1", port)
        assert [result.state for result in channel.send([rendered(1)])] == [state]
        channel.close()


def test_a_password_is_never_sent_in_the_clear_nor_shown() -> None:
    with pytest.raises(InvalidError, match="in the clear"):
        SmtpAccount("mail.shop.example", 25, username="shop", password="secret")
    safe = SmtpAccount("mail.shop.example", 587, "starttls", "shop", "secret")
    assert "secret" not in repr(safe)


def test_an_unknown_security_is_refused() -> None:
    with pytest.raises(InvalidError, match="starttls"):
        SmtpAccount("mail.shop.example", 25, "ssl3")
