"""A shop whose doors are open is kept in order in the background."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from promoloop.bootstrap import init_shop, open_shop
from promoloop.core import RefusedError
from promoloop.events import Received
from promoloop.flows.doors.answers import Answer

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
CALL = (
    b'{"type": "track", "event": "Product Viewed", "messageId": "m1", "userId": "42",'
    b' "timestamp": "2026-11-22T10:00:00Z", "properties": {"product_id": "p7"}}'
)


def test_accepted_events_reach_the_history_while_the_shop_is_kept_up(tmp_path):
    with open_shop(init_shop(tmp_path)) as shop:
        shop.house.inbox.put([Received("m1", "42", NOW, CALL)]).result()
        with shop.kept_up(seconds=0.01):
            until = time.monotonic() + 10
            while shop.house.history.scan().collect().is_empty() and time.monotonic() < until:
                time.sleep(0.01)
        assert shop.house.history.scan().collect()["message_id"].to_list() == ["m1"]


def test_learning_reads_what_was_accepted_first(tmp_path):
    with open_shop(init_shop(tmp_path)) as shop:
        shop.house.inbox.put([Received("m1", "42", NOW, CALL)]).result()
        with pytest.raises(RefusedError, match="no campaign"):
            shop.learn(NOW)
        assert shop.house.history.scan().collect()["message_id"].to_list() == ["m1"]


def test_many_small_batches_of_the_history_become_one(tmp_path):
    with open_shop(init_shop(tmp_path)) as shop:
        for n in range(4):
            call = CALL.replace(b"m1", b"m%d" % n)
            shop.house.inbox.put([Received(f"m{n}", "42", NOW, call)]).result()
            shop.drain()
        assert shop.merge_history(most=4) == 4
        assert len(list((tmp_path / "history" / "batches").iterdir())) == 4
        assert shop.merge_history(most=3) == 4
        assert shop.merge_history(most=3) == 1
        assert shop.house.history.scan().collect().height == 4


def test_what_has_served_its_time_is_forgotten(tmp_path):
    with open_shop(init_shop(tmp_path)) as shop:
        inbox, answers = shop.house.inbox, shop.house.answers
        inbox.put([Received("m1", "42", NOW, CALL)]).result()
        answers.claim(Answer("shop", "POST /v1/redeem", "k", "f", "t", NOW), NOW)
        first = shop.keep_up(NOW + timedelta(days=1))
        assert (first.drained.calls, first.calls_forgotten, first.answers_forgotten) == (1, 0, 1)
        assert shop.keep_up(NOW + timedelta(days=9)).calls_forgotten == 1
        assert shop.house.history.scan().collect().height == 1
