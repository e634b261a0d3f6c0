"""What every log of reviews must do."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from datetime import timedelta

from promoloop.compose import Mark, ReviewEntry, ReviewLog
from promoloop.core import InvalidError, PromoloopError, RefusedError
from promoloop.testing.samples import NOON, expecting

__all__ = ["ReviewLogSuite"]

DRAFT = ReviewEntry("c1", "draft", "gemma-270m", NOON)
READ = ReviewEntry(
    "c1", "in_review", "first reader", NOON, "", (Mark("near_limit", "标题"), Mark("sampled"))
)
PASSED = ReviewEntry(
    "c1", "approved", "Ana Müller", NOON + timedelta(hours=1), "读起来不错", (), "c0"
)
ENDED = ReviewEntry("c1", "retired", "Bo", NOON + timedelta(hours=2), "worn out")


def waiting(copy_id: str) -> list[ReviewEntry]:
    """The first two steps of a text."""
    return [
        ReviewEntry(copy_id, "draft", "template", NOON),
        ReviewEntry(copy_id, "in_review", "first reader", NOON),
    ]


class ReviewLogSuite(ABC):
    """Derive from this and say how to make an empty log."""

    @abstractmethod
    def make(self) -> ReviewLog:
        """An empty log."""

    def test_what_was_never_opened_stands_nowhere(self) -> None:
        log = self.make()
        assert log.of("c1") == ()
        assert log.standing(["c1"]) == {}
        assert log.standing_in("approved") == {}

    def test_the_whole_way_comes_back_in_order_and_whole(self) -> None:
        log = self.make()
        assert log.append([DRAFT, READ, PASSED]) == 3
        assert log.append([ENDED]) == 1
        assert log.of("c1") == (DRAFT, READ, PASSED, ENDED)

    def test_the_last_entry_says_where_a_text_stands(self) -> None:
        log = self.make()
        log.append([DRAFT, READ, *waiting("c2"), PASSED])
        assert log.standing(["c2", "c1", "c9"]) == {"c1": PASSED, "c2": waiting("c2")[1]}
        assert log.standing_in("approved") == {"c1": PASSED}
        assert log.standing_in("draft") == {}
        log.append([ENDED])
        assert log.standing_in("approved") == {}
        assert log.standing_in("retired") == {"c1": ENDED}

    def test_those_in_a_state_come_by_id(self) -> None:
        log = self.make()
        log.append([step for key in ("c3", "c10", "c2") for step in waiting(key)])
        assert list(log.standing_in("in_review")) == ["c10", "c2", "c3"]

    def test_the_entry_a_text_stands_at_changes_nothing_when_given_again(self) -> None:
        log = self.make()
        log.append([DRAFT, READ])
        assert log.append([READ]) == 0
        assert log.append([]) == 0
        assert log.of("c1") == (DRAFT, READ)

    def test_a_step_that_may_not_follow_is_refused_and_nothing_is_added(self) -> None:
        log = self.make()
        log.append([DRAFT])
        for wrong in (PASSED, ReviewEntry("c1", "draft", "Bo", NOON)):
            with expecting(RefusedError):
                log.append([*waiting("c2"), wrong])
        assert log.of("c1") == (DRAFT,)
        assert log.of("c2") == ()

    def test_a_text_begins_as_a_draft(self) -> None:
        log = self.make()
        with expecting(RefusedError):
            log.append([PASSED])

    def test_what_was_retired_never_comes_back(self) -> None:
        log = self.make()
        log.append([DRAFT, READ, PASSED, ENDED])
        for entry in (READ, PASSED, DRAFT):
            with expecting(RefusedError):
                log.append([entry])

    def test_an_approved_text_can_be_called_back_and_approved_anew(self) -> None:
        log = self.make()
        log.append([DRAFT, READ, PASSED])
        back = ReviewEntry("c1", "in_review", "Bo", NOON, "the price is odd")
        again = ReviewEntry("c1", "approved", "Ana Müller", NOON)
        assert log.append([back, again]) == 2
        assert log.standing(["c1"]) == {"c1": again}

    def test_a_state_that_does_not_exist_is_an_error(self) -> None:
        log = self.make()
        with expecting(InvalidError):
            log.append([ReviewEntry("c1", "published", "Bo", NOON)])

    def test_many_texts_are_found_at_once(self) -> None:
        log = self.make()
        keys = [f"c{number:04d}" for number in range(1_200)]
        assert log.append([step for key in keys for step in waiting(key)]) == 2_400
        assert list(log.standing(keys)) == keys
        assert len(log.standing_in("in_review")) == 1_200

    def test_of_two_who_decide_at_once_one_is_refused(self) -> None:
        """Both saw it in review and approve it; the log names one of them."""
        log = self.make()
        log.append([DRAFT, READ])
        start, said = threading.Barrier(2), list[str]()

        def decide(entry: ReviewEntry) -> None:
            start.wait()
            try:
                log.append([entry])
                said.append(entry.by)
            except PromoloopError:
                said.append("refused")

        two = [ReviewEntry("c1", "approved", who, NOON) for who in ("Ana", "Bo")]
        threads = [threading.Thread(target=decide, args=[entry]) for entry in two]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(said) in (["Ana", "refused"], ["Bo", "refused"])
        assert len(log.of("c1")) == 3
