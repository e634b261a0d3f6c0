"""What comes back: bounces as DSN (RFC 3464), complaints as ARF (RFC 5965), reports by webhook.

A report that was returned by mail proves nothing by itself: anybody can write one. It is worth
what its ``token`` is worth: our own signed unsubscribe token, found in the headers of our message
that the report returns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message as Mail
from email.utils import parseaddr, parsedate_to_datetime
from urllib.parse import parse_qs, urlsplit

import msgspec

from promoloop.core import InvalidError
from promoloop.deliver.records import ProviderReport

__all__ = ["MOST_BYTES", "reports_in_json", "reports_in_mail"]

#: A returned message is a few dozen kB; one larger than this is not read.
MOST_BYTES = 1_000_000
_MOST_PARTS = 50
_MOST_REPORTS = 1000

#: Enhanced status codes (RFC 3463) that say "not now" although they begin with 5, and those that
#: tell of us or our text rather than of the mailbox: full, too large, policy, content.
_SOFT_5 = re.compile(r"5\.(2\.[123]|3\.\d+|4\.\d+|5\.\d+|6\.\d+|7\.\d+)")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")

#: What providers call the four kinds.
_WORDS: Mapping[str, str] = {
    "delivered": "delivered",
    "delivery": "delivered",
    "success": "delivered",
    "bounce": "hard_bounce",
    "bounced": "hard_bounce",
    "hard_bounce": "hard_bounce",
    "permanent_failure": "hard_bounce",
    "undeliverable": "hard_bounce",
    "soft_bounce": "soft_bounce",
    "deferred": "soft_bounce",
    "temporary_failure": "soft_bounce",
    "undelivered": "soft_bounce",
    "expired": "soft_bounce",
    "failed": "soft_bounce",
    "complaint": "complaint",
    "complained": "complaint",
    "spam_report": "complaint",
    "spam": "complaint",
}


class _Told(msgspec.Struct, frozen=True):
    """One entry of a delivery report."""

    event: str
    message_id: str = ""
    address: str = ""
    at: str | int | float = ""
    detail: str = ""


def reports_in_mail(raw: bytes, now: datetime) -> tuple[ProviderReport, ...]:
    """The reports in a returned message, one for each recipient it tells of.

    Parameters
    ----------
    raw : bytes
        The whole message as it arrived in the mailbox for bounces.
    now : datetime
        The time of a report that names none; UTC.

    Returns
    -------
    tuple of ProviderReport
        Empty when it is neither a DSN nor an ARF report: an out-of-office note, say.

    Raises
    ------
    InvalidError
        It is larger than ``MOST_BYTES`` or has too many parts.

    References
    ----------
    RFC 3464 (delivery status), RFC 3463 (status codes), RFC 5965 (abuse reports).
    """
    if len(raw) > MOST_BYTES:
        raise _unreadable(f"it has {len(raw)} bytes, {MOST_BYTES} are read")
    mail = message_from_bytes(raw)
    parts = _parts(mail)
    kinds = {part.get_content_type(): part for part in reversed(parts)}
    if "message/feedback-report" in kinds:
        return _complaint(kinds["message/feedback-report"], _returned(kinds), now)
    if "message/delivery-status" in kinds:
        return tuple(_bounces(kinds["message/delivery-status"], _returned(kinds), now))
    return ()


def reports_in_json(body: bytes, channel: str, now: datetime) -> tuple[ProviderReport, ...]:
    """The reports a provider posted as JSON: one object, a list, or a list under ``events``.

    Each has ``event`` (``delivered``, ``bounced``, ``soft_bounce``, ``complained``, ... as
    providers call them), ``message_id`` and ``address``, and may have ``at`` (RFC 3339 or seconds
    since 1970) and ``detail``. Events of other kinds, such as opens, are left out. Verify the
    webhook before: the content is believed.

    Raises
    ------
    InvalidError
        It is no such JSON; the field is named.
    """
    if len(body) > MOST_BYTES:
        raise _unreadable(f"it has {len(body)} bytes, {MOST_BYTES} are read")
    try:
        data = msgspec.json.decode(body)
        told = msgspec.convert(_listed(data), list[_Told])
    except (msgspec.DecodeError, RecursionError) as error:
        raise _unreadable(str(error)) from error
    if len(told) > _MOST_REPORTS:
        raise _unreadable(f"it has {len(told)} entries, {_MOST_REPORTS} are read")
    return tuple(
        ProviderReport(
            kind=_WORDS[_word(one.event)],
            channel=channel,
            message_id=_line(one.message_id),
            address=_line(one.address),
            at=_at(one.at, now),
            detail=_line(one.detail)[:200],
        )
        for one in told
        if _word(one.event) in _WORDS
    )


def _listed(data: object) -> object:
    if isinstance(data, dict):
        return data.get("events", [data.get("data", data)])
    return data


def _word(event: str) -> str:
    """The last word of ``message.bounced``, in lower case with underscores."""
    return event.rpartition(".")[2].strip().lower().replace("-", "_").replace(" ", "_")


def _at(said: str | float, now: datetime) -> datetime:
    try:
        if isinstance(said, str):
            moment = datetime.fromisoformat(said) if said else now
        else:
            moment = datetime.fromtimestamp(said, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise _unreadable("the field at is no time") from error
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _bounces(part: Mail, returned: Mapping[str, str], now: datetime) -> Iterator[ProviderReport]:
    blocks = _blocks(part)
    at = _when(blocks[0].get("arrival-date", "") if blocks else "", now)
    for block in blocks:
        kind = _kind(block)
        if kind is None:
            continue
        detail = block.get("diagnostic-code", "") or block.get("status", "")
        yield ProviderReport(
            kind=kind,
            channel="email",
            message_id=returned.get("message-id", ""),
            address=_typed(block.get("original-recipient", "") or block["final-recipient"]),
            at=_when(block.get("last-attempt-date", ""), at),
            detail=_line(detail)[:200],
            token=_token(returned),
        )


def _kind(block: Mapping[str, str]) -> str | None:
    """What a per-recipient block tells; ``None`` for the block about the whole message."""
    action = block.get("action", "").lower()
    if not action or "final-recipient" not in block:
        return None
    if action in ("delivered", "relayed", "expanded"):
        return "delivered"
    found = _STATUS.search(block.get("status", "")) or _STATUS.search(
        block.get("diagnostic-code", "")
    )
    status = found[1] if found else ""
    hard = action == "failed" and status.startswith("5") and not _SOFT_5.fullmatch(status)
    return "hard_bounce" if hard else "soft_bounce"


def _complaint(
    part: Mail, returned: Mapping[str, str], now: datetime
) -> tuple[ProviderReport, ...]:
    fields: dict[str, str] = {}
    for block in _blocks(part):
        fields.update(block)
    kind = fields.get("feedback-type", "").lower()
    if kind == "not-spam":
        return ()
    address = fields.get("original-rcpt-to", "") or parseaddr(returned.get("to", ""))[1]
    return (
        ProviderReport(
            kind="complaint",
            channel="email",
            message_id=returned.get("message-id", ""),
            address=_line(address.strip("<> ")),
            at=_when(fields.get("arrival-date", "") or fields.get("received-date", ""), now),
            detail=_line(kind),
            token=_token(returned),
        ),
    )


def _parts(mail: Mail) -> list[Mail]:
    parts: list[Mail] = []
    for part in mail.walk():
        parts.append(part)
        if len(parts) > _MOST_PARTS:
            raise _unreadable(f"it has more than {_MOST_PARTS} parts")
    return parts


def _blocks(part: Mail) -> list[dict[str, str]]:
    """The groups of fields in a status or feedback part; the standard parser makes each a part."""
    payload = part.get_payload()
    if isinstance(payload, list):
        groups = [one for one in payload if isinstance(one, Mail)]
    else:
        text = part.get_payload(decode=True)
        raw = text if isinstance(text, bytes) else b""
        groups = [message_from_bytes(one) for one in re.split(rb"\r?\n\r?\n", raw)]
    blocks = [{name.lower(): _plain(value) for name, value in one.items()} for one in groups]
    # A part whose fields the parser took for a body keeps them there.
    bodies = [one.get_payload() for one in groups if not one.items()]
    for body in bodies:
        if isinstance(body, str) and ":" in body:
            again = message_from_bytes(body.encode("utf-8", "replace"))
            blocks.append({name.lower(): _plain(value) for name, value in again.items()})
    return [block for block in blocks if block]


def _returned(kinds: Mapping[str, Mail]) -> dict[str, str]:
    """The headers of our message as the report gives them back."""
    for kind in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
        part = kinds.get(kind)
        if part is None:
            continue
        payload = part.get_payload()
        if isinstance(payload, list) and payload and isinstance(payload[0], Mail):
            inner = payload[0]
        else:
            raw = part.get_payload(decode=True)
            inner = message_from_bytes(raw if isinstance(raw, bytes) else b"")
        return {name.lower(): _plain(value) for name, value in inner.items()}
    return {}


def _token(returned: Mapping[str, str]) -> str:
    """Our unsubscribe token: the ``t`` of the address in List-Unsubscribe."""
    for link in re.findall(r"<(https?://[^>\s]{1,2000})>", returned.get("list-unsubscribe", "")):
        try:
            found = parse_qs(urlsplit(link).query).get("t", [])
        except ValueError:
            continue
        if found:
            return str(found[0])
    return ""


def _typed(field: str) -> str:
    """The address of ``rfc822; someone@mail.example``."""
    return _line(field.rpartition(";")[2].strip().strip("<>"))


def _when(said: str, now: datetime) -> datetime:
    try:
        moment = parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError):
        return now
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _plain(value: object) -> str:
    """A header's value on one line, encoded words read."""
    text = " ".join(str(value).split())
    try:
        return str(make_header(decode_header(text))) if "=?" in text else text
    except (ValueError, LookupError):
        return text


def _line(text: str) -> str:
    """``text`` without anything that would break a log line."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+", " ", text).strip()[:500]


def _unreadable(case: str) -> InvalidError:
    return InvalidError("a delivery report", case, "Send it as the how-to on channels shows.")
