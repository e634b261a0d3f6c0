"""The OpenAPI 3.1 document: from what the routes declare, whole, in one place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from promoloop import __version__
from promoloop.api.doors import Route
from promoloop.api.forms import FORM, MULTIPART
from promoloop.api.problems import PROBLEM_JSON, Problem
from promoloop.api.schemas import Schemas, plain_text

__all__ = ["document"]

_WORDS = {
    400: "The body is not JSON.",
    401: "No good API key was sent.",
    403: "The key may not do this.",
    404: "There is nothing of this id.",
    409: "A rule, a cap or the state of things says no.",
    412: "It was changed meanwhile.",
    413: "The body is too large.",
    415: "The body is of another kind.",
    422: "A field is wrong.",
    429: "The key asks too often.",
    503: "Something is away; try again.",
}
#: What shoppers see: it says what is wrong with a link on a page.
_PAGES = "pages"
_PART = re.compile(r"\{(\w+)\}")


def document(routes: Iterable[Route], server: str) -> dict[str, Any]:
    """The document of all ``routes``, for a server of that address."""
    schemas = Schemas()
    problem = schemas.of(Problem)
    paths: dict[str, dict[str, Any]] = {}
    tags: dict[str, None] = {}
    for route in routes:
        tags[route.tag] = None
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas, problem)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "promoloop",
            "version": __version__,
            "description": "Personalised promotions that earn more than they cost.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server}],
        "tags": [{"name": name} for name in tags],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.components.items())),
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key; `promoloop keys add` makes one.",
                }
            },
        },
    }


def _operation(route: Route, schemas: Schemas, problem: Mapping[str, Any]) -> dict[str, Any]:
    name = re.sub(r"\W+", "_", f"{route.method.lower()}{route.path.removeprefix('/v1')}").strip("_")
    whole: dict[str, Any] = {
        "operationId": name,
        "summary": route.summary,
        "description": route.description,
        "tags": [route.tag],
        "parameters": [*_parameters(route, schemas)],
        "responses": _responses(route, schemas, problem),
        "security": [{"key": []}] if route.scope else [],
    }
    if route.scope:
        whole["x-scope"] = route.scope
    if route.body is not None:
        schema = schemas.of(route.body)
        whole["requestBody"] = {
            "required": True,
            "content": {kind: {"schema": schema} for kind in route.reads},
        }
    if route.form is not None:
        schema = {"type": "object", "properties": dict(route.form)}
        content = {kind: {"schema": schema} for kind in (FORM, MULTIPART)}
        whole["requestBody"] = {"required": True, "content": content}
    return whole


def _parameters(route: Route, schemas: Schemas) -> Iterable[dict[str, Any]]:
    for part in _PART.findall(route.path):
        schema = plain_text(route.longest, 1)
        yield {"name": part, "in": "path", "required": True, "schema": schema}
    if route.query is not None:
        found = schemas.of(route.query)
        name = found["$ref"].rsplit("/", 1)[1]
        record = schemas.components.pop(name)
        for field, schema in record["properties"].items():
            needed = field in record.get("required", ())
            yield {"name": field, "in": "query", "required": needed, "schema": schema}
    if route.once:
        schema = {"type": "string", "pattern": "^[!-~]{1,128}$"}
        yield {"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema}
    for header in route.headers:
        schema = {"type": "string", "maxLength": 200, "pattern": "^[ -~]*$"}
        yield {"name": header, "in": "header", "required": False, "schema": schema}


def _responses(route: Route, schemas: Schemas, problem: Mapping[str, Any]) -> dict[str, Any]:
    done: dict[str, Any] = {"description": HTTPStatus(route.status).phrase + "."}
    if route.answer is not None:
        schema = schemas.of(route.answer)
        done["content"] = {route.gives: {"schema": schema}}
    if route.sends:
        done["headers"] = {name: {"schema": {"type": "string"}} for name in route.sends}
    refused = {
        str(status): _refusal(status, problem, route.tag == _PAGES)
        for status in sorted(_statuses(route))
    }
    seen = {"304": {"description": "As you have it."}} if route.may_be_seen else {}
    return {str(route.status): done} | seen | refused


def _refusal(status: int, problem: Mapping[str, Any], shows: bool) -> dict[str, Any]:
    said: dict[str, Any] = {
        "description": _WORDS[status],
        "content": {PROBLEM_JSON: {"schema": problem}},
    }
    if status == 404 and shows:
        said["content"]["text/html; charset=utf-8"] = {"schema": {"type": "string"}}
    if status in {429, 503}:
        said["headers"] = {"Retry-After": {"schema": {"type": "string"}}}
    if status == 401:
        said["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return said


def _statuses(route: Route) -> set[int]:
    """What the route may refuse with."""
    found = set(route.errors)
    if route.scope:
        found |= {401, 403, 429, 503}
    if route.body is not None:
        found |= {400, 413, 415, 422}
    if route.form is not None:
        found |= {400, 413, 415, 422, 503}
    if route.query is not None or route.once or route.headers:
        found.add(422)
    if route.once:
        found |= {409, 503}
    if "{" in route.path:
        found.add(404)
    return found
