"""People who may sign in, and what they did: for administrators."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from promoloop.console.rendering import back_to, show
from promoloop.console.visit import Admin, Visit
from promoloop.flows.staff.records import ROLES

__all__ = ["router"]

router = APIRouter()
_ENTRIES = 50


@router.get("/people")
def people(visit: Admin) -> Response:
    """Everybody who may sign in, and the newest of what was done."""
    return show(
        visit,
        "people/index.html.j2",
        users=visit.shop.users.all(),
        roles=ROLES,
        entries=visit.shop.audit.latest(_ENTRIES + 1),
        per_page=_ENTRIES,
        skip=0,
    )


@router.get("/people/audit")
def audit(visit: Admin, skip: int = 0) -> Response:
    """What was done before."""
    skip = max(0, skip)
    entries = visit.shop.audit.latest(_ENTRIES + 1, skip)
    return show(visit, "people/audit.html.j2", entries=entries, per_page=_ENTRIES, skip=skip)


@router.post("/people")
def add(visit: Admin) -> Response:
    """Let somebody sign in."""
    form = visit.form
    password = form.get("password", "")
    user = visit.shop.add_user(
        visit.text("name"),
        password if isinstance(password, str) else "",
        visit.text("role"),
        visit.text("called"),
        visit.now,
    )
    visit.note("user.add", user.user_id, {"role": user.role})
    return back_to(visit, "/people")


@router.post("/people/{user_id}")
def change(visit: Admin, user_id: str) -> Response:
    """Another role or password, or no more sign-in; the person's sessions end."""
    password = visit.form.get("password", "")
    user = visit.shop.change_user(
        user_id,
        visit.now,
        role=visit.text("role"),
        password=password if isinstance(password, str) else "",
        active=_switched(visit),
    )
    said = {"role": user.role, "active": str(user.active), "password": str(bool(password))}
    visit.note("user.change", user.user_id, said)
    return back_to(visit, "/people")


def _switched(visit: Visit) -> bool | None:
    asked = visit.text("active")
    return asked == "yes" if asked else None
