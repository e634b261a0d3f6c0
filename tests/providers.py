"""Providers that misbehave: real sockets on loopback."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

__all__ = [
    "HttpProvider",
    "Taken",
    "http_provider",
    "moody_smtp",
    "nobody",
    "silent_http",
    "silent_smtp",
]


@dataclass(frozen=True)
class Taken:
    """A request as it arrived; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HttpProvider:
    """A running provider. ``answer`` gives the status for each request; ``pause`` is its pace."""

    port: int = 0
    answer: Callable[[Taken], int] = lambda _: 202
    extra: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0
    taken: list[Taken] = field(default_factory=list)

    def url(self, path: str = "/send", scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


@contextmanager
def http_provider(tls: Path | None = None) -> Iterator[HttpProvider]:
    """A real HTTP/1.1 server; with ``tls`` (a folder) over https, ``ca.pem`` is put there."""
    provider = HttpProvider()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            taken = Taken(self.path, headers, body)
            time.sleep(provider.pause)
            status = provider.answer(taken)
            provider.taken.append(taken)
            self.send_response(status)
            for name, value in provider.extra.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = _secured(server.socket, tls)
        provider.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield provider
        server.shutdown()
        thread.join(timeout=5)


def _secured(plain: socket.socket, folder: Path) -> ssl.SSLSocket:
    """The socket with a certificate for localhost, made for this test."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    (folder / "ca.pem").write_bytes(made.sign(key, SHA256()).public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context.wrap_socket(plain, server_side=True)


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


def moody_smtp(taken: list[bytes], per_connection: int, farewell: bytes = b""):
    """Pipelines; after so many messages says ``farewell`` (if anything) and hangs up."""
    says = {b"MAIL": b"250 ok", b"RCPT": b"250 ok", b"RSET": b"250 ok", b"QUIT": b"221 bye"}

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"220 ready\r\n")
        done = 0
        with connection, connection.makefile("rb") as lines:
            for line in lines:
                if line[:4].lower() == b"ehlo":
                    connection.sendall(b"250-here\r\n250 PIPELINING\r\n")
                elif line[:4] == b"DATA":
                    connection.sendall(b"354 go on\r\n")
                    taken.append(b"".join(iter(lambda: _line(lines), b".\r\n")))
                    done += 1
                    connection.sendall(b"250 taken\r\n")
                    if done == per_connection:
                        connection.sendall(farewell)
                        connection.shutdown(socket.SHUT_RDWR)
                        return
                else:
                    connection.sendall(says.get(line[:4], b"500 what") + b"\r\n")

    return _serving(talk)


def _line(lines) -> bytes:
    line = lines.readline()
    if not line:
        raise OSError("hung up in the text")
    return line
