"""``promoloop tune``: the shipped lines, the packaged weights, a folder for the adapter."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from promoloop.backends.llm_embedded import assembled_weights, shipped_adapter
from promoloop.backends.tuning import (
    Lesson,
    PreferencePlan,
    SupervisedPlan,
    adapter_rank,
    load_base,
    tune_preferences,
    tune_supervised,
    wear_adapter,
)
from promoloop.bootstrap.files import write_page
from promoloop.compose import (
    FORMAT_HASH,
    Cell,
    ExampleLine,
    Library,
    PreferenceRow,
    ProductGroup,
    example_lines,
    preference_pairs,
    product_groups,
)
from promoloop.core import InvalidError
from promoloop.settings import Settings

__all__ = ["PreferencePlan", "SupervisedPlan", "prefer_hooks", "tune_hooks", "tuning_forecast"]

_PACKAGES = ("torch", "transformers", "peft", "gguf", "numpy", "promoloop")
# Measured on two cores of an AMD EPYC with AVX-512 and bfloat16, shared with other work.
_CPU_SECONDS_A_DOCUMENT = 1.2


def tune_hooks(
    out: Path, plan: SupervisedPlan, told: Callable[[dict[str, float]], None]
) -> dict[str, object]:
    """Train on the lines that ship, into ``out``; a run that was killed is taken up again.

    Leaves ``adapter.gguf`` and ``training.json`` there, and ``checkpoint.safetensors`` to go on
    from. Raises ``UnavailableError`` without the extra ``learn``, ``InvalidError`` when ``out``
    is a file or holds another run.
    """
    if out.exists() and not out.is_dir():
        raise InvalidError(f"--out {out}", "it is a file", "Name a folder.")
    lesson = _lesson()
    weights = assembled_weights(Settings(root=out).model_path)
    base = load_base(weights, plan.rank, plan.seed)
    out.mkdir(parents=True, exist_ok=True)
    record = tune_supervised(base, lesson, plan, out, told)
    written = _record(record, lesson, plan, weights, out / "adapter.gguf")
    write_page(out / "training.json", json.dumps(written, indent=1, ensure_ascii=False) + "\n")
    return {
        "adapter": str(out / "adapter.gguf"),
        **{name: written[name] for name in ("finished", "cpu_minutes", "held_out_loss")},
    }


def prefer_hooks(
    out: Path, feedback: Path, plan: PreferencePlan, told: Callable[[dict[str, float]], None]
) -> dict[str, object]:
    """Tune the shipped adapter on what earned more; leaves ``candidate.gguf`` in ``out``.

    The candidate is worn by nobody until it has passed ``compose.adapter_gate`` on the labelled
    regression set. ``feedback`` holds JSON lines ``{group_id, language, moment, length, text,
    reward, propensity}``; ``InvalidError`` names the line that is wrong.
    """
    rows = feedback_rows(feedback)
    pairs = preference_pairs(rows)
    start = shipped_adapter()
    if start is None:
        raise InvalidError("preference tuning", "no adapter ships", "Run `promoloop tune` first.")
    weights = assembled_weights(Settings(root=out).model_path)
    base = load_base(weights, adapter_rank(start), plan.seed)
    wear_adapter(base, start)
    out.mkdir(parents=True, exist_ok=True)
    names = {one.group_id: one.names for one in product_groups()}
    epochs = tune_preferences(base, pairs, names, plan, out, told)
    record = {
        "what": "candidate adapter, tuned on preferences from feedback; not gated yet",
        "feedback_sha256": _sha256(feedback),
        "rows": len(rows),
        "pairs": len(pairs),
        "start": _sha256(start),
        "plan": asdict(plan),
        "epochs": epochs,
    }
    write_page(out / "preferences.json", json.dumps(record, indent=1) + "\n")
    return {"candidate": str(out / "candidate.gguf"), "rows": len(rows), "pairs": len(pairs)}


def feedback_rows(path: Path) -> list[PreferenceRow]:
    """The rows of a JSON-lines file of feedback."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidError(
            str(path), f"it cannot be read: {error}", "Name a UTF-8 file."
        ) from error
    return [_row(line, f"{path}, line {at}") for at, line in enumerate(lines, 1) if line.strip()]


def _row(line: str, where: str) -> PreferenceRow:
    try:
        row = json.loads(line)
        cell = Cell(*(str(row[name]) for name in ("group_id", "language", "moment", "length")))
        return PreferenceRow(cell, str(row["text"]), float(row["reward"]), float(row["propensity"]))
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidError(
            where,
            f"it is no row of feedback ({error})",
            "Write {group_id, language, moment, length, text, reward, propensity} as JSON.",
        ) from error
    except InvalidError as error:
        raise InvalidError(f"{where}, {error.asked}", error.case, error.remedy) from error


def tuning_forecast(plan: SupervisedPlan) -> dict[str, object]:
    """What a run would take, without the extra and without starting it."""
    lesson = _lesson()
    rng = np.random.default_rng([plan.seed, 0])
    documents = len(lesson.documents(rng))
    return {
        **_counts(lesson),
        "documents_per_epoch": documents,
        "steps": plan.epochs * -(-documents // plan.batch),
        "cpu_minutes": round(plan.epochs * documents * _CPU_SECONDS_A_DOCUMENT / 60, 1),
    }


def _lesson() -> Lesson:
    groups, lines = product_groups(), example_lines()
    return Lesson(
        groups=[one for one in groups if not one.held_out],
        held_out=[one for one in groups if one.held_out],
        lines=lines,
        library=Library(groups, lines),
        key=f"{_digest(groups, lines)}-{FORMAT_HASH}",
    )


def _digest(groups: Sequence[ProductGroup], lines: Sequence[ExampleLine]) -> str:
    rows = [*map(asdict, groups), *map(asdict, lines)]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()[:16]


def _counts(lesson: Lesson) -> dict[str, object]:
    held_out = {one.group_id for one in lesson.held_out}
    kept = sum(line.group_id not in held_out for line in lesson.lines)
    return {
        "groups": len(lesson.groups),
        "groups_held_out": sorted(held_out),
        "pairs": kept,
        "pairs_held_out": len(lesson.lines) - kept,
    }


def _record(
    record: dict[str, Any], lesson: Lesson, plan: SupervisedPlan, weights: Path, adapter: Path
) -> dict[str, Any]:
    """What is kept with the adapter, so that anybody can see and repeat how it came about."""
    epochs = record["epochs"]
    return {
        "what": "LoRA adapter for slot-free hooks, trained on lines written by hand",
        "finished": record["finished"],
        "data_sha256": lesson.key.partition("-")[0],
        "prompt_format": FORMAT_HASH,
        "base": {"file": weights.name, "sha256": _sha256(weights)},
        "adapter_sha256": _sha256(adapter) if adapter.exists() else "",
        "plan": asdict(plan),
        **_counts(lesson),
        "held_out_loss": {
            "before": record["held_out_loss_before"],
            "after": epochs[-1]["held_out_loss"] if epochs else None,
            "unit": "nats per token over the whole vocabulary, groups never trained on",
        },
        "slot_accuracy": {
            "before": 1.0,
            "after": 1.0,
            "why": "hooks hold no slots: the assembled message fills them by code",
        },
        "epochs": epochs,
        "cpu_minutes": round(sum(one["cpu_seconds"] for one in epochs) / 60, 1),
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
