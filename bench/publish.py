"""Turn the benches' last lines into docs/benchmarks.md and its plots, losses included.

    make bench                     # runs every bench, one JSON object each under out/bench
    python bench/publish.py out/bench

A goal whose figure is missing stands as "not measured": nothing is left out because it is bad.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plots import draw

__all__ = ["GOALS", "Goal", "page_of"]

_DOCS = Path(__file__).parent.parent / "docs"

Figures = Mapping[str, Mapping[str, Any]]

#: What each bench runs on; all but one on worlds that were made for it.
DATA = {
    "bandits": "simulated",
    "allocate": "made-up values",
    "pacing": "simulated",
    "uplift": "Hillstrom's e-mail experiment",
    "statistics": "simulated",
    "journey": "simulated",
}


@dataclass(frozen=True, slots=True)
class Goal:
    """One line to reach: ``key`` of ``bench`` is to lie in [``least``, ``most``]."""

    bench: str
    key: str
    says: str
    least: float | None = None
    most: float | None = None

    @property
    def aim(self) -> str:
        """What is asked, in words."""
        if self.least is not None and self.most is not None:
            return f"{self.least:g} to {self.most:g}"
        return f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"

    def met_by(self, figure: float) -> bool:
        """Whether ``figure`` reaches the goal."""
        above = self.least is None or figure >= self.least
        return above and (self.most is None or figure <= self.most)


GOALS = (
    Goal("bandits", "regret_ratio_vw_100k", "regret against VW, best of 5, 100k", most=0.70),
    Goal("bandits", "regret_ratio_vw_5k", "regret against VW, best of 5, 5k", most=0.95),
    Goal("bandits", "regret_ratio_mabwiser_100k", "regret against MABWiser LinUCB", most=0.88),
    Goal("bandits", "decide_speed_ratio_batched", "decisions against VW, batched", least=50),
    Goal("bandits", "update_speed_ratio_batched", "updates against VW, batched", least=10),
    Goal("bandits", "decide_speed_ratio_row", "decisions against VW, one by one", least=2),
    Goal("bandits", "update_speed_ratio_row", "updates against VW, one by one", least=2),
    Goal("allocate", "max_gap", "certified gap, every size", most=0.0005),
    Goal("allocate", "violations", "limits broken", most=0),
    Goal("allocate", "cpu_s_1e6x8", "CPU s, 1e6 x 8", most=3),
    Goal("allocate", "cpu_s_1e7x8", "CPU s, 1e7 x 8", most=10),
    Goal("allocate", "peak_memory_mb_1e7x8", "peak MB, 1e7 x 8", most=6144),
    Goal("allocate", "speed_ratio_highs_ipm_1e5", "against HiGHS IPM, 1e5 x 8", least=10),
    Goal("pacing", "share_of_hindsight_twice", "of the hindsight optimum, twice the traffic", 0.99),
    Goal("pacing", "share_of_hindsight", "the same, on the worst of four kinds of day", 0.99),
    Goal("pacing", "budget_violations", "days over budget", most=0),
    Goal("uplift", "womens_visit_qini", "visit Qini, women's mail", least=0.066),
    Goal("uplift", "policy_below_static", "policy surely below the best single arm", most=0),
    Goal("statistics", "dr_coverage", "95 % DR interval covers", least=0.93, most=0.97),
    Goal("statistics", "peeking_false_positives", "false positives, daily looks", most=0.05),
    Goal("statistics", "width_ratio", "width against a fixed horizon", most=1.7),
    Goal("statistics", "cuped_error", "CUPED against ρ²", most=0.01),
    Goal("journey", "best_vs_myopic", "best journey policy against myopic", least=1.1),
    Goal("journey", "share_of_oracle", "demo, share of the oracle", least=0.70),
)


def page_of(figures: Figures) -> str:
    """The page, in Markdown."""
    missed = [goal for goal in GOALS if _verdict(goal, figures) != "yes"]
    return "\n".join(
        [
            "# Benchmarks",
            "",
            "Written by `bench/publish.py` from the benches' last lines; not edited by hand.",
            "`make bench-setup` installs the peers, `make bench` runs everything anew and writes",
            "this page. Ours and the peers ran in the same process on one BLAS thread; seconds are",
            "CPU seconds. Ratios hold on other machines, seconds do not. What each bench does, and",
            "what was tried, stands on the pages under [math](math/).",
            "",
            *_machines(figures),
            "",
            "| bench | data | measure | goal | measured (± standard error) | reached |",
            "| --- | --- | --- | --- | --- | --- |",
            *(_row(goal, figures) for goal in GOALS),
            "",
            f"{len(GOALS) - len(missed)} of {len(GOALS)} goals are reached.",
            "",
            *_plots(figures),
        ]
    )


def _machines(figures: Figures) -> Sequence[str]:
    machines = [one["machine"] for one in figures.values() if "machine" in one]
    if not machines:
        return ["Nothing was measured yet."]
    packages = {key: value for one in machines for key, value in one.items()}
    shown = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in packages.items())
    return [f"**Machine and versions:** {shown}."]


def _row(goal: Goal, figures: Figures) -> str:
    found = figures.get(goal.bench, {})
    value, error = found.get(goal.key), found.get(f"{goal.key}_se")
    shown = "not measured" if value is None else f"{value:.4g}"
    doubt = "" if error is None else f" ± {error:.2g}"
    verdict = _verdict(goal, figures)
    cells = (goal.bench, DATA[goal.bench], goal.says, goal.aim, shown + doubt, verdict)
    return f"| {' | '.join(cells)} |"


def _verdict(goal: Goal, figures: Figures) -> str:
    value = figures.get(goal.bench, {}).get(goal.key)
    if value is None:
        return "–"
    return "yes" if goal.met_by(float(value)) else "**no**"


def _plots(figures: Figures) -> Sequence[str]:
    drawn = [name for name in figures if (_DOCS / "images" / f"bench-{name}.svg").exists()]
    return [f"![{name}](images/bench-{name}.svg)\n" for name in drawn]


def main() -> None:
    """Read every JSON file of a folder and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    figures = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    for name, found in figures.items():
        draw(name, found, _DOCS / "images")
    (_DOCS / "benchmarks.md").write_text(page_of(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
