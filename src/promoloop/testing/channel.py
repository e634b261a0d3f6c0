"""What every channel must do, and a channel in memory that does it.

To test a channel of your own, derive from ``ChannelSuite`` and give the fixtures::

    class TestMyChannel(ChannelSuite):
        @pytest.fixture
        def site(self):
            with MyServer() as server:
                yield ChannelSite(MyChannel(server.url), lambda: server.ids())
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from promoloop.deliver import Channel, Rendered, SendResult

__all__ = ["ChannelSite", "ChannelSuite", "MemoryChannel", "rendered"]

#: The states a channel may answer with.
ANSWERS = frozenset({"sent", "failed", "retry", "unknown"})


@dataclass
class MemoryChannel:
    """A channel that keeps what it is given; idempotent by message id.

    ``answers`` gives another state than ``sent`` per address; ``away`` makes every message
    ``retry``, as when the provider cannot be reached.
    """

    name: str = "email"
    answers: dict[str, str] = field(default_factory=dict)
    away: bool = False
    taken: list[Rendered] = field(default_factory=list)

    def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
        """Keep the messages; one result each, in order."""
        return [self._one(message) for message in messages]

    def _one(self, message: Rendered) -> SendResult:
        if self.away:
            return SendResult("retry", "away")
        state = self.answers.get(message.address, "sent")
        if state == "sent" and message.message_id not in self.ids():
            self.taken.append(message)
        return SendResult(state, "in memory")

    def ids(self) -> list[str]:
        """The message ids taken, in order."""
        return [message.message_id for message in self.taken]


@dataclass(frozen=True)
class ChannelSite:
    """A channel under test and the ids that arrived at its far end, in order."""

    channel: Channel
    arrived: Callable[[], Sequence[str]]


def rendered(number: int) -> Rendered:
    """A small message that any channel can take."""
    return Rendered(
        message_id=f"<m{number}@shop.example>",
        address=f"shopper{number}@mail.example",
        subject="Your coffee, 20% off 咖啡",
        text="Coffee is 20% off.\n.\n咖啡八折\n",
        html="<p>Coffee is 20% off. 咖啡八折</p>\n.\n",
        headers={"From": "Shop <offers@shop.example>", "Content-Language": "en-US"},
    )


class ChannelSuite:
    """Derive from it and give a ``site`` fixture that yields a ``ChannelSite``."""

    def test_every_message_gets_one_answer_in_order(self, site: ChannelSite) -> None:
        """One result each; what is ``sent`` arrived, in the order given."""
        messages = [rendered(number) for number in range(5)]
        results = site.channel.send(messages)
        assert [result.state for result in results] == ["sent"] * 5
        assert list(site.arrived()) == [message.message_id for message in messages]

    def test_no_messages_is_no_work(self, site: ChannelSite) -> None:
        """An empty group gives no result and raises nothing."""
        assert site.channel.send([]) == []
        assert list(site.arrived()) == []

    def test_groups_follow_one_another(self, site: ChannelSite) -> None:
        """The channel can be used again after a group."""
        site.channel.send([rendered(1)])
        site.channel.send([rendered(2), rendered(3)])
        assert len(site.arrived()) == 3

    def test_a_bad_message_does_not_stop_its_neighbours(self, site: ChannelSite) -> None:
        """A message no header can carry is answered by itself, and never half-sent."""
        bad = replace(rendered(2), headers={"From": "a@shop.example", "X": "a\r\nBcc: all"})
        states = [r.state for r in site.channel.send([rendered(1), bad, rendered(3)])]
        assert states[0] == states[2] == "sent"
        assert set(states) <= ANSWERS

    def test_the_name_says_what_kind_of_channel_it_is(self, site: ChannelSite) -> None:
        """Messages find their channel by this name."""
        assert site.channel.name
