"""One connection to a mail server, over which a run of messages goes.

Where the server allows it (RFC 2920), the next message's commands follow the text of the one
before without waiting: one round trip a message instead of four. A message is built while the
server works on the one before.
"""

from __future__ import annotations

import smtplib
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from promoloop.deliver import SendResult

__all__ = ["LOST", "Draft", "Letter", "Session"]

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


class Draft:
    """A letter that is built when it is first asked for.

    Parameters
    ----------
    build : callable
        Gives the letter, or the answer to a message that cannot be sent.
    """

    def __init__(self, build: Callable[[], Letter | SendResult]) -> None:
        self._build = build
        self._built: Letter | SendResult | None = None

    def letter(self) -> Letter | SendResult:
        """The letter, built once."""
        if self._built is None:
            self._built = self._build()
        return self._built


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
        if server.sock is not None:
            # Small commands must not wait for the confirmation of a large text.
            server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._begun = False
        self._ahead = False
        self.usable = True
        self.stuck = False

    def deliver(self, drafts: Sequence[Draft], until: float) -> list[SendResult]:
        """Hand letters over while the connection holds; one result each, as far as it went.

        A draft without a result was not handed over. ``until`` is the reading of the clock
        after which none is begun.
        """
        results: list[SendResult] = []
        self._ahead = False
        for place, draft in enumerate(drafts):
            if not self.usable or self._monotonic() > until:
                break
            letter = draft.letter()
            if isinstance(letter, Letter):
                results.append(self._one(letter, drafts[place + 1 :]))
            else:
                results.append(letter)
        if self._ahead:
            # The commands of a letter that is not sent stand open: nothing clean can follow.
            self.usable = False
        return results

    def _one(self, letter: Letter, rest: Sequence[Draft]) -> SendResult:
        stage = _Stage()
        try:
            refusal = self._envelope(letter)
            return refusal or self._text(letter, rest, stage)
        except LOST as error:
            return self._lost(error, stage)

    def close(self) -> None:
        """Say goodbye, if anybody still listens."""
        try:
            self._server.quit()
        except (*LOST, smtplib.SMTPException):
            self._server.close()

    def drop(self) -> None:
        """Close without a word."""
        self._server.close()

    def _envelope(self, letter: Letter) -> SendResult | None:
        """``None`` when the server waits for the text, else its refusal."""
        ahead, self._ahead = self._ahead, False
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

    def _text(self, letter: Letter, rest: Sequence[Draft], stage: _Stage) -> SendResult:
        stage.text_sent = True
        self._server.send(letter.data)
        if self._pipelines:
            built = (draft.letter() for draft in rest)
            following = next((one for one in built if isinstance(one, Letter)), None)
            if following is not None:
                self._server.send(following.commands())
                self._ahead = True
        return self._refused(*self._server.getreply())

    def _refused(self, code: int, reply: bytes) -> SendResult:
        self.usable = self.usable and code != 421
        state = "sent" if 200 <= code < 300 else "retry" if 400 <= code < 500 else "failed"
        return SendResult(state, f"{code} {reply.decode('ascii', 'replace')}")

    def _lost(self, error: BaseException, stage: _Stage) -> SendResult:
        self.usable = self._ahead = False
        self.stuck = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
        self.drop()
        how = "the server fell silent" if self.stuck else "connection lost"
        if stage.text_sent:
            return SendResult("unknown", f"{how} after the text was sent")
        return SendResult("retry", f"{how} before the text")


def _accepted(place: int, code: int) -> bool:
    """Whether the reply to MAIL, RCPT or DATA (0, 1, 2) lets the message go on."""
    return code in ((250,), (250, 251), (354,))[place]
