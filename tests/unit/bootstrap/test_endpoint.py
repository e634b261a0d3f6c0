"""The settings choose the model server; its key comes from the environment alone."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from promoloop.bootstrap.endpoint import endpoint_model
from promoloop.settings import load_settings

CONFIG = """
[model]
backend = "endpoint"
url = "http://127.0.0.1:9/v1"
name = "shop-7b"
token_budget = 1000
prompt_price = "0.15"
"""


def test_the_endpoint_is_made_as_the_settings_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("httpx", reason="the extra llm is not installed")
    monkeypatch.setenv("PROMOLOOP_MODEL_KEY", "sk-secret")
    path = tmp_path / "promoloop.toml"
    path.write_text(CONFIG, "utf-8")
    with endpoint_model(load_settings(path)) as model:
        assert model.name == "shop-7b"
        assert model.usage.cost == Decimal(0)
