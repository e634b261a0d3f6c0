"""One picture per bench for docs/benchmarks.md: ours in blue, peers in grey, bars with doubt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["draw"]

Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: ``doubt`` is a standard error or deviation, as the picture's title says."""

    label: str
    value: float
    doubt: float = 0.0
    ours: bool = True


def draw(name: str, figures: Figures, folder: Path) -> Path | None:
    """Draw the bench's picture into ``folder``; ``None`` where it has none."""
    if name not in _PICTURES:
        return None
    import matplotlib as mpl

    mpl.use("svg")
    # The same figures give the same file, so that a new run shows up only where it differs.
    mpl.rcParams.update({"svg.hashsalt": "promoloop", "svg.fonttype": "none", "font.size": 9})
    from matplotlib import pyplot as plt

    title, bars = _PICTURES[name](figures)
    figure, axis = plt.subplots(figsize=(7.5, 0.9 + 0.26 * len(bars)))
    places = range(len(bars), 0, -1)
    axis.barh(
        list(places),
        [bar.value for bar in bars],
        xerr=[bar.doubt for bar in bars],
        color=["#2457a6" if bar.ours else "#b3b7bd" for bar in bars],
        ecolor="#333333",
        error_kw={"elinewidth": 1},
    )
    axis.set_yticks(list(places), [bar.label for bar in bars])
    for place, bar in zip(places, bars, strict=True):
        far = max(bar.value + bar.doubt, 0.0)
        shown = f"{bar.value:,.0f}" if abs(bar.value) >= 1000 else f"{bar.value:.4g}"
        axis.annotate(shown, (far, place), (4, 0), textcoords="offset points", va="center")
    axis.spines[["top", "right"]].set_visible(False)
    axis.margins(x=0.12)
    figure.suptitle(title, x=0.01, ha="left", fontsize=10)
    figure.tight_layout()
    path = folder / f"bench-{name}.svg"
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    # matplotlib ends lines of path data with a space.
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="utf-8")
    return path


def _bandits(figures: Figures) -> tuple[str, Sequence[Bar]]:
    runs = [run for run in figures["regrets"] if run["world"] == "promotion" and run["delay"] == 0]
    last = max(run["marks"][-1] for run in runs)
    found = [
        Bar(
            f"{run['library']} {run['name']}".strip(),
            run["regret"][-1],
            run["standard_error"][-1],
            run["library"] == "promoloop",
        )
        for run in runs
        if run["marks"][-1] == last
    ]
    title = f"Regret after {last:,} rounds, simulated promotion logit; less is better (± se)"
    return title, sorted(found, key=lambda bar: bar.value)


def _allocate(figures: Figures) -> tuple[str, Sequence[Bar]]:
    sizes: dict[str, float] = {}
    for row in figures["rows"]:
        sizes[row["size"]] = max(sizes.get(row["size"], 0.0), row["cpu_s"])
    bars = [Bar(f"{size} shoppers × offers × caps", spent) for size, spent in sizes.items()]
    gap = f"{100 * figures['max_gap']:.2g} %"
    return f"CPU seconds to allocate, largest of all seeds; every gap is certified ≤ {gap}", bars


def _pacing(figures: Figures) -> tuple[str, Sequence[Bar]]:
    bars = []
    for day, share in figures["lowest_share"].items():
        bars.append(Bar(f"{day}: moving prices", share))
        bars.append(
            Bar(f"{day}: morning's prices", figures["lowest_share_fixed_price"][day], 0, False)
        )
    return "Share of the hindsight optimum on a simulated day, worst seed", bars


def _uplift(figures: Figures) -> tuple[str, Sequence[Bar]]:
    table = figures["tables"]["qini visit womens"]
    bars = [
        Bar(name, row["mean"], row["sd"], name.startswith("ours")) for name, row in table.items()
    ]
    title = "Normalised Qini, visits after women's mail, Hillstrom, ten test halves (± sd)"
    return title, sorted(bars, key=lambda bar: -bar.value)


def _journey(figures: Figures) -> tuple[str, Sequence[Bar]]:
    learnt = ("fitted Q", "tabular Q", "deep Q")
    bars = [
        Bar(name, row["increment"], row["standard_error"] or 0.0, name in learnt)
        for name, row in figures["policies"].items()
    ]
    title = "Discounted margin above sending nothing, cents per shopper, simulated (± se)"
    return title, sorted(bars, key=lambda bar: -bar.value)


_PICTURES: Mapping[str, Callable[[Figures], tuple[str, Sequence[Bar]]]] = {
    "bandits": _bandits,
    "allocate": _allocate,
    "pacing": _pacing,
    "uplift": _uplift,
    "journey": _journey,
}
