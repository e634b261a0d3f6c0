"""Models: versions, what the gate said of them, and which one decides."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.responses import Response

from promoloop.console.pages.results.figures import views_of
from promoloop.console.rendering import back_to, show
from promoloop.console.visit import Approver, Viewer, Visit, required
from promoloop.core import InvalidError, RefusedError
from promoloop.learn import ModelVersion

__all__ = ["router"]

router = APIRouter()

#: The newest versions of a kind on the page.
_NEWEST = 30


@router.get("/models")
def models(visit: Viewer) -> Response:
    """Every kind with its newest versions."""
    kinds = [(kind, _newest(visit, kind)) for kind in views_of(visit.house).kinds()]
    retraining = visit.house.retraining
    return show(
        visit,
        "models/list.html.j2",
        kinds=kinds,
        marked=set() if retraining is None else {one.version_id for one in retraining.marked()},
    )


@router.get("/models/{version_id}")
def model(visit: Viewer, version_id: str) -> Response:
    """One version: its data, figures and gate; and the step to or from it."""
    found = _version(visit, version_id)
    running = [one for one in visit.house.models.all(found.kind) if one.status == "running"]
    return show(
        visit,
        "models/detail.html.j2",
        model=found,
        running=running[0] if running else None,
        passed=_may_run(found),
    )


@router.post("/models/{version_id}/run")
def run(visit: Approver, version_id: str) -> Response:
    """Let this version decide from now on: one that the gate has passed, or that ran before."""
    found = _version(visit, version_id)
    (reason,) = required(visit, ["reason"])
    details = {"reason": reason[:500]}
    before = [one for one in visit.house.models.all(found.kind) if one.status == "running"]
    if not _may_run(found):
        visit.note("model.run", version_id, details, outcome="refused")
        raise RefusedError(
            visit.words.say("models.asked", id=version_id),
            visit.words.say("models.not_passed"),
            visit.words.say("models.wait"),
        )
    visit.house.models.promote(version_id)
    visit.note(
        "model.run", version_id, {**details, "before": "".join(o.version_id for o in before)}
    )
    return back_to(visit, f"/models/{version_id}")


def _may_run(found: ModelVersion) -> bool:
    """Whether the gate let it through, or it decided before: then it may again."""
    if found.status == "retired":
        return True
    return found.status == "shadow" and found.gate is not None and found.gate.promote


def _version(visit: Visit, version_id: str) -> ModelVersion:
    for kind in views_of(visit.house).kinds():
        for one in visit.house.models.all(kind):
            if one.version_id == version_id:
                return one
    raise InvalidError(
        visit.words.say("models.asked", id=version_id),
        visit.words.say("models.unknown"),
        visit.words.say("models.see_list"),
    )


def _newest(visit: Visit, kind: str) -> Sequence[ModelVersion]:
    return visit.house.models.all(kind)[::-1][:_NEWEST]
