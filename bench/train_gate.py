"""Train the quality gate on judged proposals and write it, with its training record.

Reads the judged proposals that ship with the package (``data/labelled``) and the files named by
``--labelled``; writes ``--out`` in one step, so a gate is never half there. All figures are for
product groups that critic, calibration and matcher had not seen. Run it in the environment that
``make setup`` makes:

    .venv/bin/python bench/train_gate.py --out src/promoloop/compose/data/gate.json
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from harness import cpu_seconds, finish, machine
from promoloop.backends.text_encoder import SentenceEncoder
from promoloop.compose.quality.corpus import shipped_corpus
from promoloop.compose.quality.critic import CriticSettings
from promoloop.compose.quality.features import FeatureReader
from promoloop.compose.quality.gate import gate_from
from promoloop.compose.quality.meaning import MeaningSpace
from promoloop.compose.quality.proposals import (
    POOLS,
    Labelled,
    labelled_proposals,
    labelled_rows,
)
from promoloop.compose.quality.readings import Readings
from promoloop.compose.quality.training import fit_matcher, train_critic

_HELD_OUT = "forms-held-out"  # kept by an earlier gate for groups that nothing is trained on
_PAIRS = "pairs"  # written by hand to be hard: a regression set, of another kind than proposals


def main() -> None:
    arguments = _parsed()
    gate, seconds = cpu_seconds(lambda: _gate(arguments))
    _write(arguments.out, gate)
    finish({**gate["record"], "cpu_seconds": round(seconds, 1), "out": arguments.out.name})


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("out/gate.json"))
    parser.add_argument("--labelled", type=Path, nargs="*", default=[], help="more JSON Lines")
    parser.add_argument("--only", nargs="*", default=list(POOLS), help="shipped files to train on")
    parser.add_argument("--precision", type=float, default=0.75, help="wanted of what is kept")
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--json", action="store_true", help="as everywhere; the output is JSON")
    return parser.parse_args()


def _gate(arguments: argparse.Namespace) -> dict[str, object]:
    rows = _rows(arguments)
    train = [one for one in rows if not one.proposal.group.held_out]
    test = [one for one in rows if one.proposal.group.held_out]
    test += labelled_proposals(_HELD_OUT)
    corpus, encoder, seed = shipped_corpus(), SentenceEncoder(), arguments.seed
    matcher = fit_matcher(corpus, MeaningSpace(corpus, encoder, None), seed)
    settings = CriticSettings()
    spaces = {"meaning": MeaningSpace(corpus, encoder, matcher), "words": None}
    readings = Readings(train)
    trained = {
        kind: train_critic(
            train, FeatureReader(corpus, space, readings), settings, seed, arguments.precision
        )
        for kind, space in spaces.items()
    }
    gate: dict[str, object] = {
        "encoder": encoder.name,
        "matcher": matcher.to_parameters(),
        "critics": {
            kind: {"critic": one.critic.to_parameters(), "thresholds": dict(one.thresholds)}
            for kind, one in trained.items()
        },
    }
    pairs = list(labelled_proposals(_PAIRS))
    gate["record"] = {
        "trained_on": [*arguments.only, *(path.name for path in arguments.labelled)],
        "data_sha256": _hash(rows),
        "corpus_lines": len(corpus.lines),
        "settings": asdict(settings),
        "seed": seed,
        "wanted_precision": arguments.precision,
        "critics": {kind: one.record for kind, one in trained.items()},
        "held_out_groups": {kind: _judged(gate, kind, test, encoder) for kind in trained},
        "pairs_by_hand": {kind: _judged(gate, kind, pairs, encoder) for kind in trained},
        "machine": machine("scikit-learn"),
    }
    return gate


def _rows(arguments: argparse.Namespace) -> list[Labelled]:
    rows = list(labelled_proposals(*arguments.only))
    groups = shipped_corpus().groups
    for path in arguments.labelled:
        lines = path.read_text(encoding="utf-8").splitlines()
        rows += labelled_rows([json.loads(line) for line in lines], groups, path.name)
    return rows


def _judged(
    gate: dict[str, object], kind: str, test: list[Labelled], encoder: SentenceEncoder
) -> dict[str, object]:
    """What the finished gate gives on rows that no part of it was trained on."""
    if not test:
        return {"rows": 0}
    judge = gate_from(gate, encoder if kind == "meaning" else None, shipped_corpus())
    scores = judge.score([one.proposal for one in test])
    sendable = np.array([one.sendable for one in test])
    kept = np.array(
        [
            score >= judge.thresholds[one.proposal.language]
            for score, one in zip(scores, test, strict=True)
        ]
    )
    mixed = bool(sendable.any() and not sendable.all())
    return {
        "rows": len(test),
        "sendable_share": round(float(sendable.mean()), 4),
        "auc": round(float(roc_auc_score(sendable, scores)), 4) if mixed else None,
        "kept_share": round(float(kept.mean()), 4),
        "precision": round(float(sendable[kept].mean()), 4) if kept.any() else None,
    }


def _hash(rows: list[Labelled]) -> str:
    digest = hashlib.sha256()
    for one in rows:
        found = (one.proposal.group.group_id, one.proposal.language, one.proposal.moment)
        digest.update(json.dumps([*found, one.proposal.text, one.sendable]).encode())
    return digest.hexdigest()


def _write(path: Path, gate: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, delete=False, encoding="utf-8", newline="\n"
    ) as file:
        json.dump(gate, file)
        file.write("\n")
    partial = Path(file.name)
    partial.chmod(0o644)
    partial.replace(path)


if __name__ == "__main__":
    main()
