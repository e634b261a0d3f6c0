"""The contract of a channel, held up around any channel: bad messages stay out, nothing is raised.

A channel of one's own may be careless; wrapped in ``Guarded`` it refuses addresses and headers
that would break out of their line, answers once for each message, and never raises.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import TracebackType

from promoloop.deliver.ports import Channel
from promoloop.deliver.records import Rendered, SendResult

__all__ = ["ANSWERS", "Guarded", "unfit"]

#: The states a channel may answer with.
ANSWERS = frozenset({"sent", "failed", "retry", "unknown"})

#: What could end a line: C0 and C1 controls and Unicode's own line ends.
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
#: A field name of RFC 9110, which every protocol here can carry.
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
#: Nobody's address or id is longer (RFC 5321, 4.5.3.1, and push endpoints seen in the wild).
_LONGEST = 2048


def unfit(message: Rendered) -> str:
    """Why no channel may carry the message; "" when it may go.

    The reason names the part and quotes nothing, so that it can be logged.
    """
    lines = {"message id": message.message_id, "address": message.address}
    for part, value in lines.items():
        if not value.strip() or len(value) > _LONGEST:
            return f"the {part} is empty or too long"
    for name, value in message.headers.items():
        if not _NAME.fullmatch(name):
            return "a header's name is no plain word"
        lines[f"header {name}"] = value
    lines["subject"] = message.subject
    for part, value in lines.items():
        if _BREAKS.search(value):
            return f"the {part} holds a line break or control character"
    whole = "".join((*lines.values(), message.text, message.html))
    return "" if _encodable(whole) else "it holds half a character (a lone surrogate)"


class Guarded:
    """A channel that keeps the contract whatever the one within does.

    Parameters
    ----------
    channel : Channel

    Examples
    --------
    >>> from promoloop.deliver import Rendered, SendResult
    >>> class Careless:
    ...     name = "sms"
    ...     def send(self, messages):
    ...         raise KeyError("region")
    >>> message = Rendered("m-1", "+12025550143", "Coffee", "20% off", "", {})
    >>> [(one.state, one.detail) for one in Guarded(Careless()).send([message])]
    [('unknown', 'the channel broke: KeyError')]
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    @property
    def name(self) -> str:
        """The name of the channel within."""
        return self._channel.name

    def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
        """Hand over what is fit; one result each, in order. Never raises."""
        reasons = [unfit(message) for message in messages]
        fit = [message for message, why in zip(messages, reasons, strict=True) if not why]
        answers = iter(self._answers(fit))
        return [SendResult("failed", why) if why else next(answers) for why in reasons]

    def _answers(self, messages: Sequence[Rendered]) -> Sequence[SendResult]:
        """What the channel says; ``unknown`` for all when that cannot be told."""
        if not messages:
            return []
        results: Sequence[SendResult] = ()
        with _Caught() as caught:
            results = self._channel.send(messages)
        if caught.name:
            return [SendResult("unknown", f"the channel broke: {caught.name}")] * len(messages)
        if len(results) != len(messages):
            detail = f"the channel gave {len(results)} answers to {len(messages)} messages"
            return [SendResult("unknown", detail)] * len(messages)
        return [
            result
            if result.state in ANSWERS
            else SendResult("unknown", f"the channel answered {result.state!r}")
            for result in results
        ]


class _Caught:
    """Takes any error of somebody else's code, and keeps the name of its kind only.

    What the error says may quote an address or a key.
    """

    def __init__(self) -> None:
        self.name = ""

    def __enter__(self) -> _Caught:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        self.name = type(error).__name__
        return True


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
