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
from tests.providers import moody_smtp, silent_smtp

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


def ids(taken: list[bytes]) -> list[str]:
    return [str(message_from_bytes(raw)["Message-ID"]) for raw in taken]


@pytest.mark.parametrize("farewell", [b"", b"421 enough for one connection\r\n"])
def test_a_server_that_hangs_up_now_and_then_gets_every_message_once(farewell: bytes) -> None:
    taken: list[bytes] = []
    with moody_smtp(taken, 3, farewell) as port:
        channel = channel_to("127.0.0.1", port)
        messages = [rendered(number) for number in range(10)]
        results = channel.send(messages[:4]) + channel.send(messages[4:])
        channel.close()
    # What the server took it said so of; what it did not take is to be tried again, nothing else.
    sent = [m.message_id for m, r in zip(messages, results, strict=True) if r.state == "sent"]
    assert ids(taken) == sent
    assert {result.state for result in results} <= {"sent", "retry"}
    assert len(sent) >= 8


def test_several_connections_keep_the_answers_in_order() -> None:
    refuse = {"shopper5@mail.example": "550 no such mailbox"}
    with SmtpSink(None, refuse=refuse) as sink:
        channel = SmtpChannel(SmtpAccount(sink.host, sink.port, connections=4))
        for _ in range(2):
            results = channel.send([rendered(number) for number in range(11)])
            assert [r.state for r in results] == ["sent"] * 5 + ["failed"] + ["sent"] * 5
        channel.close()
        assert len(sink.received()) == 10


def test_a_refused_recipient_leaves_the_next_message_whole() -> None:
    refuse = {f"shopper{n}@mail.example": "550 no such mailbox" for n in (0, 1, 3, 5)}
    with SmtpSink(None, refuse=refuse) as sink:
        channel = channel_to(sink.host, sink.port)
        channel.send([rendered(number) for number in range(6)])
        channel.close()
        assert [(m.message_id, m.address) for m in sink.received()] == [
            ("<m2@shop.example>", "shopper2@mail.example"),
            ("<m4@shop.example>", "shopper4@mail.example"),
        ]


def test_a_group_that_takes_too_long_is_given_back() -> None:
    readings = iter([0.0] * 4 + [99.0] * 50)
    with SmtpSink(None) as sink:
        account = SmtpAccount(sink.host, sink.port)
        channel = SmtpChannel(account, group_seconds=10, monotonic=lambda: next(readings))
        states = [r.state for r in channel.send([rendered(number) for number in range(8)])]
        channel.close()
        assert states == ["sent"] * sink.count + ["retry"] * (8 - sink.count)
        assert 0 < sink.count < 8


@pytest.mark.parametrize("at", [b"MAIL", b"RCPT", b"DATA"])
def test_silence_before_the_text_is_no_doubt(at: bytes) -> None:
    with silent_smtp(pipelining=True, at=at) as port:
        channel = SmtpChannel(SmtpAccount("127.0.0.1", port, timeout_seconds=0.2))
        assert [r.state for r in channel.send([rendered(1), rendered(2)])] == ["retry", "retry"]
        channel.close()


def test_a_name_in_another_script_becomes_its_ascii_form() -> None:
    message = parsed(replace(rendered(1), address="li@咖啡.example"))
    assert message["To"] == "li@xn--bur6r.example"


@pytest.mark.parametrize(
    "address",
    [
        "li",
        "@mail.example",
        "li@",
        "咖啡@mail.example",
        '"a b"@mail.example',
        "a@b@c.example",
        "a,b@mail.example",
        "a@mail..example",
        "a@-mail.example",
        "a" * 65 + "@mail.example",
    ],
)
def test_an_address_that_is_no_plain_mailbox_is_refused(address: str) -> None:
    with pytest.raises(InvalidError, match="plain mailbox"):
        mime_bytes(replace(rendered(1), address=address))


def test_mail_without_plain_text_is_refused_and_without_html_goes() -> None:
    with pytest.raises(InvalidError, match="plain-text"):
        mime_bytes(replace(rendered(1), text=" \n"))
    message = parsed(replace(rendered(1), html=""))
    assert message.get_content_type() == "text/plain"
    assert message.get_content().split() == rendered(1).text.split()


@pytest.mark.parametrize("connections", [0, 51])
def test_as_many_connections_as_servers_take(connections: int) -> None:
    with pytest.raises(InvalidError, match="connections"):
        SmtpAccount("mail.shop.example", 25, connections=connections)
