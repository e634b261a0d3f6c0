"""API keys, and answers given once, on SQL."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, or_, update

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.tables import ANSWERS, API_KEYS
from promoloop.backends.sql.writes import WriteQueue
from promoloop.core import InvalidError, RefusedError
from promoloop.flows.doors.answers import Answer
from promoloop.flows.doors.keys import ApiKey

__all__ = ["SqlAnswers", "SqlApiKeys"]

_KEY = API_KEYS.table.c
_ANSWER = ANSWERS.table.c


class SqlApiKeys:
    """API keys on SQL; see ``promoloop.flows.doors.keys.ApiKeys``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, key: ApiKey) -> None:
        """Store a key; see the port."""
        rows = API_KEYS.rows([key])
        with self._database.write() as connection:
            if not self._database.add_new(connection, API_KEYS.table, (), rows):
                raise RefusedError(
                    f"the new API key {key.name!r}", "it is there already", "Make another one."
                )

    def of_digest(self, digest: str) -> ApiKey:
        """The key of a digest; see the port."""
        with self._database.read() as connection:
            return _key(connection, _KEY.digest == digest, "this API key")

    def used(self, key_id: str, at: datetime) -> None:
        """Note when it was last used; see the port."""
        before = or_(_KEY.last_used_at.is_(None), _KEY.last_used_at < at)
        statement = update(API_KEYS.table).where(_KEY.key_id == key_id, before)
        with self._database.write() as connection:
            connection.execute(statement.values(last_used_at=at))

    def revoke(self, key_id: str, at: datetime) -> ApiKey:
        """Close a key for good; see the port."""
        statement = update(API_KEYS.table).where(_KEY.key_id == key_id, _KEY.revoked_at.is_(None))
        with self._database.write() as connection:
            connection.execute(statement.values(revoked_at=at))
            return _key(connection, _KEY.key_id == key_id, f"the API key {key_id!r}")

    def all(self) -> tuple[ApiKey, ...]:
        """Every key; see the port."""
        query = API_KEYS.select().order_by(_KEY.created_at, _KEY.seq)
        with self._database.read() as connection:
            return tuple(API_KEYS.read(connection.execute(query)))


def _key(connection: Connection, where: ColumnElement[bool], asked: str) -> ApiKey:
    found = API_KEYS.read(connection.execute(API_KEYS.select().where(where)))
    if not found:
        raise InvalidError(asked, "there is none like it", "Make one, or look at the list.")
    return found[0]


class SqlAnswers:
    """Answers given once, on SQL; see ``promoloop.flows.doors.answers.Answers``."""

    def __init__(self, database: Database, writes: WriteQueue) -> None:
        self._database = database
        self._writes = writes

    def claim(self, claim: Answer, now: datetime) -> Answer:
        """Claim a request unless somebody has; see the port."""
        return self._writes.run(lambda connection: self.claim_within(connection, claim, now))

    def claim_within(self, connection: Connection, claim: Answer, now: datetime) -> Answer:
        """``claim`` as a part of a transaction that others share."""
        ran_out = delete(ANSWERS.table).where(_same_request(claim), _ANSWER.expires_at <= now)
        connection.execute(ran_out)
        if self._database.add_new(connection, ANSWERS.table, ANSWERS.key, ANSWERS.rows([claim])):
            return claim
        return _same(claim, _standing(connection, claim))

    def keep(self, answer: Answer) -> Answer:
        """Answer a claim; see the port."""
        return self._writes.run(lambda connection: self.keep_within(connection, answer))

    def keep_within(self, connection: Connection, answer: Answer) -> Answer:
        """``keep`` as a part of a transaction that others share."""
        statement = update(ANSWERS.table).where(*_open_claim(answer))
        values = {
            "status": answer.status,
            "media": answer.media,
            "body": answer.body,
            "expires_at": answer.expires_at,
        }
        if connection.execute(statement.values(values)).rowcount == 1:
            return answer
        return _same(answer, _standing(connection, answer))

    def release(self, claim: Answer) -> None:
        """Give an unanswered claim back; see the port."""
        statement = delete(ANSWERS.table).where(*_open_claim(claim))
        self._writes.run(lambda connection: connection.execute(statement))

    def expire(self, now: datetime) -> int:
        """Forget what ran out; see the port."""
        statement = delete(ANSWERS.table).where(_ANSWER.expires_at <= now)
        return self._writes.run(lambda connection: connection.execute(statement).rowcount)


def _same_request(answer: Answer) -> ColumnElement[bool]:
    return (
        (_ANSWER.owner == answer.owner)
        & (_ANSWER.route == answer.route)
        & (_ANSWER.key == answer.key)
    )


def _open_claim(answer: Answer) -> tuple[ColumnElement[bool], ...]:
    return _same_request(answer), _ANSWER.token == answer.token, _ANSWER.status == 0


def _standing(connection: Connection, answer: Answer) -> Answer:
    found = ANSWERS.read(connection.execute(ANSWERS.select().where(_same_request(answer))))
    if not found:
        raise RefusedError(
            f"answering {answer.route} with the key {answer.key!r}",
            "its claim ran out and was given up",
            "Send the request again.",
        )
    return found[0]


def _same(asked: Answer, standing: Answer) -> Answer:
    if asked.fingerprint != standing.fingerprint:
        raise RefusedError(
            f"{asked.route} with the idempotency key {asked.key!r}",
            "the key was used for a request with another body",
            "Use a new key for a new request.",
        )
    return standing
