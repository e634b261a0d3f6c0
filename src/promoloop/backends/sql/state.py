"""All operational state behind one door."""

from __future__ import annotations

from collections.abc import Sequence

from promoloop.backends.sql.doors import SqlAnswers, SqlApiKeys
from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.erasures import SqlErasures
from promoloop.backends.sql.inbox import SqlInbox
from promoloop.backends.sql.ledger import SqlLedger
from promoloop.backends.sql.live import SqlLive
from promoloop.backends.sql.logs import SqlConsents, SqlCopies, SqlDecisions, SqlOutcomes
from promoloop.backends.sql.migrations import migrate
from promoloop.backends.sql.models import SqlModels
from promoloop.backends.sql.offer_stores import (
    SqlCampaigns,
    SqlCatalogue,
    SqlOffers,
    SqlPauses,
)
from promoloop.backends.sql.outbox import SqlOutbox
from promoloop.backends.sql.people import SqlConsentRequests, SqlRests, SqlSuppressions
from promoloop.backends.sql.personal import SqlPersonal
from promoloop.backends.sql.redeeming import SqlCodes, SqlRedemptions
from promoloop.backends.sql.reviews import SqlReviews
from promoloop.backends.sql.staff import SqlAudit, SqlUsers
from promoloop.backends.sql.subscriptions import SqlSeenWebhooks, SqlSubscriptions
from promoloop.backends.sql.tracking import SqlClicks, SqlPriceHistory
from promoloop.backends.sql.views import SqlViews
from promoloop.backends.sql.writes import WriteQueue
from promoloop.decide import Decision, Reservation, require_same
from promoloop.deliver import Message

__all__ = ["State", "open_state"]


class State:
    """Every store of one database.

    Attributes
    ----------
    catalogue, offers, campaigns, pauses, consents, copies, reviews : stores
    ledger, stock, decisions, outbox, outcomes, models : stores
    consent_requests, rests, suppressions, clicks, price_history : stores
        Each fits the port of its room. ``stock`` is the ledger's count of units.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.writes = WriteQueue(database)
        self.inbox = SqlInbox(database, self.writes)
        self.keys = SqlApiKeys(database)
        self.answers = SqlAnswers(database, self.writes)
        self.catalogue = SqlCatalogue(database)
        self.offers = SqlOffers(database)
        self.campaigns = SqlCampaigns(database)
        self.pauses = SqlPauses(database)
        self.consents = SqlConsents(database)
        self.copies = SqlCopies(database)
        self.reviews = SqlReviews(database)
        self.ledger = SqlLedger(database)
        self.stock = self.ledger
        self.decisions = SqlDecisions(database)
        self.outbox = SqlOutbox(database)
        self.erasures = SqlErasures(database)
        self.personal = SqlPersonal(database, self.ledger)
        self.outcomes = SqlOutcomes(database)
        self.models = SqlModels(database)
        self.subscriptions = SqlSubscriptions(database)
        self.webhooks = SqlSeenWebhooks(database)
        self.consent_requests = SqlConsentRequests(database)
        self.rests = SqlRests(database)
        self.suppressions = SqlSuppressions(database)
        self.clicks = SqlClicks(database)
        self.price_history = SqlPriceHistory(database)
        self.users = SqlUsers(database)
        self.audit = SqlAudit(database)
        self.views = SqlViews(database)
        self.codes = SqlCodes(database, self.writes)
        self.redemptions = SqlRedemptions(database, self.writes, self.ledger)
        self.live = SqlLive(database, self.writes, self.decisions, self.ledger)

    def commit(
        self,
        account: str,
        decisions: Sequence[Decision],
        reservations: Sequence[Reservation],
        messages: Sequence[Message],
    ) -> None:
        """Log decisions, set their money aside and queue their messages: all of it or nothing.

        Committing the same again changes nothing. When the money or the stock does not suffice,
        or another run has decided one of them otherwise meanwhile, ``RefusedError`` is raised and
        neither a decision nor a message is left behind.
        """
        with self.database.write() as connection:
            added = self.decisions.append_within(connection, decisions)
            if added < len(decisions):
                known = self.decisions.known_within(connection, decisions)
                require_same(decisions, known, added)
                return
            self.ledger.reserve_within(connection, account, reservations)
            self.outbox.enqueue_within(connection, messages)

    def close(self) -> None:
        """Write what waits to be written, and give the connections back."""
        self.writes.close()
        self.database.close()


def open_state(url: str, *, wait_seconds: float = 30.0) -> State:
    """Open the state at ``url``, bringing its schema up to date.

    Parameters
    ----------
    url : str
        ``sqlite:///state.db`` (created when absent) or ``postgresql+psycopg://...``.
    wait_seconds : float, default 30
        How long a write waits for another process on SQLite.

    Raises
    ------
    InvalidError
        The URL or the file is not a database of ours.
    RefusedError
        A newer promoloop wrote it.
    UnavailableError
        The folder is missing; the file is locked or may not be written; the disk is full.
    """
    database = Database(url, wait_seconds)
    try:
        migrate(database)
    except BaseException:
        database.close()
        raise
    return State(database)
