from pathlib import Path

import pytest

from promoloop.core import InvalidError
from promoloop.settings import load_settings, starter_config


def write(folder: Path, text: str) -> Path:
    path = folder / "promoloop.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_starter_file_is_what_the_defaults_are(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, starter_config()))
    assert settings == load_settings(write(tmp_path, ""))
    assert settings.database_url == f"sqlite:///{tmp_path / 'state.db'}"


def test_the_environment_names_the_database_before_the_file_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its URL may hold a password; nobody sees it in what is printed of the settings."""
    path = write(tmp_path, "[store]\nstate = 'sqlite:///of-the-file.db'")
    assert load_settings(path).database_url == "sqlite:///of-the-file.db"
    monkeypatch.setenv("PROMOLOOP_STATE_URL", "postgresql+psycopg://shop:hidden@db/promoloop")
    settings = load_settings(path)
    assert settings.database_url == "postgresql+psycopg://shop:hidden@db/promoloop"
    assert "hidden" not in repr(settings)


def test_secrets_come_from_the_environment_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMOLOOP_SIGNING_KEY", "k")
    assert load_settings(write(tmp_path, "")).signing_key == "k"
    monkeypatch.setenv("PROMOLOOP_MODEL_KEY", "sk-secret")
    settings = load_settings(write(tmp_path, ""))
    assert settings.model_key == "sk-secret"
    assert "sk-secret" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[shop]\nnaem = 'x'", "field naem"),
        ("[mail]\nport = 'x'", "field port"),
        ("[shop]\ntime_zone = 'Mars/Olympus'", "not a time zone"),
        ("[shop]\nlocales = ['xx-XX']", "the locale 'xx-XX'"),
        ("[model]\nbackend = 'oracle'", "field backend"),
        ("[model]\nbackend = 'endpoint'", "field url"),
        ("[model]\nadapter_scale = 1.5", "field adapter_scale"),
        ("[model]\ntoken_budget = -1", "field token_budget"),
        ("[model]\nprompt_price = 'cheap'", "field prompt_price"),
        ("[margins]\nGROCERY = 120", "field GROCERY"),
        ("[shop\n", "not valid TOML"),
        ("shop = 3", "section [shop]"),
        ("[stroe]\n", "field stroe"),
        ("[experiments]\nglobal_holdout = 1.5", "field global_holdout"),
        ("[experiments]\nsalt = ''", "field salt"),
        ("[experiments]\nholdout = 0.1", "field holdout"),
        ("[experiments]\ngate = 'ips'", "field gate"),
        ("[review]\npolicy = 'some'", "field policy"),
        ("[review]\nshare = 1.2", "field share"),
        ("[review]\nshare = nan", "field share"),
        ("[review]\nseed = 'x'", "field seed"),
        ("[review]\nreader = 'Ana'", "field reader"),
        ("[review.channels]\nfax = 'all'", "field channels = 'fax'"),
        ("[review.channels]\nsms = 'most'", "field channels.sms"),
        ("[review.markets]\nchina = 'all'", "field markets = 'china'"),
        ("[review.markets]\nCN = 'none'", "field markets.CN"),
        ("[review]\nmarkets = 3", "field markets"),
    ],
)
def test_a_wrong_line_is_named_with_its_remedy(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InvalidError) as error:
        load_settings(write(tmp_path, text))
    assert words in str(error.value)
    assert str(tmp_path) in str(error.value) or words.startswith("the locale")


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="promoloop init"):
        load_settings(tmp_path / "promoloop.toml")
