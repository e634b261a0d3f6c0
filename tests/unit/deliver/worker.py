"""A delivery worker in a process of its own, for the test that kills it.

Usage: python worker.py DATABASE_URL SMTP_PORT OWNER
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta

from promoloop.backends.channel_smtp import SmtpAccount, SmtpChannel
from promoloop.backends.sql import open_state
from promoloop.backends.sql.outbox import SqlOutbox
from promoloop.decide import ContactHours
from promoloop.deliver import Sender
from promoloop.flows.deliver import Desk, deliver_due

LEASE = timedelta(seconds=1)
ALL_DAY = (ContactHours("*", "email", 0, 24, date(2000, 1, 1), "test"),)


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def main(url: str, port: int, owner: str) -> None:
    state = open_state(url)
    channel = SmtpChannel(SmtpAccount("127.0.0.1", port))
    desk = Desk(
        outbox=SqlOutbox(state.database, lease=LEASE),
        copies=state.copies,
        consents=state.consents,
        channels={"email": channel},
        sender=Sender(
            "S", "s@shop.example", "S", "Street 1", "https://shop.example/u", "l.shop.example"
        ),
        shop_url="https://shop.example/",
        key=b"0123456789abcdef",
        market="US",
        quiet=ALL_DAY,  # the test runs at any hour
    )
    deliver_due(desk, owner, SystemClock())
    channel.close()
    state.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
