"""``[serve]``: where the server listens, and how much it takes in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from promoloop.settings.faults import wrong

__all__ = ["ServeSettings", "check_serve"]


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """The server of API and console. It is heard on this machine only unless ``host`` says more.

    ``request_bytes`` is the largest body that is read, ``batch`` the most events or records in
    one request. The rates are requests of one key in a minute. ``origins`` are the web pages
    that may ask from a browser; none by default. ``public_url`` is how the outside calls this
    server, for links. ``threads`` is how many requests wait for stores at a time. With ``fresh``
    the configured model writes words for carts and second looks in the background.
    """

    host: str = "127.0.0.1"
    port: int = 8787
    workers: int = 1
    threads: int = 16
    request_bytes: int = 1_048_576
    batch: int = 1000
    decides_per_minute: int = 120_000
    events_per_minute: int = 60_000
    others_per_minute: int = 1_200
    origins: tuple[str, ...] = ()
    fresh: bool = False
    public_url: str = "http://127.0.0.1:8787"


def check_serve(serve: ServeSettings, path: Path) -> None:
    """Refuse ports that are none, counts below 1, addresses and origins that cannot be used."""
    if not 1 <= serve.port <= 65535:
        raise wrong(path, "serve.port", serve.port, "Write a number from 1 to 65535.")
    if not serve.host:
        raise wrong(path, "serve.host", serve.host, "Write 127.0.0.1 to be heard here only.")
    counts = ("workers", "threads", "batch")
    rates = ("decides_per_minute", "events_per_minute", "others_per_minute")
    for name in (*counts, *rates):
        if getattr(serve, name) < 1:
            raise wrong(path, f"serve.{name}", getattr(serve, name), "Write 1 or more.")
    if not 1024 <= serve.request_bytes <= 2**28:
        remedy = "Write 1024 to 268435456."
        raise wrong(path, "serve.request_bytes", serve.request_bytes, remedy)
    if not _is_base(serve.public_url):
        remedy = "Write it like https://offers.shop.example, without a path."
        raise wrong(path, "serve.public_url", serve.public_url, remedy)
    for origin in serve.origins:
        if not _is_base(origin):
            remedy = "Write each like https://shop.example, without a path; * is not taken."
            raise wrong(path, "serve.origins", origin, remedy)


def _is_base(address: str) -> bool:
    """Whether it is a scheme and a host, and nothing more."""
    parts = urlsplit(address)
    whole = f"{parts.scheme}://{parts.netloc}"
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and address == whole
