"""A request that is named by ``Idempotency-Key`` is done once, however often it comes."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from fastapi import Response

from promoloop.api.call import Call
from promoloop.api.desk import Desk
from promoloop.api.problems import WebError, problem_response
from promoloop.api.tags import tag_of
from promoloop.core import PromoloopError
from promoloop.flows.doors.answers import Answer, fingerprint

__all__ = ["once"]

_KEY = re.compile(r"[\x21-\x7e]{1,128}")
#: A claim of a worker that died is given up after this; an answer is kept for a day.
_CLAIMED = timedelta(minutes=1)
_KEPT = timedelta(days=1)


async def once(
    desk: Desk,
    call: Call[Any],
    work: Callable[[Call[Any]], Awaitable[Response]],
    *,
    tagged: bool = False,
) -> Response:
    """The answer to the request, worked out or as it was given before.

    What the request asked wrongly is an answer too, and kept; what was away is not, so that it
    may be tried again. ``tagged`` answers carry the tag of what they hold.

    Raises
    ------
    WebError
        409 while the same request is worked on elsewhere; 422 for a key that is none.
    RefusedError
        The key was used for another body.
    """
    key = call.request.headers["idempotency-key"]
    if not _KEY.fullmatch(key):
        raise WebError(
            422,
            "invalid",
            "the header Idempotency-Key",
            "it is no key",
            "Use 1 to 128 visible ASCII characters, such as a UUID.",
        )
    where = f"{call.request.method} {call.request.url.path}"
    claim = Answer(
        call.caller.key_id,
        where,
        key,
        fingerprint(call.raw),
        secrets.token_hex(16),
        call.now + _CLAIMED,
    )
    answers = desk.answers
    standing = await desk.aside(lambda: answers.claim(claim, call.now))
    if standing.token != claim.token:
        return _given(standing, tagged)
    try:
        response = await _worked(call, work)
    except BaseException:
        await desk.aside(lambda: answers.release(claim))
        raise
    kept = replace(
        claim,
        expires_at=call.now + _KEPT,
        status=response.status_code,
        media=response.media_type or "",
        body=bytes(response.body),
    )
    await desk.aside(lambda: answers.keep(kept))
    return response


async def _worked(call: Call[Any], work: Callable[[Call[Any]], Awaitable[Response]]) -> Response:
    """The answer; a refusal that would come again is one."""
    try:
        return await work(call)
    except PromoloopError as error:
        if error.retry:
            raise
        return _refusal(call, error)
    except WebError as error:
        return _refusal(call, error)


def _refusal(call: Call[Any], error: Exception) -> Response:
    request = call.request
    response = problem_response(error, request.url.path, request.scope.get("request_id", ""))
    response.media_type = "application/problem+json"
    return response


def _given(standing: Answer, tagged: bool) -> Response:
    if standing.status == 0:
        raise WebError(
            409,
            "in-progress",
            "this request",
            "the same one is being worked on",
            "Ask again in a moment, with the same key.",
            {"Retry-After": "1"},
        )
    headers = {"Idempotency-Replayed": "true"}
    if tagged and standing.status < 400:
        headers["ETag"] = tag_of(standing.body)
    return Response(standing.body, standing.status, headers, standing.media or None)
