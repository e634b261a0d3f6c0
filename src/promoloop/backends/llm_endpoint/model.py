"""Drafts and completions from an OpenAI-compatible server.

What comes back is data from outside: it is parsed and checked as if nothing had been promised,
and what is no answer is left out.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from promoloop.backends.llm_endpoint.answers import (
    chat_text,
    json_object,
    tokens_used,
)
from promoloop.backends.llm_endpoint.budget import Budget, Usage
from promoloop.backends.llm_endpoint.transport import Endpoint, Transport, WrongRequestError
from promoloop.core import UnavailableError

__all__ = ["EndpointModel"]

_OVERHEAD = 64  # tokens of the server's chat template
_TEMPERATURE = 0.8
_CONTINUE = "Continue the following text by one line. Write nothing but that line.\n\n"

_T = TypeVar("_T")


class EndpointModel:
    """A ``DraftingModel`` behind a URL; close it, or use ``with``.

    Parameters
    ----------
    endpoint : Endpoint
        Where the server is.
    budget : Budget, optional
        Without one nothing is refused, and usage is still counted.
    sleep : callable, default time.sleep
        Waits between retries.
    rng : random.Random, optional
        For the jitter of those waits.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        budget: Budget | None = None,
        sleep: Callable[[float], None] = time.sleep,
        rng: random.Random | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._budget = budget or Budget()
        self._transport = Transport(endpoint, sleep, rng or random.Random())
        # What the server was found not to take: asked for once, then left out.
        self._refused: set[str] = set()

    @property
    def name(self) -> str:
        """The server's name of the model."""
        return self._endpoint.model

    @property
    def usage(self) -> Usage:
        """Calls, tokens and cost so far."""
        return self._budget.usage

    def draft(
        self, instruction: str, schema: Mapping[str, object], *, n: int, max_tokens: int, seed: int
    ) -> list[Mapping[str, object]]:
        """Up to ``n`` JSON objects that have the members ``schema`` requires, in call order.

        Raises ``RefusedError`` before the token budget could be exceeded, ``UnavailableError``
        when no call at all was answered.
        """

        def one(at: int) -> Mapping[str, object] | None:
            return json_object(self._chat(instruction, schema, max_tokens, seed + at), schema)

        return [found for found in self._all(one, n) if found is not None]

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> EndpointModel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _all(self, one: Callable[[int], _T], n: int, *, every: bool = False) -> list[_T]:
        """``n`` calls, some at a time, answers in order.

        A call that fails is left out unless ``every`` is asked for; if all fail, the first
        error is raised. A refusal of the budget always is.
        """
        found: list[_T] = []
        failed: list[UnavailableError] = []
        with ThreadPoolExecutor(self._endpoint.concurrency) as pool:
            for future in [pool.submit(one, at) for at in range(n)]:
                try:
                    found.append(future.result())
                except UnavailableError as error:
                    failed.append(error)
        if failed and (every or not found):
            raise failed[0]
        return found

    def _chat(
        self, instruction: str, schema: Mapping[str, object], max_tokens: int, seed: int
    ) -> str:
        body = {
            "model": self._endpoint.model,
            "messages": [{"role": "user", "content": instruction}],
            "max_tokens": max_tokens,
            "temperature": _TEMPERATURE,
            "seed": seed,
        }
        form = {"type": "json_schema", "json_schema": {"name": "draft", "schema": dict(schema)}}
        extra = {"response_format": form} if schema else {}
        return chat_text(self._sent("/chat/completions", body, extra, max_tokens))

    def _sent(
        self, path: str, body: Mapping[str, object], extra: Mapping[str, object], most: int
    ) -> dict[str, Any]:
        """The answer, asked with ``extra`` where the server takes that."""
        form = f"{path}+{','.join(extra)}"
        if extra and form not in self._refused:
            try:
                return self._paid(path, {**body, **extra}, most)
            except WrongRequestError:
                self._refused.add(form)
        if path in self._refused:
            raise self._nonsense()
        try:
            return self._paid(path, body, most)
        except WrongRequestError as error:
            self._refused.add(path)
            raise UnavailableError(
                f"the model server at {self._endpoint.url}",
                f"it refuses our request to {path} with status {error}",
                "See that URL and model name are right.",
            ) from error

    def _paid(self, path: str, body: Mapping[str, object], most: int) -> dict[str, Any]:
        """One request within the budget. A token is at least one byte, which bounds the prompt."""
        bound = len(json.dumps(body, ensure_ascii=False).encode()) + _OVERHEAD
        self._budget.reserve(bound + most)
        try:
            answer = self._transport.post(path, body)
        except WrongRequestError:
            self._budget.release(bound + most)
            raise
        except UnavailableError as error:
            # Where the server may have worked, the bound counts: a bill cannot surprise then.
            worked = not error.case.startswith(("it answered", "no connection"))
            self._budget.release(0 if worked else bound + most)
            if worked:
                self._budget.settle(bound + most, bound, most)
            raise
        self._budget.settle(bound + most, *(tokens_used(answer) or (bound, most)))
        return answer

    def _nonsense(self) -> UnavailableError:
        return UnavailableError(
            f"the model server at {self._endpoint.url}",
            "its answer holds no text",
            "Try another model, or go on with templates.",
        )
