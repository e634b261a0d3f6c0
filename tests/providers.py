"""Providers that misbehave: real sockets on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

__all__ = ["nobody", "silent_http", "silent_smtp"]


@contextmanager
def nobody() -> Iterator[int]:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextmanager
def _serving(talk) -> Iterator[int]:
    """Each connection in a thread of its own, until the end."""
    open_ones: list[socket.socket] = []

    def accept(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                open_ones.append(connection)
                threading.Thread(target=quietly, args=(connection,), daemon=True).start()

    def quietly(connection: socket.socket) -> None:
        with suppress(OSError, ValueError):
            talk(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)
    for connection in open_ones:
        connection.close()


def silent_http():
    """Takes the whole request and never answers."""

    def talk(connection: socket.socket) -> None:
        while connection.recv(65536):
            pass

    return _serving(talk)


def silent_smtp(pipelining: bool = False, at: bytes = b".\r\n"):
    """Takes each command, but says nothing any more from the line ``at`` on."""
    hello = b"250-here\r\n250 PIPELINING" if pipelining else b"250 here"
    says = {b"ehlo": hello, b"MAIL": b"250 ok", b"RCPT": b"250 ok", b"DATA": b"354 go on"}

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"220 ready\r\n")
        with connection.makefile("rb") as lines:
            for line in lines:
                if line.startswith(at):
                    break
                if line[:4] in says:
                    connection.sendall(says[line[:4]] + b"\r\n")
            while lines.read(65536):
                pass

    return _serving(talk)
