"""Wire the demo: real shoppers' history, the packaged model, a real mail server on loopback."""

from __future__ import annotations

import json
import resource
import secrets
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from importlib.resources import files
from pathlib import Path

import numpy as np
import yaml

from promoloop.backends.channel_onsite import OnsiteChannel
from promoloop.backends.channel_smtp import SmtpAccount, SmtpChannel
from promoloop.backends.smtp_sink import SmtpSink
from promoloop.backends.source_completejourney import CompleteJourneySource
from promoloop.bootstrap.files import write_page
from promoloop.bootstrap.shop import Shop, init_shop
from promoloop.bootstrap.writing import readers
from promoloop.compose import Writers
from promoloop.core import SteppedClock, UnavailableError
from promoloop.decide import Decision
from promoloop.deliver import message_id
from promoloop.events import Source
from promoloop.flows.deliver import DeliverReport, deliver_due
from promoloop.flows.demo.page import page_of
from promoloop.flows.demo.proof import Arrived, wrong_facts_in
from promoloop.flows.demo.samples import sample_of
from promoloop.flows.demo.shop import SimulatedSource
from promoloop.flows.demo.story import Demo
from promoloop.flows.demo.summary import summary_of
from promoloop.flows.history.audience import Audience, load_audience
from promoloop.flows.house import House
from promoloop.flows.ports import Progress, silent
from promoloop.offers import Campaign, Offer, campaign_from_data, offers_from_data
from promoloop.report import MessageSample, PageData, render_page
from promoloop.respond import CampaignHistory
from promoloop.settings import load_settings
from promoloop.simulate import simulated_shop

__all__ = ["DemoPaths", "run_demo"]

#: Messages kept to look at, per locale, and handed over together.
_KEPT, _GROUP = 12, 100

SIMULATED_SHOPPERS = 2500

#: The demo's mail domain, of the starter configuration.
_DOMAIN = "shop.example"


@dataclass(frozen=True, slots=True)
class DemoPaths:
    """What the demo leaves: the page in two languages, its figures, and the mails."""

    report: Path
    report_zh: Path
    summary: Path
    mails: Path


def run_demo(
    out: Path,
    *,
    simulated: bool = False,
    seed: int = 7,
    shoppers: int = SIMULATED_SHOPPERS,
    weeks: int | None = None,
    writes: bool = True,
    progress: Progress = silent,
) -> tuple[DemoPaths, Mapping[str, object]]:
    """Run the whole loop into the folder ``out``, replacing what an earlier run left there.

    Parameters
    ----------
    out : Path
    simulated : bool
        Simulated shoppers' history instead of the Complete Journey's.
    seed : int
        Of everything drawn.
    shoppers : int
        How many, when they are simulated.
    weeks : int, optional
        Fewer weeks than the campaign has, to be done sooner.
    writes : bool
        Whether the approved bank of the packaged language model is used; without it the reviewed
        templates are all there is.

    Returns
    -------
    (paths, summary)
        The files written, and what ``summary.json`` holds.

    Raises
    ------
    UnavailableError
        When the ``demo`` extra is not installed and real history was asked for.
    """
    started = time.perf_counter()
    offers, campaign = _demo_offers(), _demo_campaign()
    campaign = replace(campaign, weeks=weeks or campaign.weeks)
    source, past = _source(offers, campaign, seed, shoppers if simulated else 0)
    work = _fresh(out)
    settings = load_settings(init_shop(work))
    # The simulated truth holds no price for leaving, and figures are set against it.
    tracking = replace(settings.tracking, unsubscribe_minor=0, complaint_minor=0)
    settings = replace(settings, signing_key=secrets.token_hex(32), tracking=tracking)
    with Shop(settings) as shop, SmtpSink(out / "mails", per_locale=_KEPT) as sink:
        outgoing = _Outgoing(shop, sink, out / "onsite.jsonl")
        demo = Demo(
            house=shop.house,
            source=source,
            quarantine=shop.quarantine,
            offers=offers,
            campaign=campaign,
            past=past,
            writers=readers() if writes else Writers(fresh=True),
            deliver=outgoing.deliver,
            seed=seed,
            stopwatch=time.perf_counter,
            progress=progress,
        )
        try:
            result = demo.run()
        finally:
            outgoing.close()
        progress("proof", 0, 0)
        audience = load_audience(shop.house, campaign)
        arrived = _arrived(shop.house, campaign, sink, out / "onsite.jsonl")
        wrong = wrong_facts_in(shop.house, campaign, audience, arrived)
        progress("proof", 1, 1)
        seconds = {**result.seconds, "total": time.perf_counter() - started}
        summary = summary_of(
            replace(result, seconds=seconds), len(wrong), sink.duplicates, _peak_memory_mb()
        )
        progress("report", 0, 0)
        samples = _samples(shop.house, campaign, audience, out)
        page = page_of(
            shop.house,
            result,
            audience,
            samples,
            summary,
            datetime.now(UTC),
            shop.settings.shop.name,
            "simulated" if simulated else "completejourney",
        )
    paths = _written(out, page, summary)
    progress("report", 1, 1)
    return paths, summary


class _Outgoing:
    """Real channels, and a desk that sends what is due at each moment of the simulated weeks."""

    def __init__(self, shop: Shop, sink: SmtpSink, onsite: Path) -> None:
        self._smtp = SmtpChannel(SmtpAccount(sink.host, sink.port))
        self._desk = shop.desk({"email": self._smtp, "onsite": OnsiteChannel(onsite)})
        self._runs = 0

    def deliver(self, now: datetime) -> DeliverReport:
        """Send everything due at ``now``."""
        self._runs += 1
        clock = SteppedClock(now)
        return deliver_due(self._desk, f"demo-{self._runs}", clock, limit_group=_GROUP)

    def close(self) -> None:
        """Say goodbye to the mail server."""
        self._smtp.close()


def _demo_offers() -> tuple[Offer, ...]:
    name = "offers.yaml"
    return offers_from_data(yaml.safe_load(_flow_data(name)), name)


def _demo_campaign() -> Campaign:
    name = "campaign.yaml"
    return campaign_from_data(yaml.safe_load(_flow_data(name)), name)


def _flow_data(name: str) -> str:
    return files("promoloop.flows.demo").joinpath(name).read_text("utf-8")


def _source(
    offers: tuple[Offer, ...], campaign: Campaign, seed: int, simulated: int
) -> tuple[Source, CampaignHistory | None]:
    """The history to start from, and past campaigns where it has any."""
    if not simulated:
        journey = CompleteJourneySource()
        return journey, journey.campaign_history()
    groups = sorted({offer.group for offer in offers})
    rng = np.random.default_rng([seed, 1])
    shop = simulated_shop(simulated, groups, campaign.starts_at, campaign.currency, rng)
    return SimulatedSource(shop), None


def _fresh(out: Path) -> Path:
    """An empty ``work`` folder below ``out``; what an earlier run left of its own is removed."""
    try:
        for name in ("work", "mails"):
            shutil.rmtree(out / name, ignore_errors=True)
        for name in ("onsite.jsonl", "report.html", "report.zh-CN.html", "summary.json"):
            (out / name).unlink(missing_ok=True)
        (out / "work").mkdir(parents=True)
        (out / "mails").mkdir()
    except OSError as error:
        raise UnavailableError(
            f"preparing the folder {out}",
            str(error.strerror or error),
            "Free disk space or mend the permissions, then run it again.",
        ) from error
    return out / "work"


def _mail_ids(house: House, campaign: Campaign) -> dict[str, Decision]:
    """Decisions by the Message-ID their mail carries."""
    decisions = house.decisions.of_campaign(campaign.campaign_id)
    return {message_id(one.decision_id, _DOMAIN): one for one in decisions}


def _arrived(house: House, campaign: Campaign, sink: SmtpSink, onsite: Path) -> Iterator[Arrived]:
    """Everything that reached its far end: the mail server's messages, and the on-site file's."""
    decisions = _mail_ids(house, campaign)
    for mail in sink.received():
        decision = decisions[mail.message_id]
        text = f"{mail.subject}\n{mail.text}"
        yield Arrived(decision.decision_id, mail.locale, "email", text)
    for line in _onsite_lines(onsite):
        text = f"{line['headline']}\n{line['body']}\n{line['call']}"
        yield Arrived(line["decision_id"], line["locale"], "onsite", text)


def _onsite_lines(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _samples(
    house: House, campaign: Campaign, audience: Audience, out: Path
) -> list[MessageSample]:
    """Two mails and one on-site message per locale, of different offers."""
    decisions = _mail_ids(house, campaign)
    found: dict[tuple[str, str], list[MessageSample]] = {}
    offers: set[tuple[str, str]] = set()
    for path in sorted((out / "mails").glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        decision = decisions[str(mail["Message-ID"])]
        html, plain = mail.get_body(("html",)), mail.get_body(("plain",))
        if html is None or plain is None:
            continue
        sample = sample_of(
            house, campaign, audience, decision, html.get_content(), plain.get_content()
        )
        key = (sample.locale, "email")
        if (sample.locale, str(decision.offer_id)) not in offers and len(found.get(key, [])) < 2:
            offers.add((sample.locale, str(decision.offer_id)))
            found.setdefault(key, []).append(sample)
    for line in _onsite_lines(out / "onsite.jsonl"):
        if (line["locale"], "onsite") not in found:
            decision = house.decisions.get(line["decision_id"])
            sample = sample_of(house, campaign, audience, decision, "", line["body"])
            found[line["locale"], "onsite"] = [sample]
    return [sample for key in sorted(found) for sample in found[key]]


def _written(out: Path, page: PageData, summary: Mapping[str, object]) -> DemoPaths:
    paths = DemoPaths(
        out / "report.html", out / "report.zh-CN.html", out / "summary.json", out / "mails"
    )
    write_page(paths.report, render_page(page, "en-US", paths.report_zh.name))
    write_page(paths.report_zh, render_page(page, "zh-CN", paths.report.name))
    write_page(paths.summary, json.dumps(summary, indent=2, ensure_ascii=False) + "\n")
    return paths


def _peak_memory_mb() -> float:
    """Peak resident memory of this process. Kilobytes on Linux, bytes on macOS."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
