"""Renewing texts in a simulated shop: what prior, retirement and children bring.

Everything is simulated. Each of 12 cells has shoppers who buy at their own rate; a text adds
what its traits are worth (unknown to the learner), a part of its own, and wears out with age. A
message earns a margin when it sells. Each week the texts of a cell are drawn by Thompson
sampling over what is believed of them, every one with at least 5 %. Compared are: the founding
texts only (with an equal prior for all), the same with the prior by traits, then with retirement
and rest, then with children of the best (a child takes each trait from one of its parents, and
may change it; its own part is drawn anew, and it is younger). ``random`` draws evenly.

False retirement is counted apart, in races between texts of which none is worse than the others,
and in races that a text wins by little.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from harness import cpu_seconds, finish, machine, parser_for
from promoloop.compose import believed
from promoloop.evaluate import evidence_against, race, wear_of

Floats = NDArray[np.float64]

CELLS, TRAITS, WEEKS, SENT = 12, 6, 26, 400
FOUNDERS, POOL, FLOOR, MARGIN, ERROR = 2, 4, 0.05, 500.0, 0.05
MOST = 80  # texts a cell may ever have had
WAYS = (
    "random",
    "flat",
    "prior",
    "prior+retire",
    "flat+retire+renew",
    "prior+retire+renew",
)


@dataclass
class Text:
    """One simulated text: what is seen of it, and what is true."""

    traits: Floats
    truth: float
    wear: float
    born: int
    state: str = "running"
    rows: list[int] = field(default_factory=list)

    def effect(self, week: int) -> float:
        """Log odds it adds this week."""
        return self.truth - self.wear * (week - self.born)


class World:
    """The truth of one seed: what traits are worth, and how texts come to be."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng([seed, 1])
        self.worth = self.rng.normal(0.0, 0.15, TRAITS)
        self.base = self.rng.normal(-2.2, 0.3, CELLS)
        self.founders = [[self.text(self._drawn(), 0) for _ in range(FOUNDERS)]
                         for _ in range(CELLS)]  # fmt: skip

    def text(self, traits: Floats, week: int) -> Text:
        """A new text with a part of its own that nobody can see."""
        own = float(self.rng.normal(0.0, 0.1))
        return Text(traits, float(traits @ self.worth) + own, float(self.rng.exponential(0.01)),
                    week)  # fmt: skip

    def child(self, one: Text, other: Text, week: int) -> Text:
        """Each trait from one parent; one in five changes."""
        mixed = np.where(self.rng.random(TRAITS) < 0.5, one.traits, other.traits)
        changed = self.rng.random(TRAITS) < 0.2
        return self.text(np.where(changed, self._drawn(), mixed), week)

    def _drawn(self) -> Floats:
        return self.rng.integers(0, 2, TRAITS).astype(np.float64)


@dataclass
class Log:
    """The messages of one cell so far: text, odds by text, sold or not, week."""

    sent: list[int] = field(default_factory=list)
    odds: list[Floats] = field(default_factory=list)
    sold: list[float] = field(default_factory=list)
    week: list[int] = field(default_factory=list)


def played(seed: int, way: str) -> dict[str, float]:
    """Margin per message over all weeks, and what was retired, by one way of doing it."""
    world, rng = World(seed), np.random.default_rng([seed, 2])
    pools = [[Text(t.traits, t.truth, t.wear, 0) for t in pool] for pool in world.founders]
    logs = [Log() for _ in range(CELLS)]
    earned, retired, false = 0.0, 0, 0
    for week in range(WEEKS):
        means, sds = believed_in(pools, logs, way, week)
        for cell, pool in enumerate(pools):
            earned += week_of(world, cell, pool, logs[cell], means[cell], sds[cell], way, week, rng)
        if "retire" in way and week % 2 == 1:
            for pool, log in zip(pools, logs, strict=True):
                gone, wrong = retire(pool, log, week)
                retired, false = retired + gone, false + wrong
        if "renew" in way and week % 2 == 1:
            renewed(world, pools, means, week)
    messages = CELLS * WEEKS * SENT
    texts = sum(len(pool) for pool in pools)
    return {
        "margin": earned / messages,
        "retired": float(retired),
        "false": float(false),
        "texts": float(texts),
    }


def believed_in(
    pools: list[list[Text]], logs: list[Log], way: str, week: int
) -> tuple[list[Floats], list[Floats]]:
    """Mean and standard deviation of every text's log odds, by cell."""
    texts = [(cell, at, text) for cell, pool in enumerate(pools) for at, text in enumerate(pool)]
    estimate, error = np.zeros(len(texts)), np.full(len(texts), np.inf)
    for spot, (cell, at, _) in enumerate(texts):
        log = logs[cell]
        mine = np.array(log.sent) == at
        if mine.sum() >= 10:
            sold = np.array(log.sold)
            rate = np.clip(sold.mean(), 0.01, 0.99)
            when = np.array(log.week)[mine]
            # older weeks count for less: texts wear
            weight = 0.9 ** (week - when) / np.array(log.odds)[when, at]
            told = float(weight.sum()) * rate * (1 - rate)
            estimate[spot] = float((weight * (sold[mine] - rate)).sum()) / told
            error[spot] = np.sqrt(float((weight**2).sum()) * rate * (1 - rate)) / told
    traits = np.array([text.traits for _, _, text in texts])
    if "prior" not in way:
        traits = np.zeros_like(traits[:, :1])
    found = believed(traits, np.array([cell for cell, _, _ in texts]), estimate, error, 0.15)
    means: list[list[float]] = [[] for _ in pools]
    sds: list[list[float]] = [[] for _ in pools]
    for (cell, _, _), mean, sd in zip(texts, found.mean, found.sd, strict=True):
        means[cell].append(float(mean))
        sds[cell].append(float(sd))
    return [np.array(one) for one in means], [np.array(one) for one in sds]


def week_of(
    world: World,
    cell: int,
    pool: list[Text],
    log: Log,
    mean: Floats,
    sd: Floats,
    way: str,
    week: int,
    rng: np.random.Generator,
) -> float:
    """Send one week's messages of a cell; return what they may be expected to earn."""
    running = np.array([text.state == "running" for text in pool])
    odds = running / running.sum()
    if way != "random":
        draws = np.where(running, rng.normal(mean, sd, size=(400, len(pool))), -np.inf)
        wins = np.bincount(draws.argmax(axis=1), minlength=len(pool)) / 400
        odds = FLOOR * running + (1 - FLOOR * running.sum()) * wins
    sent = rng.choice(len(pool), size=SENT, p=odds)
    effect = np.array([text.effect(week) for text in pool])[sent]
    own = rng.normal(0.0, 0.5, SENT)  # shoppers differ
    chance = 1 / (1 + np.exp(-world.base[cell] - effect - own))
    sold = rng.random(SENT) < chance
    log.sent += sent.tolist()
    log.odds.append(np.pad(odds, (0, MOST - len(odds))))  # one row a week
    log.sold += sold.astype(float).tolist()
    log.week += [week] * SENT
    return float(chance.sum() * MARGIN)


def retire(pool: list[Text], log: Log, week: int) -> tuple[int, int]:
    """Retire losers and worn texts of one cell; how many, and how many were the best of it."""
    sent, sold = np.array(log.sent), np.array(log.sold)
    weeks = np.array(log.week)
    odds = np.array(log.odds)[weeks][:, : len(pool)]
    gone = wrong = 0
    for at, text in enumerate(pool):
        running = [one for one in range(len(pool)) if pool[one].state == "running"]
        if text.state != "running" or len(running) < 2 or (sent == at).sum() < 100:
            continue
        evidence = evidence_against(
            np.array([lead(sent, sold, odds, at, one) for one in range(len(pool)) if one != at])
        )
        open_to = (odds[:, at] > 0) & (odds[:, at] < 1)
        worn = wear_of(
            sold[open_to] - sold.mean(), sent[open_to] == at, odds[open_to, at],
            weeks[open_to] - text.born,
        ).worn  # fmt: skip
        if evidence >= 1 / ERROR or worn:
            text.state = "retired"
            gone += 1
            always = all(text.effect(w) >= max(pool[one].effect(w) for one in running)
                         for w in (text.born, week))  # fmt: skip
            wrong += always
    return gone, wrong


def lead(sent: NDArray[np.int64], sold: Floats, odds: Floats, at: int, rival: int) -> float:
    """E-value against "text ``at`` earns no less than ``rival``"."""
    both = odds[:, at] + odds[:, rival]
    share = np.divide(odds[:, rival], both, out=np.zeros(len(both)), where=both > 0)
    rows = np.isin(sent, (at, rival)) & (share > 0) & (share < 1)
    return race(sold[rows] - sold.mean(), sent[rows] == rival, share[rows], 1.0).evidence


def renewed(world: World, pools: list[list[Text]], means: list[Floats], week: int) -> None:
    """Fill every cell up with children of its two best texts."""
    for cell, pool in enumerate(pools):
        running = [at for at, text in enumerate(pool) if text.state == "running"]
        order = sorted(running, key=lambda at: -means[cell][at] if at < len(means[cell]) else 0.0)
        for _ in range(POOL - len(running)):
            pool.append(world.child(pool[order[0]], pool[order[-1 if len(order) < 2 else 1]], week))


def false_races(seed: int, ahead: float, races: int = 300, rows: int = 4000) -> float:
    """Share of races in which a text that is no worse is ever retired, looked at 20 times."""
    rng, wrong = np.random.default_rng([seed, 3]), 0
    for _ in range(races):
        odds = rng.choice([0.05, 0.3, 0.5, 0.7, 0.95], size=rows)
        rival = rng.random(rows) < odds
        shopper = rng.normal(-2.2, 0.5, rows) + np.where(odds > 0.5, 0.5, 0.0)
        sold = rng.random(rows) < 1 / (1 + np.exp(-shopper - ahead * ~rival))
        found = (race(sold[:n] - 0.1, rival[:n], odds[:n], 1.0).evidence
                 for n in range(200, rows + 1, 200))  # fmt: skip
        wrong += any(evidence_against(np.array([one])) >= 1 / ERROR for one in found)
    return wrong / races


def interval(values: list[float]) -> tuple[float, float, float]:
    """Mean and its 95 % interval over seeds, by Student's t; of one seed there is none."""
    from scipy.stats import t

    found = np.array(values)
    if len(found) < 2:
        return float(found.mean()), float(found.mean()), float(found.mean())
    half = float(t.ppf(0.975, len(found) - 1) * found.std(ddof=1) / np.sqrt(len(found)))
    return float(found.mean()), float(found.mean()) - half, float(found.mean()) + half


def main() -> None:
    """Run all ways on the same seeds and say what each adds over the founding texts alone."""
    asked = parser_for(__doc__, "0..4").parse_args()
    figures: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    spent = 0.0
    for seed in asked.seeds:
        for way in WAYS:
            found, seconds = cpu_seconds(lambda seed=seed, way=way: played(seed, way))
            figures[way].append(found)
            spent += seconds
    false, seconds = cpu_seconds(lambda: [false_races(seed, 0.0) for seed in asked.seeds])
    better, more = cpu_seconds(lambda: [false_races(seed, 0.1) for seed in asked.seeds])
    report: dict[str, object] = {"simulated": True}
    for way in WAYS:
        margin = [one["margin"] for one in figures[way]]
        gain = [100 * (one / flat["margin"] - 1) for one, flat in
                zip(margin, figures["flat"], strict=True)]  # fmt: skip
        report[way] = {
            "margin_minor": interval(margin),
            "gain_percent": interval(gain),
            "retired": float(np.mean([one["retired"] for one in figures[way]])),
            "best_retired": float(np.sum([one["false"] for one in figures[way]])),
            "texts": float(np.mean([one["texts"] for one in figures[way]])),
        }
        if not asked.json:
            mean, low, high = interval(gain)
            print(f"{way:20s} {np.mean(margin):7.2f} per message (simulated), "
                  f"{mean:+.2f} % [{low:+.2f}, {high:+.2f}]")  # fmt: skip
    finish(
        {
            **report,
            "false_retirement_equal": float(np.mean(false)),
            "false_retirement_better": float(np.mean(better)),
            "error_promised": ERROR,
            "cpu_seconds": spent + seconds + more,
            "seeds": asked.seeds,
            "machine": machine("numpy", "scipy"),
        },
    )


if __name__ == "__main__":
    main()
