"""Tuning with torch: what is trained is what llama.cpp serves, and a killed run goes on."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

from promoloop.backends.llm_embedded import EmbeddedModel, assembled_weights, shipped_adapter
from promoloop.compose import (
    Cell,
    Document,
    Library,
    Piece,
    PreferencePair,
    example_lines,
    product_groups,
    row_prompt,
)
from promoloop.core import InvalidError
from promoloop.settings import Settings

pytestmark = [pytest.mark.torch, pytest.mark.slow, pytest.mark.model]

PROMPTS = [
    row_prompt("en", "muffins", "any", "line", [], "_ and a newspaper on the front step."),
    row_prompt("en", "umbrellas", "weekend", "line", [], "Take _ for the weekend walk."),
    row_prompt("zh", "玛芬", "any", "line", [], "下午茶没想好？_配奶茶。"),
    row_prompt("zh", "棋盘游戏", "weekend", "line", [], "周末朋友来，_摆上桌。"),
]

LINE = " Muffins and a newspaper on the front step."


@pytest.fixture(scope="module")
def weights() -> Path:
    for package in ("torch", "transformers", "peft", "gguf", "xllamacpp", "httpx"):
        pytest.importorskip(package, reason="the extras learn and llm are not installed")
    return assembled_weights(Settings(root=Path()).model_path)


@pytest.fixture(scope="module")
def base(weights: Path) -> Any:
    from promoloop.backends.tuning import load_base

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # transformers warns of its own future
        return load_base(weights, 16, 0)


@pytest.fixture
def fresh(base: Any) -> Any:
    """The network with the adapter as it is before training."""
    import torch

    with torch.no_grad():
        for at, (name, one) in enumerate(base.network.named_parameters()):
            if "lora_A" in name:
                one.copy_(
                    0.02 * torch.randn(one.shape, generator=torch.Generator().manual_seed(at))
                )
            elif "lora_B" in name:
                one.zero_()
            one.grad = None
    return base


def lesson(key: str = "small") -> Any:
    from promoloop.backends.tuning import Lesson

    groups = [one for one in product_groups() if not one.held_out]
    held_out = [one for one in product_groups() if one.held_out][:1]
    few = {one.group_id for one in [*groups[:2], *held_out]}
    lines = [one for one in example_lines() if one.group_id in few and one.moment == "any"]
    return Lesson(groups[:2], held_out, lines, Library(product_groups(), example_lines()), key)


def parameters(base: Any) -> dict[str, Any]:
    return {
        name: one.detach().float().clone()
        for name, one in base.network.named_parameters()
        if one.requires_grad
    }


def greedy(base: Any, prompt: str, most: int = 24) -> str:
    """The most likely continuation up to the end of the line, by the network itself."""
    import torch

    ids = [base.tokenizer.bos_token_id, *base.tokenizer(prompt, add_special_tokens=False).input_ids]
    begun = len(ids)
    base.network.eval()
    with torch.no_grad():
        while len(ids) < begun + most:
            states = base.network.base_model.model.model(torch.tensor([ids])).last_hidden_state
            ids.append(int((states[0, -1] @ base.embedding.T).argmax()))
            if "\n" in base.tokenizer.decode(ids[-1:]):
                break
    return str(base.tokenizer.decode(ids[begun:])).split("\n")[0]


def test_scale_zero_is_the_base_model(weights: Path) -> None:
    prompt = PROMPTS[0]
    with EmbeddedModel(weights.parent, adapter_scale=0.0) as rolled_back:
        base_score = rolled_back.score(prompt, [LINE])
        assert rolled_back.name.endswith("@0")
    with EmbeddedModel(weights.parent) as tuned:
        assert tuned.score(prompt, [LINE], base=True) == pytest.approx(base_score, abs=0.02)
        assert tuned.score(prompt, [LINE])[0] > base_score[0]


def test_the_score_is_the_likelihood_that_the_network_gives(base: Any, weights: Path) -> None:
    from promoloop.backends.tuning import wear_adapter
    from promoloop.backends.tuning.supervised import mean_loss

    adapter = shipped_adapter()
    assert adapter is not None
    wear_adapter(base, adapter)
    document = Document("en", (Piece(PROMPTS[0], False), Piece(f"{LINE}\n", True)))
    with EmbeddedModel(weights.parent) as model:
        (score,) = model.score(PROMPTS[0], [LINE])
    # Rounding differs: 4-bit products there, bfloat16 here.
    assert score == pytest.approx(-mean_loss(base, [document]), abs=0.1)


def test_a_killed_run_goes_on_to_the_same_end(fresh: Any, tmp_path: Path) -> None:
    from promoloop.backends.tuning import (
        SupervisedPlan,
        tune_supervised,
        wear_adapter,
        write_adapter,
    )

    write_adapter(fresh, tmp_path / "start.gguf", "start")
    plan = SupervisedPlan(epochs=2, step_size=1e-3)
    whole = tune_supervised(fresh, lesson(), plan, _folder(tmp_path / "whole"), _unheard)
    straight = parameters(fresh)

    def killed(epoch: dict[str, float]) -> None:
        raise KeyboardInterrupt(epoch)

    wear_adapter(fresh, tmp_path / "start.gguf")
    folder = _folder(tmp_path / "halved")
    with pytest.raises(KeyboardInterrupt):
        tune_supervised(fresh, lesson(), plan, folder, killed)
    resumed = tune_supervised(fresh, lesson(), plan, folder, _unheard)
    assert [one["training_loss"] for one in resumed["epochs"]] == pytest.approx(
        [one["training_loss"] for one in whole["epochs"]], abs=0.02
    )
    assert whole["finished"]
    assert resumed["finished"]
    assert whole["epochs"][1]["training_loss"] < whole["epochs"][0]["training_loss"]
    apart = [float((parameters(fresh)[name] - one).abs().max()) for name, one in straight.items()]
    assert max(apart) < 0.01


def test_another_runs_checkpoint_is_refused(fresh: Any, tmp_path: Path) -> None:
    from promoloop.backends.tuning import SupervisedPlan, tune_supervised

    folder = _folder(tmp_path / "run")
    tune_supervised(fresh, lesson(), SupervisedPlan(epochs=1), folder, _unheard)
    with pytest.raises(InvalidError, match="another"):
        tune_supervised(fresh, lesson("other"), SupervisedPlan(epochs=1), folder, _unheard)
    (folder / "checkpoint.safetensors").write_bytes(b"half a file")
    with pytest.raises(InvalidError, match="damaged"):
        tune_supervised(fresh, lesson(), SupervisedPlan(epochs=1), folder, _unheard)


def test_preferences_move_the_better_text_up(fresh: Any, tmp_path: Path) -> None:
    from promoloop.backends.tuning import PreferencePlan, tune_preferences

    cell = Cell("tea", "en")
    pairs = [
        PreferencePair(cell, "Put the kettle on and sit.", "Tea in a cup on a shelf.", 0.1, 1.0),
        PreferencePair(cell, "A pot for two by the window.", "Tea is a tea of tea.", 0.1, 1.0),
    ]
    names = {"tea": {"en": "tea", "zh": "茶"}}
    plan = PreferencePlan(epochs=6, step_size=5e-4)
    epochs = tune_preferences(fresh, pairs, names, plan, _folder(tmp_path / "out"), _unheard)
    assert epochs[-1]["gained"] == 1.0
    assert epochs[-1]["loss"] < epochs[0]["loss"] <= 0.70
    assert (tmp_path / "out" / "candidate.gguf").exists()


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _unheard(epoch: dict[str, float]) -> None:
    del epoch
