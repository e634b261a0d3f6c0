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

from promoloop.deliver import ANSWERS, Channel, Rendered, SendResult, unfit

__all__ = ["ChannelSite", "ChannelSuite", "MemoryChannel", "RemoteChannelSuite", "rendered"]

#: Addresses that no channel takes: they would end a line, or name nobody.
HOSTILE = (
    "",
    "   ",
    "a@mail.example\r\nBcc: all@mail.example",
    "a@mail.example\nRCPT TO:<b@mail.example>",
    "a@mail.example\x00",
    "a@mail.example\u2028b@mail.example",
    "+12025550143\r\nX-Evil: 1",
    "a" * 5000,
    "\ud800",
)
#: Texts in many scripts, with signs outside the Basic Multilingual Plane and joined ones.
TONGUES = ("咖啡八折 ☕", "Kaffee – 20 % günstiger", "קפה בהנחה", "قهوة أرخص", "👩‍👩‍👧 café ﬁn 𝒳")


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
        why = unfit(message)
        if why:
            return SendResult("failed", why)
        if self.away:
            return SendResult("retry", "away")
        state = self.answers.get(message.address, "sent")
        if state == "sent" and message.message_id not in self.ids():
            self.taken.append(message)
        return SendResult(state, "in memory")

    def ids(self) -> list[str]:
        """The message ids taken, in order."""
        return [message.message_id for message in self.taken]


def _mailbox(number: int) -> str:
    return f"shopper{number}@mail.example"


@dataclass(frozen=True)
class ChannelSite:
    """A channel under test and the ids that arrived at its far end, in order.

    ``address`` gives an address of the channel's kind for each number.
    """

    channel: Channel
    arrived: Callable[[], Sequence[str]]
    address: Callable[[int], str] = _mailbox

    def message(self, number: int) -> Rendered:
        """A small message that this channel can take."""
        return replace(rendered(number), address=self.address(number))


def rendered(number: int) -> Rendered:
    """A small message that any channel with mailboxes for addresses can take."""
    return Rendered(
        message_id=f"<m{number}@shop.example>",
        address=_mailbox(number),
        subject="Your coffee, 20% off 咖啡",
        text="Coffee is 20% off.\n.\n咖啡八折\n",
        html="<p>Coffee is 20% off. 咖啡八折</p>\n.\n",
        headers={"From": "Shop <offers@shop.example>", "Content-Language": "en-US"},
    )


class ChannelSuite:
    """Derive from it and give a ``site`` fixture that yields a ``ChannelSite``."""

    def test_every_message_gets_one_answer_in_order(self, site: ChannelSite) -> None:
        """One result each; what is ``sent`` arrived, in the order given."""
        messages = [site.message(number) for number in range(5)]
        results = site.channel.send(messages)
        assert [result.state for result in results] == ["sent"] * 5, results
        assert list(site.arrived()) == [message.message_id for message in messages]

    def test_no_messages_is_no_work(self, site: ChannelSite) -> None:
        """An empty group gives no result and raises nothing."""
        assert site.channel.send([]) == []
        assert list(site.arrived()) == []

    def test_groups_follow_one_another(self, site: ChannelSite) -> None:
        """The channel can be used again after a group."""
        site.channel.send([site.message(1)])
        site.channel.send([site.message(2), site.message(3)])
        assert len(site.arrived()) == 3

    def test_a_bad_message_does_not_stop_its_neighbours(self, site: ChannelSite) -> None:
        """A message no header can carry is refused by itself, and never half-sent."""
        bad = replace(site.message(2), headers={"From": "a@shop.example", "X": "a\r\nBcc: all"})
        results = site.channel.send([site.message(1), bad, site.message(3)])
        assert [result.state for result in results] == ["sent", "failed", "sent"], results
        assert len(site.arrived()) == 2

    def test_a_header_that_would_inject_another_is_refused(self, site: ChannelSite) -> None:
        """In its value, in its name, in the subject and in the message's id."""
        good = site.message(1)
        injected = "x\r\nBcc: all@mail.example"
        bad = [
            replace(good, subject=injected),
            replace(good, message_id=injected),
            replace(good, headers={**good.headers, "X": injected}),
            replace(good, headers={**good.headers, injected: "x"}),
            replace(good, headers={**good.headers, "X": "x\x00"}),
        ]
        assert [result.state for result in site.channel.send(bad)] == ["failed"] * len(bad)
        assert list(site.arrived()) == []

    def test_hostile_addresses_are_refused(self, site: ChannelSite) -> None:
        """And what they hold is not repeated in the answer, which is logged."""
        bad = [replace(site.message(1), address=address) for address in HOSTILE]
        results = site.channel.send(bad)
        assert [result.state for result in results] == ["failed"] * len(bad), results
        assert not any("Bcc" in result.detail or "\n" in result.detail for result in results)
        assert list(site.arrived()) == []

    def test_text_in_any_script_goes_through(self, site: ChannelSite) -> None:
        """Including signs of four bytes, right-to-left scripts and joined signs."""
        messages = [
            replace(site.message(number), subject=text, text=text, html=f"<p>{text}</p>")
            for number, text in enumerate(TONGUES)
        ]
        results = site.channel.send(messages)
        assert [result.state for result in results] == ["sent"] * len(TONGUES), results

    def test_half_a_character_is_refused(self, site: ChannelSite) -> None:
        """A lone surrogate cannot be encoded; that is an answer, not an exception."""
        bad = replace(site.message(1), text="\ud83d")
        results = site.channel.send([bad, site.message(2)])
        assert [result.state for result in results] == ["failed", "sent"]

    def test_a_second_attempt_carries_the_same_id(self, site: ChannelSite) -> None:
        """So that whoever gets it twice can tell."""
        site.channel.send([site.message(1)])
        site.channel.send([site.message(1)])
        assert set(site.arrived()) == {site.message(1).message_id}

    def test_every_answer_is_one_of_four(self, site: ChannelSite) -> None:
        """Whatever the mixture, and however many."""
        good, bad = site.message(1), replace(site.message(2), address="")
        results = site.channel.send([good, bad] * 30)
        assert {result.state for result in results} <= ANSWERS
        assert [result.state == "sent" for result in results] == [True, False] * 30

    def test_the_name_says_what_kind_of_channel_it_is(self, site: ChannelSite) -> None:
        """Messages find their channel by this name."""
        assert site.channel.name


class RemoteChannelSuite(ChannelSuite):
    """For channels with a provider: give ``absent`` and ``silent`` channels as well.

    ``absent`` has a provider where nobody listens. ``silent`` has one that takes the message and
    never answers, and a short timeout; ``idempotent`` says whether the provider drops what it got
    before (by message id), which makes asking again safe.
    """

    idempotent = False

    def test_nobody_there_means_later(self, absent: ChannelSite) -> None:
        """Nothing left, so nothing is in doubt."""
        results = absent.channel.send([absent.message(1), absent.message(2)])
        assert [result.state for result in results] == ["retry", "retry"], results

    def test_silence_after_the_message_left_is_doubt(self, silent: ChannelSite) -> None:
        """The provider may have taken it: only one that knows the id may be asked again."""
        result = silent.channel.send([silent.message(1)])[0]
        assert result.state == ("retry" if self.idempotent else "unknown"), result

    def test_a_silent_provider_does_not_hold_a_whole_group(self, silent: ChannelSite) -> None:
        """After it fell silent the rest is not tried: nothing of it is in doubt."""
        results = silent.channel.send([silent.message(number) for number in range(10)])
        assert [result.state for result in results[3:]] == ["retry"] * 7, results
