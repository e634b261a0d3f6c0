"""What every store of users, and every log of what they did, must do."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import timedelta

from promoloop.core import RefusedError
from promoloop.flows.staff.ports import AuditLog, UserStore
from promoloop.flows.staff.records import AuditEntry, User
from promoloop.testing.samples import NOON, expecting

__all__ = ["AuditLogSuite", "UserStoreSuite"]

ANA = User("ana@shop.example", "Ana Müller 安娜", "marketer", "$hash", 1, True, NOON, NOON)


class UserStoreSuite(ABC):
    """Derive from this and say how to make an empty store."""

    @abstractmethod
    def make(self) -> UserStore:
        """An empty store."""

    def test_a_user_comes_back_whole(self) -> None:
        users = self.make()
        assert users.find(ANA.user_id) is None
        users.put(ANA)
        assert users.find(ANA.user_id) == ANA
        assert users.all() == (ANA,)

    def test_everybody_comes_by_name(self) -> None:
        users = self.make()
        for name in ("zoe", "bo", "ana10", "ana2"):
            users.put(replace(ANA, user_id=name))
        assert [one.user_id for one in users.all()] == ["ana10", "ana2", "bo", "zoe"]

    def test_the_next_version_takes_the_place_of_the_one_before(self) -> None:
        users = self.make()
        users.put(ANA)
        later = replace(ANA, role="admin", version=2, changed_at=NOON + timedelta(hours=1))
        users.put(later)
        assert users.all() == (later,)

    def test_a_version_that_does_not_follow_is_refused(self) -> None:
        users = self.make()
        users.put(ANA)
        for version in (1, 3):
            with expecting(RefusedError):
                users.put(replace(ANA, role="admin", version=version))
        with expecting(RefusedError):
            users.put(replace(ANA, user_id="bo", version=2))
        assert users.all() == (ANA,)

    def test_of_two_who_change_a_user_at_once_one_is_refused(self) -> None:
        users = self.make()
        users.put(ANA)
        start, said = threading.Barrier(2), list[str]()

        def change(role: str) -> None:
            start.wait()
            try:
                users.put(replace(ANA, role=role, version=2))
                said.append(role)
            except RefusedError:
                said.append("refused")

        threads = [threading.Thread(target=change, args=[role]) for role in ("admin", "viewer")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(said) in (["admin", "refused"], ["refused", "viewer"])


def done(number: int, subject: str = "spring") -> AuditEntry:
    """The ``number``-th thing that was done."""
    at = NOON + timedelta(minutes=number)
    return AuditEntry(
        f"e{number}", at, "ana", "campaign.approve", subject, "done", "127.0.0.1", {"why": "好"}
    )


class AuditLogSuite(ABC):
    """Derive from this and say how to make an empty log."""

    @abstractmethod
    def make(self) -> AuditLog:
        """An empty log."""

    def test_nothing_is_there_at_first(self) -> None:
        log = self.make()
        assert log.latest(10) == ()
        assert log.of("spring") == ()

    def test_entries_come_back_whole_and_newest_first(self) -> None:
        log = self.make()
        assert log.append([done(1), done(2), done(3)]) == 3
        assert log.latest(2) == (done(3), done(2))
        assert log.latest(2, skip=2) == (done(1),)

    def test_an_entry_is_there_once(self) -> None:
        log = self.make()
        assert log.append([done(1)]) == 1
        assert log.append([done(1), done(2)]) == 1
        assert log.append([]) == 0
        assert log.latest(10) == (done(2), done(1))

    def test_what_was_done_to_one_subject_comes_oldest_first(self) -> None:
        log = self.make()
        log.append([done(3), done(2, "summer"), done(1)])
        assert log.of("spring") == (done(1), done(3))
        assert log.of("autumn") == ()
