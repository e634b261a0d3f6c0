"""The e-mail channel: messages built, spread over kept connections, their answers in order."""

from __future__ import annotations

import smtplib
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from promoloop.backends.channel_smtp.account import SmtpAccount, connect
from promoloop.backends.channel_smtp.dkim import DkimSigner
from promoloop.backends.channel_smtp.session import Draft, Letter, Session
from promoloop.backends.channel_smtp.wire import mailbox, mime_bytes, return_path
from promoloop.core import InvalidError
from promoloop.deliver import Rendered, SendResult

__all__ = ["SmtpChannel"]

#: Connections opened anew within one group before the rest waits for another time.
_RENEWALS = 3


class SmtpChannel:
    """E-mail. It connects at the first message and keeps its connections.

    What the server says decides the result: 2xx sent, 4xx retry, 5xx failed. A connection lost
    once the text is on its way leaves the message ``unknown``: the server may have taken it, so
    it is never sent again by itself. Lost before that, it is ``retry``.

    Parameters
    ----------
    account : SmtpAccount
    helo : str, default "localhost"
        The name this machine introduces itself with.
    signers : sequence of DkimSigner
        Each adds a signature; an RSA and an Ed25519 key side by side serve every reader.
    group_seconds : float, default 60
        After this time no further message of a group is begun: the rest is ``retry``. Less than
        the outbox's lease, so that a slow server cannot leave messages in doubt.
    monotonic : callable
        A running count of seconds.

    Examples
    --------
    >>> channel = SmtpChannel(SmtpAccount("mail.shop.example", 587, "starttls", "shop", "secret"))
    >>> channel.name
    'email'
    """

    name = "email"

    def __init__(
        self,
        account: SmtpAccount,
        helo: str = "localhost",
        signers: Sequence[DkimSigner] = (),
        group_seconds: float = 60.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._account = account
        self._helo = helo
        self._signers = tuple(signers)
        self._group_seconds = group_seconds
        self._monotonic = monotonic
        self._idle: list[Session] = []
        self._turn = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
        """Hand the messages to the server; one result each, in order. Never raises for one.

        While the server cannot be reached, every message is ``retry``.
        """
        return self._spread([Draft(partial(self._letter, message)) for message in messages])

    def close(self) -> None:
        """Say goodbye to the server; the next message connects anew."""
        with self._turn:
            idle, self._idle = self._idle, []
            pool, self._pool = self._pool, None
        for session in idle:
            session.close()
        if pool is not None:
            pool.shutdown()

    def _letter(self, message: Rendered) -> Letter | SendResult:
        try:
            return Letter(
                sender=return_path(message, self._account.return_path),
                recipient=mailbox(message.address),
                data=mime_bytes(message, self._signers),
            )
        except InvalidError as error:
            return SendResult("failed", str(error))

    def _spread(self, drafts: Sequence[Draft]) -> list[SendResult]:
        """The letters in as many parts as there are connections, side by side."""
        lanes = min(self._account.connections, len(drafts))
        if lanes <= 1:
            return self._over_one(drafts)
        size = -(-len(drafts) // lanes)
        parts = [drafts[at : at + size] for at in range(0, len(drafts), size)]
        with self._turn:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._account.connections, "smtp")
            pool = self._pool
        return [result for part in pool.map(self._over_one, parts) for result in part]

    def _over_one(self, drafts: Sequence[Draft]) -> list[SendResult]:
        results: list[SendResult] = []
        until = self._monotonic() + self._group_seconds
        why = "the server keeps closing the connection"
        for _ in range(_RENEWALS + 1):
            if len(results) == len(drafts):
                break
            if self._monotonic() > until:
                why = "the server took too long"
                break
            session = self._session()
            if isinstance(session, SendResult):
                return results + [session] * (len(drafts) - len(results))
            stuck = self._some(session, drafts, results, until)
            if stuck:
                why = "the server fell silent"
                break
        return results + [SendResult("retry", why)] * (len(drafts) - len(results))

    def _some(
        self, session: Session, drafts: Sequence[Draft], results: list[SendResult], until: float
    ) -> bool:
        """As many as the connection lasts for; whether the server fell silent."""
        got = session.deliver(drafts[len(results) :], until)
        if got and not session.usable and not session.stuck and got[-1].detail.endswith(" text"):
            # Lost before the text: nothing was handed over, and a kept connection that the server
            # closed meanwhile looks the same. It is worth another connection.
            got.pop()
        results += got
        if session.usable:
            with self._turn:
                self._idle.append(session)
        else:
            session.drop()
        return session.stuck

    def _session(self) -> Session | SendResult:
        """A kept connection or a new one; ``retry`` when there is none to be had."""
        with self._turn:
            if self._idle:
                return self._idle.pop()
        try:
            return Session(connect(self._account, self._helo), self._monotonic)
        except smtplib.SMTPAuthenticationError as error:
            return SendResult("retry", f"cannot connect: login refused with {error.smtp_code}")
        except (OSError, smtplib.SMTPException) as error:
            return SendResult("retry", f"cannot connect: {error}")
