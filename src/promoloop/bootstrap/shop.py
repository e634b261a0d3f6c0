"""Choose the backends that the settings name, and hand the shop over, opened.

This is also the Python API: everything the command line does, in a notebook::

    from promoloop.bootstrap import open_shop

    with open_shop(Path("promoloop.toml")) as shop:
        shop.ingest(Path("events.jsonl"), catalog=Path("products.csv"))
"""

from __future__ import annotations

import os
import socket
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path
from types import TracebackType

from promoloop.backends.channel_onsite import OnsiteChannel
from promoloop.backends.channel_smtp import SmtpAccount, SmtpChannel
from promoloop.backends.files import FileSource, QuarantineFile
from promoloop.backends.lake import ParquetHistory
from promoloop.backends.sql import open_state
from promoloop.backends.tables import ParquetTables
from promoloop.bootstrap.campaigns import CHANNELS, campaign_in, known_campaign, store_campaign
from promoloop.bootstrap.designs import design_figures, write_design
from promoloop.bootstrap.files import make_folder, write_page
from promoloop.bootstrap.writing import opened_writers, planned
from promoloop.compose import CopyRequest, ReviewPolicy
from promoloop.core import InvalidError, SteppedClock, UnavailableError
from promoloop.decide import Explanation, GlobalHoldout
from promoloop.deliver import Channel, FrequencyCap, Sender
from promoloop.evaluate import GuardrailCheck, Switch
from promoloop.events import Source
from promoloop.flows.books.sides import budget_sides
from promoloop.flows.campaign_page import campaign_page
from promoloop.flows.compose import ComposePlan, ComposeReport, compose
from promoloop.flows.deciding.decide import DecideReport, decide
from promoloop.flows.deciding.explain import explain_decision
from promoloop.flows.deciding.replay import Replay, replay
from promoloop.flows.deliver import DeliverReport, Desk, deliver_due
from promoloop.flows.design import Wishes, design_group
from promoloop.flows.history.audience import PURPOSE
from promoloop.flows.history.ingest import IngestReport, ingest
from promoloop.flows.history.learn import LearnReport, learn
from promoloop.flows.house import House
from promoloop.flows.learning.loop import LoopReport, loop_back
from promoloop.flows.measuring.guardrails import check_guardrails, paused_now, resume
from promoloop.flows.measuring.overall import Overall, overall_lift
from promoloop.flows.measuring.sizing import Lift, SizeReport, size_campaign
from promoloop.flows.measuring.uplift import UpliftReport, campaign_uplift
from promoloop.flows.ports import Progress, silent
from promoloop.flows.schedule import WEEK
from promoloop.offers import Pause
from promoloop.profiles import LIFECYCLES
from promoloop.report import BudgetSide, render_page
from promoloop.settings import CONFIG_NAME, Settings, load_settings, starter_config

__all__ = ["Shop", "init_shop", "open_shop", "source_named"]

#: Sources by plug-in name live under this entry point group.
SOURCES = "promoloop.sources"


def init_shop(folder: Path) -> Path:
    """Write a starter ``promoloop.toml`` into ``folder``; one that is there stays as it is."""
    path = folder / CONFIG_NAME
    make_folder(folder)
    if not path.exists():
        write_page(path, starter_config())
    return path


def open_shop(config: Path) -> Shop:
    """Open the shop that ``config`` (a ``promoloop.toml``) describes."""
    return Shop(load_settings(config))


def source_named(name: str) -> Source:
    """The source plug-in of this name; ``InvalidError`` lists those that are installed."""
    found = {entry.name: entry for entry in entry_points(group=SOURCES)}
    if name not in found:
        raise InvalidError(
            f"the source {name!r}",
            f"installed sources are {', '.join(sorted(found)) or 'none'}",
            "Use one of these, or install the package that brings it.",
        )
    try:
        source: Source = found[name].load()()
    except ImportError as error:
        raise UnavailableError(
            f"the source {name!r}", f"it cannot be loaded: {error}", "Install what it needs."
        ) from error
    return source


class Shop:
    """One promoloop project, opened. Use it in a ``with`` statement, or call ``close``.

    Attributes
    ----------
    settings : Settings
    house : House
        All stores, for flows and for reading.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._state = open_state(settings.database_url)
        state = self._state
        self.house = House(
            history=ParquetHistory(settings.history_path),
            catalogue=state.catalogue,
            offers=state.offers,
            campaigns=state.campaigns,
            pauses=state.pauses,
            consents=state.consents,
            copies=state.copies,
            reviews=state.reviews,
            ledger=state.ledger,
            stock=state.ledger,
            decisions=state.decisions,
            outbox=state.outbox,
            deliveries=state.outbox,
            outcomes=state.outcomes,
            models=state.models,
            tables=ParquetTables(settings.tables_path),
            commit=state.commit,
            time_zone=settings.shop.time_zone,
            market=settings.shop.market,
            locales=settings.shop.locales,
            currency=settings.shop.currency,
            margins=settings.margins,
            holdout=GlobalHoldout(settings.experiments.global_holdout, settings.experiments.salt),
            switch=Switch() if settings.experiments.gate == "switch" else None,
        )
        self.quarantine = QuarantineFile(settings.quarantine_path)

    def ingest(
        self,
        events: Path,
        catalog: Path | None = None,
        offers: Path | None = None,
        progress: Progress = silent,
    ) -> IngestReport:
        """Read a file of events, catalogue and offers beside it; see ``flows.history.ingest``."""
        return self.ingest_source(FileSource(events, catalog, offers), progress)

    def ingest_source(self, source: Source, progress: Progress = silent) -> IngestReport:
        """Read any source."""
        house = self.house
        return ingest(
            source, house.history, house.catalogue, house.offers, self.quarantine, progress
        )

    def add_campaign(self, path: Path, channels: Collection[str] = CHANNELS) -> str:
        """Store the campaign in a YAML file; return its id. Its offers must be there already.

        ``channels`` are those it may use; name your own beside ours.
        """
        return store_campaign(self.house, campaign_in(path, channels), path)

    def learn(self, now: datetime | None = None, progress: Progress = silent) -> LearnReport:
        """Fold history into profiles and baselines, and learn from what messages brought.

        See ``flows.history.learn`` and ``flows.learning.loop``.
        """
        moment = now or _now()
        back = self.loop_back(moment, progress)
        return replace(learn(self.house, moment, progress), paused=back.paused)

    def compose(
        self,
        seed: int = 0,
        now: datetime | None = None,
        progress: Progress = silent,
        *,
        fresh: bool = False,
    ) -> ComposeReport:
        """Write copy for the offers of all campaigns; see ``flows.compose``.

        ``fresh`` asks the model where the approved bank has nothing; its lines wait for a person.
        """
        progress("compose", 0, 0)
        house, requests = self.house, self._requests()
        plan = self.plan_compose(fresh=fresh)
        with opened_writers(self.settings, ask=plan.asked > 0) as writers:
            return compose(
                requests,
                house.time_zone,
                writers,
                house.copies,
                seed,
                now or _now(),
                progress,
                reviews=house.reviews,
                policy=self.review_policy(),
            )

    def plan_compose(self, *, fresh: bool = False) -> ComposePlan:
        """What ``compose`` would take, before any model is asked."""
        return planned(self.settings, self._requests(), fresh=fresh)

    def _requests(self) -> list[CopyRequest]:
        """Copy for every offer of a campaign, in the shop's locales and for all stages of life."""
        house = self.house
        campaigns = house.campaigns.all()
        channels = tuple(sorted({one for campaign in campaigns for one in campaign.channels}))
        ids = sorted({one for campaign in campaigns for one in campaign.offer_ids})
        return [
            CopyRequest(house.offers.get(offer_id), house.locales, channels, LIFECYCLES)
            for offer_id in ids
        ]

    def review_policy(self) -> ReviewPolicy:
        """Which texts a person reads, as the settings say."""
        said = self.settings.review
        market = self.settings.shop.market
        return ReviewPolicy(said.policy, said.markets, said.channels, said.share, said.seed, market)

    def decide(
        self,
        campaign_id: str,
        now: datetime | None = None,
        seed: int = 0,
        progress: Progress = silent,
    ) -> DecideReport:
        """Decide the campaign's current week; see ``flows.deciding.decide``."""
        known_campaign(self.house, campaign_id)
        progress("decide", 0, 0)
        return decide(self.house, campaign_id, now or _now(), seed, progress)

    def deliver(self, now: datetime | None = None, progress: Progress = silent) -> DeliverReport:
        """Send everything that is due; see ``flows.deliver``."""
        with self.channels() as channels:
            desk = self.desk(channels)
            return deliver_due(desk, _worker(), SteppedClock(now or _now()), progress=progress)

    def desk(self, channels: Mapping[str, Channel]) -> Desk:
        """What sending needs, with the shop's letterhead and rules."""
        settings, house = self.settings, self.house
        domain = settings.mail.sender.rpartition("@")[2]
        cap = max((c.contacts_per_week for c in house.campaigns.all()), default=2)
        return Desk(
            outbox=house.outbox,
            copies=house.copies,
            reviews=house.reviews,
            consents=house.consents,
            channels=channels,
            sender=Sender(
                name=settings.shop.name,
                address=settings.mail.sender,
                shop_name=settings.shop.name,
                shop_address=settings.shop.postal_address,
                unsubscribe_base=settings.mail.unsubscribe_url,
                list_id=f"offers.{domain}",
            ),
            shop_url=f"https://{domain}/",
            key=_signing_key(self.settings),
            market=settings.shop.market,
            caps=(FrequencyCap("email-per-7-days", "email", cap, WEEK),),
            purpose=PURPOSE,
            pauses=house.pauses,
        )

    def explain(self, decision_id: str, locale: str) -> Explanation:
        """Why a decision was made, in plain words; see ``flows.deciding.explain``."""
        return explain_decision(self.house, decision_id, locale)

    def replay(self, decision_id: str) -> Replay:
        """Make a logged decision again and compare it to the bit; see ``flows.deciding.replay``."""
        return replay(self.house, decision_id)

    def uplift(self, campaign_id: str, now: datetime | None = None, seed: int = 0) -> UpliftReport:
        """Whom the arms move, and what to do about it; see ``flows.measuring.uplift``."""
        campaign = known_campaign(self.house, campaign_id)
        return campaign_uplift(self.house, campaign, now or _now(), seed)

    def resume(self, campaign_id: str, now: datetime | None = None) -> Pause:
        """Let a campaign that a guardrail has paused run on; see ``flows.measuring.guardrails``."""
        known_campaign(self.house, campaign_id)
        return resume(self.house, campaign_id, now or _now())

    def size(
        self,
        campaign_id: str,
        lift: str,
        now: datetime | None = None,
        against: str = "holdout",
        power: float = 0.8,
    ) -> SizeReport:
        """How many shoppers a lift (``5%``, or minor units) needs; ``flows.measuring.sizing``."""
        campaign = known_campaign(self.house, campaign_id)
        return size_campaign(self.house, campaign, Lift.of(lift), now or _now(), against, power)

    def overall(self, now: datetime | None = None) -> Overall | None:
        """What all campaigns bring together; see ``flows.measuring.overall``."""
        return overall_lift(self.house, now or _now())

    def guardrails(
        self, campaign_id: str, now: datetime | None = None
    ) -> tuple[GuardrailCheck, ...]:
        """How the campaign's limits stand; see ``flows.measuring.guardrails``."""
        campaign = known_campaign(self.house, campaign_id)
        return check_guardrails(self.house, campaign, now or _now())

    def paused(self, campaign_id: str) -> str:
        """Why the campaign is paused; empty while it runs."""
        pause = paused_now(self.house, campaign_id)
        return pause.reason if pause else ""

    def design(
        self, wishes: Wishes, out: Path, now: datetime | None = None
    ) -> Mapping[str, object]:
        """Search offers for a group and stage them in ``out``; see ``flows.design``."""
        found = design_group(self.house, wishes, now or _now())
        return design_figures(found, write_design(found, out))

    def loop_back(self, now: datetime | None = None, progress: Progress = silent) -> LoopReport:
        """Collect outcomes from events, close ended weeks, retrain; see ``flows.learning.loop``."""
        progress("campaigns", 0, 0)
        key = self.settings.signing_key.encode()
        return loop_back(self.house, now or _now(), progress, key)

    def report(
        self,
        campaign_id: str,
        out: Path,
        now: datetime | None = None,
        progress: Progress = silent,
    ) -> tuple[Path, Path]:
        """Write the campaign's page in English to ``out`` and in Chinese beside it."""
        known_campaign(self.house, campaign_id)
        progress("report", 0, 0)
        moment = now or _now()
        page = campaign_page(self.house, campaign_id, moment, self.settings.shop.name)
        chinese = out.with_suffix(f".zh-CN{out.suffix}")
        write_page(out, render_page(page, "en-US", chinese.name))
        progress("report", 1, 2)
        write_page(chinese, render_page(page, "zh-CN", out.name))
        progress("report", 2, 2)
        return out, chinese

    def sides(self, campaign_id: str, now: datetime | None = None) -> tuple[BudgetSide, ...]:
        """What the shop and each partner planned, hold and spent; see ``flows.books.sides``."""
        campaign = known_campaign(self.house, campaign_id)
        decisions = self.house.decisions.of_campaign(campaign_id)
        return budget_sides(self.house, campaign, decisions, now or _now())

    @contextmanager
    def channels(self) -> Iterator[Mapping[str, Channel]]:
        """The configured channels, closed at the end."""
        mail = self.settings.mail
        account = SmtpAccount(
            mail.host, mail.port, mail.security, mail.user, self.settings.mail_password
        )
        smtp = SmtpChannel(account)
        try:
            yield {"email": smtp, "onsite": OnsiteChannel(self.settings.onsite_path)}
        finally:
            smtp.close()

    def close(self) -> None:
        """Give connections back."""
        self._state.close()

    def __enter__(self) -> Shop:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _now() -> datetime:
    return datetime.now(UTC)


def _worker() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


def _signing_key(settings: Settings) -> bytes:
    if not settings.signing_key:
        raise UnavailableError(
            "signing the links of a message",
            "PROMOLOOP_SIGNING_KEY is not set",
            "Set it to 32 random bytes and keep it: export PROMOLOOP_SIGNING_KEY=$(openssl rand"
            " -hex 32)",
        )
    return settings.signing_key.encode()
