"""One connection to a mail server, over which a run of messages goes.

Where the server allows it (RFC 2920), the next message's commands travel with the text of the one
before: one round trip a message instead of four.
"""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from promoloop.deliver import SendResult

__all__ = ["LOST", "Letter", "Session"]

LOST = (smtplib.SMTPServerDisconnected, OSError)


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes over the connection: the envelope, and the text with its final dot."""

    sender: str
    recipient: str
    data: bytes

    def commands(self) -> bytes:
        """MAIL, RCPT and DATA."""
        head = f"MAIL FROM:<{self.sender}>\r\nRCPT TO:<{self.recipient}>\r\nDATA\r\n"
        return head.encode("ascii")


@dataclass(slots=True)
class _Stage:
    """How far the message in hand has come."""

    text_sent: bool = False


class Session:
    """A connection in use.

    Attributes
    ----------
    usable : bool
        Whether another message may follow; False once the connection is lost or the server
        said goodbye.
    stuck : bool
        Whether the server fell silent: then nothing is gained by asking again at once.
    """

    def __init__(
        self, server: smtplib.SMTP, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._server = server
        self._monotonic = monotonic
        self._pipelines = server.has_extn("pipelining")
        self._begun = False
        self.usable = True
        self.stuck = False

    def deliver(self, letters: Sequence[Letter], until: float) -> list[SendResult]:
        """Hand letters over while the connection holds; one result each, as far as it went.

        A letter without a result was not handed over. ``until`` is the reading of the clock
        after which none is begun.
        """
        results: list[SendResult] = []
        ahead = False
        for place, letter in enumerate(letters):
            if not self.usable or self._monotonic() > until:
                break
            following = letters[place + 1] if place + 1 < len(letters) else None
            stage = _Stage()
            try:
                refusal = self._envelope(letter, ahead=ahead)
                ahead = refusal is None and self._pipelines and following is not None
                text = letter.data + (following.commands() if ahead and following else b"")
                results.append(refusal or self._text(text, stage))
            except LOST as error:
                results.append(self._lost(error, stage))
        if ahead and len(results) < len(letters):
            # The commands of a letter that is not sent stand open: nothing clean can follow.
            self.usable = False
        return results

    def close(self) -> None:
        """Say goodbye, if anybody still listens."""
        try:
            self._server.quit()
        except (*LOST, smtplib.SMTPException):
            self._server.close()

    def drop(self) -> None:
        """Close without a word."""
        self._server.close()

    def _envelope(self, letter: Letter, *, ahead: bool) -> SendResult | None:
        """``None`` when the server waits for the text, else its refusal."""
        if self._begun and not ahead:
            self._command(b"RSET\r\n")
        self._begun = False
        if not self._pipelines:
            return self._step_by_step(letter)
        if not ahead:
            self._server.send(letter.commands())
        answers = [self._server.getreply() for _ in range(3)]
        refusal = next(
            (one for place, one in enumerate(answers) if not _accepted(place, one[0])), None
        )
        if refusal is None:
            return None
        if answers[2][0] == 354:
            # It waits for a text that nobody is to get: an empty one (RFC 2920, 3.1).
            self._command(b".\r\n")
        self._begun = True
        return self._refused(*refusal)

    def _step_by_step(self, letter: Letter) -> SendResult | None:
        for place, command in enumerate(letter.commands().splitlines(keepends=True)):
            code, reply = self._command(command)
            if not _accepted(place, code):
                self._begun = place > 0
                return self._refused(code, reply)
        return None

    def _command(self, command: bytes) -> tuple[int, bytes]:
        self._server.send(command)
        return self._server.getreply()

    def _text(self, text: bytes, stage: _Stage) -> SendResult:
        stage.text_sent = True
        self._server.send(text)
        return self._refused(*self._server.getreply())

    def _refused(self, code: int, reply: bytes) -> SendResult:
        self.usable = self.usable and code != 421
        state = "sent" if 200 <= code < 300 else "retry" if 400 <= code < 500 else "failed"
        return SendResult(state, f"{code} {reply.decode('ascii', 'replace')}")

    def _lost(self, error: BaseException, stage: _Stage) -> SendResult:
        self.usable = False
        self.stuck = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
        self.drop()
        how = "the server fell silent" if self.stuck else "connection lost"
        if stage.text_sent:
            return SendResult("unknown", f"{how} after the text was sent")
        return SendResult("retry", f"{how} before the text")


def _accepted(place: int, code: int) -> bool:
    """Whether the reply to MAIL, RCPT or DATA (0, 1, 2) lets the message go on."""
    return code in ((250,), (250, 251), (354,))[place]
