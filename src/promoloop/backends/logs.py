"""Structured logs as JSON lines, without personal data.

Whatever the caller hands in, what names a person is dropped or replaced before it is written: by
the key it stands under, and addresses by their form, wherever they stand.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import IO, Any

from promoloop.core import UnavailableError

__all__ = ["configure_logs", "without_personal_data"]

#: Never written.
DROPPED = frozenset(
    {
        *("address", "addresses", "authorization", "body", "birthday", "cookie", "email", "emails"),
        *("first_name", "firstname", "full_name", "ip", "ip_address", "last_name", "lastname"),
        *("mail", "name", "names", "password", "phone", "phones", "postal_address", "raw"),
        *("recipient", "secret", "subject", "text", "to", "token", "traits", "user_agent", "zip"),
    }
)
#: Written as a digest, so that lines of one person can be told to belong together.
DIGESTED = frozenset(
    {"anonymous_id", "anonymousid", "shopper", "shopper_id", "shopperid", "user_id", "userid"}
)
_MAIL = re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:]+\.[^\s@<>\"'(),;:]+")
_PHONE = re.compile(r"(?<![\w.:-])\+?\d[\d ()-]{8,}\d(?![\w.:-])")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{12,}\.[A-Za-z0-9_-]{22}\b")


def without_personal_data(
    key: bytes = b"",
) -> Callable[[object, str, MutableMapping[str, Any]], MutableMapping[str, Any]]:
    """A structlog processor that lets no personal data pass; ``key`` makes the digests.

    >>> clean = without_personal_data(b"k")
    >>> clean(None, "info", {"event": "sent to ann@shop.example", "email": "ann@shop.example"})
    {'event': 'sent to [address]'}
    """

    def processor(
        _logger: object, _method: str, entry: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        return _clean_mapping(entry, key)

    return processor


def configure_logs(level: str = "INFO", stream: IO[str] | None = None, key: bytes = b"") -> None:
    """Write all logs of this process as JSON lines, without personal data.

    Raises
    ------
    UnavailableError
        When the extra ``serve`` is not installed.
    """
    try:
        import structlog
    except ModuleNotFoundError as error:
        raise UnavailableError(
            "structured logs",
            f"{error.name} is not installed",
            "Install the extra: pip install 'promoloop[serve]'.",
        ) from error
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            without_personal_data(key),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _clean_mapping(entry: Mapping[str, Any], key: bytes) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in entry.items():
        known = str(name).casefold().replace("-", "_")
        if known in DROPPED:
            continue
        kept[name] = _digest(value, key) if known in DIGESTED else _clean(value, key)
    return kept


def _clean(value: Any, key: bytes) -> Any:
    if isinstance(value, Mapping):
        return _clean_mapping(value, key)
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(one, key) for one in value]
    if isinstance(value, bool | int | float) or value is None:
        return value
    text = value if isinstance(value, str) else str(value)
    text = _TOKEN.sub("[token]", _MAIL.sub("[address]", text))
    return _PHONE.sub("[number]", text)


def _digest(value: object, key: bytes) -> str:
    return hmac.new(key, str(value).encode(), hashlib.sha256).hexdigest()[:16]
