"""What every store of push subscriptions, and every memory of webhooks, must do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from promoloop.deliver import PushSubscription, SeenWebhooks, Subscriptions
from promoloop.testing.samples import NOON

__all__ = ["SeenWebhooksSuite", "SubscriptionsSuite"]


def _browser(number: int, shopper: str = "s1") -> PushSubscription:
    added = NOON + timedelta(minutes=number)
    return PushSubscription(shopper, f"https://push.example/{number}", "BPoint", "secret", added)


class SubscriptionsSuite(ABC):
    """Derive from this and say how to make an empty store."""

    @abstractmethod
    def make(self) -> Subscriptions:
        """An empty store."""

    def test_a_shoppers_browsers_come_oldest_first(self) -> None:
        store = self.make()
        store.put([_browser(2), _browser(1), _browser(3, "s2")])
        found = store.of(["s1", "s2", "nobody"])
        assert found == {"s1": (_browser(1), _browser(2)), "s2": (_browser(3, "s2"),)}
        assert store.of([]) == {}

    def test_a_browser_that_signs_up_anew_replaces_itself(self) -> None:
        store = self.make()
        store.put([_browser(1)])
        store.put([replace(_browser(1), shopper_id="s2", auth="new")])
        assert store.of(["s1", "s2"]) == {
            "s2": (replace(_browser(1), shopper_id="s2", auth="new"),)
        }

    def test_what_the_push_service_dropped_is_gone(self) -> None:
        store = self.make()
        store.put([_browser(1), _browser(2)])
        assert store.remove([_browser(1).endpoint, "https://push.example/none"]) == 1
        assert store.remove([]) == 0
        assert store.of(["s1"]) == {"s1": (_browser(2),)}

    def test_a_person_who_is_forgotten_leaves_nothing(self) -> None:
        store = self.make()
        store.put([_browser(1), _browser(2), _browser(3, "s2")])
        assert store.forget("s1") == 2
        assert store.forget("s1") == 0
        assert store.of(["s1", "s2"]) == {"s2": (_browser(3, "s2"),)}


class SeenWebhooksSuite(ABC):
    """Derive from this and say how to make an empty memory."""

    @abstractmethod
    def make(self) -> SeenWebhooks:
        """An empty memory."""

    def test_an_id_is_new_once_per_source(self) -> None:
        seen = self.make()
        assert seen.first_time("sms", "w1", NOON)
        assert not seen.first_time("sms", "w1", NOON + timedelta(seconds=1))
        assert seen.first_time("email", "w1", NOON)

    def test_of_many_at_once_one_is_the_first(self) -> None:
        seen = self.make()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: seen.first_time("sms", "w1", NOON), range(32)))
        assert sum(answers) == 1

    def test_old_ids_can_be_dropped(self) -> None:
        seen = self.make()
        seen.first_time("sms", "old", NOON - timedelta(hours=1))
        seen.first_time("sms", "new", NOON)
        assert seen.forget_before(NOON) == 1
        assert seen.first_time("sms", "old", NOON)
        assert not seen.first_time("sms", "new", NOON)
