"""What one renewal of a campaign's texts looks at, and what it leaves behind in tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

import polars as pl

from promoloop.compose import (
    Breeding,
    Copy,
    Lineage,
    Nursery,
    Parent,
    ReviewEntry,
    TextEncoder,
    briefs_for,
    copy_cell,
    facts_for_copy,
    hook_in,
    whole_bank,
)
from promoloop.core import RefusedError, language_of
from promoloop.flows.deciding.texts import RESTING, lifts_table, rest_table
from promoloop.flows.house import House
from promoloop.flows.learning.standing import (
    Retired,
    RetirementRules,
    believed_lifts,
    losers,
    worn_out,
)
from promoloop.flows.learning.texts import CellLog, cell_logs
from promoloop.flows.schedule import GRACE, WEEK
from promoloop.offers import Campaign, OfferFacts

__all__ = ["RenewRules", "RenewalCase", "renewal_until"]

_LINEAGE = pl.Schema(
    {
        "copy_id": pl.String(),
        "cell": pl.String(),
        "generation": pl.Int64(),
        "way": pl.String(),
        "parents": pl.List(pl.String()),
        "hook": pl.String(),
        "model": pl.String(),
        "prompt_hash": pl.String(),
        "until": pl.Datetime("us", "UTC"),
    }
)
_BY = "renewal"


@dataclass(frozen=True, slots=True)
class RenewRules:
    """How a renewal goes: ``texts`` a cell should have, in at most ``cells`` cells at once.

    Cells with the most messages come first. ``parents`` are the best of a cell.
    """

    texts: int = 3
    cells: int = 40
    parents: int = 2
    retirement: RetirementRules = field(default_factory=RetirementRules)
    breeding: Breeding = field(default_factory=Breeding)


def renewal_until(campaign: Campaign, now: datetime) -> datetime:
    """The end of the last week whose messages have matured: what a renewal stands for.

    Raises ``RefusedError`` before the first one.
    """
    over = min(campaign.weeks, (now - GRACE - campaign.starts_at) // WEEK - 1)
    if over < 1:
        raise RefusedError(
            f"renewing the texts of campaign {campaign.campaign_id}",
            f"none of its weeks has matured by {now.isoformat()}",
            "Wait until two weeks and a day after it began.",
        )
    return campaign.starts_at + (over + 1) * WEEK - timedelta(microseconds=1)


class RenewalCase:
    """All that one renewal looks at, as it was before its own children came.

    ``copies`` are the texts for the offers as they are now, whatever their state.
    """

    def __init__(
        self,
        house: House,
        campaign: Campaign,
        until: datetime,
        rules: RenewRules,
        encoder: TextEncoder | None,
    ) -> None:
        self.house, self.campaign, self.until, self.rules = house, campaign, until, rules
        self._mark = f"(renewal of {until:%Y-%m-%d})"
        self._encoder = encoder
        self._offers = {offer_id: house.offers.get(offer_id) for offer_id in campaign.offer_ids}
        self._facts: dict[tuple[str, str], OfferFacts] = {}
        self.lineage = _lineage(house, campaign)
        own = {key for key, (_, made) in self.lineage.items() if made == until}
        self.copies = tuple(
            copy
            for copy in house.copies.all()
            if copy.offer_id in self._offers
            and self._offers[copy.offer_id].revision == copy.offer_revision
            and copy.copy_id not in own
        )
        standing = house.reviews.standing([copy.copy_id for copy in self.copies])
        states = {key: entry.state for key, entry in standing.items()}
        self._gone = {
            key
            for key, entry in standing.items()
            if (entry.by, entry.state) == (_BY, "retired") and entry.reason.endswith(self._mark)
        }
        self.approved = {key for key, state in states.items() if state == "approved"} | self._gone
        self.waiting = {key for key, state in states.items() if state in ("draft", "in_review")}
        self.hooks = self._known_hooks()
        self.logs: tuple[CellLog, ...] = cell_logs(house, campaign, self.copies, until)
        beaten = [losers(log, self.approved, rules.retirement) for log in self.logs]
        self.retired: tuple[Retired, ...] = tuple(one for found in beaten for one in found)
        out = {one.copy_id for one in self.retired}
        self.running = self.approved - out
        self.rested = self._resting()
        self.belief = believed_lifts(
            self.copies, self.logs, self.hooks, self._names(self.copies), until, encoder
        )

    def facts(self, copies: Sequence[Copy]) -> Mapping[tuple[str, str], OfferFacts]:
        """What slots are filled from, by offer and locale."""
        for copy in copies:
            key = (copy.offer_id, copy.locale)
            if key not in self._facts:
                offer = self._offers[copy.offer_id]
                self._facts[key] = facts_for_copy(offer, copy.locale, self.house.time_zone)
        return self._facts

    def nurseries(self) -> list[Nursery]:
        """The cells that lack texts and have been sent enough to know whom to breed from."""
        sent = {log.cell: len(log.sent) for log in self.logs}
        cells: dict[str, list[Copy]] = {}
        for copy in self.copies:
            if sent.get(copy_cell(copy), 0) >= self.rules.retirement.least_sent:
                cells.setdefault(copy_cell(copy), []).append(copy)
        order = sorted(cells, key=lambda cell: (-sent[cell], cell))
        found = (self._nursery(cells[cell]) for cell in order)
        return [one for one in found if one.wanted > 0][: self.rules.cells]

    def keep_lineage(self, born: Sequence[Lineage]) -> None:
        """Before the children themselves: a renewal cut off must know its own again."""
        before = {key: one for key, one in self.lineage.items() if one[1] != self.until}
        lines = [*before.values(), *((line, self.until) for line in born)]
        rows = [{**asdict(line), "parents": list(line.parents), "until": at} for line, at in lines]
        self.house.tables.put(_lineage_table(self.campaign), pl.DataFrame(rows, schema=_LINEAGE))

    def retire(self, now: datetime) -> None:
        """Through the review, as a person would."""
        entries = [
            ReviewEntry(
                one.copy_id, "retired", _BY, now, f"earned less than {one.rival} {self._mark}"
            )
            for one in self.retired
            if one.copy_id not in self._gone
        ]
        self.house.reviews.append(entries)

    def keep_belief(self, children: Sequence[Copy]) -> None:
        """What is believed of every text, children too, and which rest."""
        copies, hooks = (*self.copies, *children), dict(self.hooks)
        hooks |= {key: line.hook for key, (line, _) in _lineage(self.house, self.campaign).items()}
        names, name = self._names(copies), lifts_table(self.campaign)
        belief = believed_lifts(copies, self.logs, hooks, names, self.until, self._encoder)
        self.house.tables.put(name, belief)
        rest = self.until + self.rules.retirement.rest_weeks * WEEK
        rows = [(key, rest) for key in sorted(self.rested)]
        before = self._rests().filter(pl.col("until") > self.until, ~pl.col("copy_id").is_in(
            [key for key, _ in rows]))  # fmt: skip
        frame = pl.concat([before, pl.DataFrame(rows, schema=RESTING, orient="row")])
        self.house.tables.put(rest_table(self.campaign), frame.sort("copy_id"))

    def _nursery(self, copies: Sequence[Copy]) -> Nursery:
        one = copies[0]
        means = dict(self.belief.select("copy_id", "mean").iter_rows())
        asleep = set(self._rests().filter(pl.col("until") > self.until)["copy_id"]) | set(
            self.rested
        )
        running = [
            Parent(
                copy,
                self.hooks[copy.copy_id],
                means[copy.copy_id],
                self.lineage[copy.copy_id][0].generation if copy.copy_id in self.lineage else 0,
            )
            for copy in copies
            if copy.copy_id in self.running and copy.copy_id not in asleep
        ]
        running.sort(key=lambda parent: (-parent.lift, parent.copy.copy_id))
        waiting = sum(copy.copy_id in self.waiting for copy in copies)
        offer = self._offers[one.offer_id]
        brief = briefs_for(
            [offer], [one.locale], [one.channel], [one.moment], self.house.time_zone
        )[0]
        return Nursery(
            brief=brief,
            facts=self.facts([one])[one.offer_id, one.locale],
            parents=tuple(running[: self.rules.parents]),
            running=tuple(running),
            taken=tuple(copy.variant for copy in copies),
            wanted=max(0, self.rules.texts - len(running) - waiting) if running else 0,
        )

    def _resting(self) -> Mapping[str, float]:
        """Worn texts, as long as another one of the cell stays awake, with their slope."""
        found: dict[str, float] = {}
        for log in self.logs:
            worn = worn_out(log, self.running, self.rules.retirement)
            awake = sum(copy.copy_id in self.running for copy in log.copies)
            tired = sorted(worn, key=lambda key: (worn[key].now, key))[: max(0, awake - 1)]
            found |= {key: worn[key].slope for key in tired}
        return found

    def _rests(self) -> pl.DataFrame:
        name = rest_table(self.campaign)
        there = name in self.house.tables.names()
        return self.house.tables.get(name) if there else pl.DataFrame(schema=RESTING)

    def _known_hooks(self) -> Mapping[str, str]:
        """The hook of each text: its lineage's, else its own, else one of the bank in it."""
        by_language: dict[str, list[str]] = {}
        for hook in whole_bank():
            by_language.setdefault(hook.language, []).append(hook.text)
        born = {key: line.hook for key, (line, _) in self.lineage.items()}
        return {
            copy.copy_id: born.get(copy.copy_id)
            or copy.hook
            or hook_in(copy, by_language.get(language_of(copy.locale), ()))
            for copy in self.copies
        }

    def _names(self, copies: Sequence[Copy]) -> Mapping[str, str]:
        facts = self.facts(copies)
        return {copy.copy_id: facts[copy.offer_id, copy.locale].name for copy in copies}


def _lineage_table(campaign: Campaign) -> str:
    return f"copylineage-{campaign.campaign_id}"


def _lineage(house: House, campaign: Campaign) -> dict[str, tuple[Lineage, datetime]]:
    """Every child's lineage and the renewal it came of, by copy id."""
    if _lineage_table(campaign) not in house.tables.names():
        return {}
    rows = house.tables.get(_lineage_table(campaign)).to_dicts()
    return {
        row["copy_id"]: (
            Lineage(**{**row, "parents": tuple(row["parents"])}),
            made,
        )
        for row in rows
        for made in (row.pop("until"),)
    }
