"""Text messages through any provider that takes one HTTP request a message.

What the request looks like is configured, see ``SmsProvider``; there is one adapter for all of
them. A text is counted in segments, GSM-7 or UCS-2, before it costs anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from promoloop.backends.channel_http.posting import Poster, Posting
from promoloop.compose import sms_segments, sms_text
from promoloop.core import InvalidError
from promoloop.deliver import Rendered, SendResult, unfit

__all__ = ["SmsChannel", "SmsProvider"]

#: An international number (ITU-T E.164): a plus and up to fifteen digits.
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_SLOT = re.compile(r"\{(\w+)\}")
#: What a request can be filled with.
SLOTS = ("to", "digits", "text", "id", "from", "segments")


@dataclass(frozen=True, slots=True)
class SmsProvider:
    """How one provider wants to be asked.

    Parameters
    ----------
    url : str
        Where to, with slots such as ``{to}`` that are percent-encoded.
    fields : mapping of str to str
        The body, each value with slots: ``{to}`` (+1202...), ``{digits}`` (without the plus),
        ``{text}``, ``{id}`` (the message id, the same at every attempt), ``{from}``,
        ``{segments}``. A name with dots makes nested JSON: ``message.text``.
    body : str
        ``json`` or ``form``.
    headers : mapping of str to str
        Sent as they are, besides the secret's; ``{id}`` is filled in.
    auth_header, auth : str
        The header that carries the secret, and its whole value.
    sender : str
        The number or name it comes from.
    idempotent : bool
        Whether the provider drops a second request of the same ``{id}``.
    most_segments : int
        A longer text is refused.
    """

    url: str
    fields: Mapping[str, str] = field(
        default_factory=lambda: {"to": "{to}", "text": "{text}", "from": "{from}", "id": "{id}"}
    )
    body: str = "json"
    headers: Mapping[str, str] = field(default_factory=dict)
    auth_header: str = "Authorization"
    auth: str = field(default="", repr=False)
    sender: str = ""
    idempotent: bool = False
    most_segments: int = 3

    def __post_init__(self) -> None:
        plain = _SLOT.sub("x", self.url)
        if urlsplit(plain).scheme not in ("https", "http") or not urlsplit(plain).hostname:
            raise _wrong("url", "it is no web address", "Write it like https://sms.example/send.")
        if _SLOT.search(self.url.split("/", 3)[2]):
            raise _wrong("url", "a slot would choose the host", "Use slots after the host only.")
        if self.body not in ("json", "form"):
            raise _wrong("body", f"it is {self.body!r}", "Write json or form.")
        for text in (self.url, *self.fields.values(), *self.headers.values()):
            for slot in _SLOT.findall(text):
                if slot not in SLOTS:
                    raise _wrong("fields", f"there is no slot {slot!r}", f"Use {', '.join(SLOTS)}.")
        for value in (self.auth_header, self.auth, self.sender, *self.headers.values()):
            if re.search(r"[\x00-\x1f\x7f]", value):
                raise _wrong("headers", "one holds a line break", "Give each on one line.")


class SmsChannel:
    """Text messages, one request each.

    Parameters
    ----------
    provider : SmsProvider
    poster : Poster or None
        How requests are sent; by default one with the provider's idempotence.

    Examples
    --------
    >>> channel = SmsChannel(SmsProvider("https://sms.example/v1/messages", auth="Bearer secret"))
    >>> channel.name
    'sms'
    """

    name = "sms"

    def __init__(self, provider: SmsProvider, poster: Poster | None = None) -> None:
        self._provider = provider
        self._poster = poster or Poster(idempotent=provider.idempotent)

    def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
        """Hand the messages to the provider; one result each, in order."""
        asked = [self._posting(message) for message in messages]
        return [result for result, _ in self._poster.post(asked)]

    def close(self) -> None:
        """Give the connections back."""
        self._poster.close()

    def _posting(self, message: Rendered) -> Posting | SendResult:
        provider, text = self._provider, sms_text(message.text.strip())
        why = unfit(message) or self._refused(message.address, text)
        if why:
            return SendResult("failed", why)
        slots = {
            "to": message.address,
            "digits": message.address[1:],
            "text": text,
            "id": message.message_id,
            "from": provider.sender,
            "segments": str(sms_segments(text)),
        }
        kind = "application/json" if provider.body == "json" else _FORM
        headers = {name: _filled(value, slots) for name, value in provider.headers.items()}
        secret = {provider.auth_header: provider.auth} if provider.auth else {}
        url = _filled(provider.url, {name: quote(value, "") for name, value in slots.items()})
        fields = {name: _filled(value, slots) for name, value in provider.fields.items()}
        body = _json(fields) if provider.body == "json" else urlencode(fields).encode()
        return Posting(url, {**headers, **secret, "content-type": kind}, body)

    def _refused(self, address: str, text: str) -> str:
        if not _NUMBER.fullmatch(address):
            return "the address is no international number such as +12025550143"
        if not text:
            return "the text is empty"
        segments = sms_segments(text)
        if segments > self._provider.most_segments:
            return f"the text takes {segments} SMS, {self._provider.most_segments} are allowed"
        return ""


_FORM = "application/x-www-form-urlencoded"


def _filled(template: str, slots: Mapping[str, str]) -> str:
    """Each slot once, from left to right: what a value holds is never filled again."""
    return _SLOT.sub(lambda slot: slots[slot[1]], template)


def _json(fields: Mapping[str, str]) -> bytes:
    tree: dict[str, object] = {}
    for name, value in fields.items():
        at = tree
        *path, last = name.split(".")
        for step in path:
            below = at.setdefault(step, {})
            if not isinstance(below, dict):
                raise _wrong("fields", f"{name!r} lies below a text", "Give it another name.")
            at = below
        at[last] = value
    return msgspec.json.encode(tree)


def _wrong(name: str, case: str, remedy: str) -> InvalidError:
    return InvalidError(f"the SMS provider's {name}", case, remedy)
