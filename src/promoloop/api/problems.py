"""What is answered when something is wrong: RFC 9457 problem details, in ``problem+json``."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from fastapi import Response

from promoloop.core import InvalidError, PromoloopError

__all__ = ["PROBLEM_JSON", "Problem", "WebError", "not_found", "problem_response"]

PROBLEM_JSON = "application/problem+json"


class Problem(msgspec.Struct):
    """Why a request was not done.

    ``type`` names the kind of problem and never changes; ``detail`` is what was asked for, what is
    the case and what can be done about it, which also stand alone. ``request_id`` finds the
    request in the log.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    asked: str = ""
    case: str = ""
    remedy: str = ""
    request_id: str = ""


class WebError(Exception):
    """A refusal that only a web server knows, by its HTTP status.

    Parameters
    ----------
    status : int
    kind : str
        The last part of the problem's ``type``.
    asked, case, remedy : str
        As in ``PromoloopError``.
    headers : mapping, optional
        Sent beside the problem.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        asked: str,
        case: str,
        remedy: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, kind, asked, case, remedy)
        self.status = status
        self.kind = kind
        self.asked = asked
        self.case = case
        self.remedy = remedy
        self.headers = dict(headers or {})

    def __str__(self) -> str:
        return f"{self.asked}: {self.case}. {self.remedy}"


def not_found(what: str, one: str) -> WebError:
    """The error for an id that nothing has."""
    return WebError(
        404, "not-found", f"the {what} {one!r:.140}", "there is none of this id", "Mend the id."
    )


_KINDS = {
    400: "malformed",
    401: "not-signed-in",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    409: "refused",
    412: "changed",
    413: "too-large",
    415: "wrong-content",
    422: "invalid",
    429: "too-often",
    503: "unavailable",
}


def problem_response(
    error: Exception, instance: str, request_id: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer for ``error``; what is not an error of ours is not told to the outside."""
    status, kind, said, own = _described(error)
    problem = Problem(
        type=f"urn:promoloop:problem:{kind}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=f"{said[0]}: {said[1]}. {said[2]}",
        instance=instance,
        asked=said[0],
        case=said[1],
        remedy=said[2],
        request_id=request_id,
    )
    sent = {**own, **(headers or {}), "Cache-Control": "no-store"}
    return Response(msgspec.json.encode(problem), status, sent, PROBLEM_JSON)


def _described(error: Exception) -> tuple[int, str, tuple[str, str, str], Mapping[str, str]]:
    """Status, kind, the three sentences, headers."""
    if isinstance(error, WebError):
        return error.status, error.kind, (error.asked, error.case, error.remedy), error.headers
    if isinstance(error, PromoloopError):
        status = error.http_status
        kind = "invalid" if isinstance(error, InvalidError) else _KINDS.get(status, "error")
        retry = {"Retry-After": "1"} if error.retry else {}
        return status, kind, (error.asked, error.case, error.remedy), retry
    said = ("this request", "the server met an error of its own", "Report it with the request id.")
    return 500, "error", said, {}
