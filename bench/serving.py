"""A shop's server in a process of its own, as ``promoloop serve`` runs it, for the benches."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from promoloop.bootstrap import Shop, init_shop, open_shop
from promoloop.flows.doors.keys import new_api_key

__all__ = ["Server", "serving"]

_PROMOLOOP = "from promoloop.cli import main; main()"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """Where it listens, the secret of a key for everything, and its process."""

    port: int
    secret: str
    pid: int

    def cpu_seconds(self) -> float:
        """CPU that the process has taken so far, all threads."""
        said = Path(f"/proc/{self.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(said[11]) + int(said[12])) / _TICKS


@contextmanager
def serving(
    folder: Path, database_url: str, prepare: Callable[[Shop], None] = lambda _shop: None
) -> Iterator[Server]:
    """A server of the shop in ``folder``, which ``prepare`` fills before it starts."""
    config = init_shop(folder)
    os.environ["PROMOLOOP_STATE_URL"] = database_url
    with open_shop(config) as shop:
        key, secret = new_api_key("bench", ["admin"], secrets.token_bytes(32), datetime.now(UTC))
        shop.house.keys.add(key)
        prepare(shop)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["serve", "--config", str(config), "--port", str(port)]
    process = subprocess.Popen([sys.executable, "-c", _PROMOLOOP, *command], stdout=sys.stderr)
    try:
        _wait_for(port, process)
        yield Server(port, secret, process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server does not answer")
