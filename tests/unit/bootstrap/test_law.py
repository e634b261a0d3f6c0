"""What the configuration of a shop makes of consent, links, caps and labels."""

from __future__ import annotations

from pathlib import Path

import pytest

from promoloop.bootstrap.shop import Shop, open_shop
from promoloop.core import InvalidError, UnavailableError
from promoloop.flows.consent.asking import Asking
from promoloop.settings import load_settings
from promoloop.testing import MemoryChannel

KEYS = "the newest key of 24 byte,an older key of 24 bytes"


def shop_of(folder: Path, text: str) -> Shop:
    path = folder / "promoloop.toml"
    path.write_text(text, "utf-8")
    return open_shop(path)


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOLOOP_SIGNING_KEY", KEYS)
    monkeypatch.setenv("PROMOLOOP_ADDRESS_KEY", "kept for ever")


@pytest.mark.parametrize(
    ("text", "channels"),
    [
        ("", set()),
        ("[shop]\nmarket = 'DE'\n", set()),
        ("[shop]\nmarket = 'DE'\n[privacy]\ndouble_opt_in = 'market'", {"email", "sms"}),
        ("[shop]\nmarket = 'US'\n[privacy]\ndouble_opt_in = 'market'", set()),
        ("[privacy]\ndouble_opt_in = 'always'", {"email", "sms", "push"}),
    ],
)
def test_where_a_yes_must_be_confirmed_is_configured(
    tmp_path: Path, text: str, channels: set[str]
) -> None:
    with shop_of(tmp_path, text) as shop:
        assert shop.house.double_opt_in == channels


def test_the_desk_keeps_to_the_market_and_knows_every_key(tmp_path: Path, signed: None) -> None:
    text = "[shop]\nmarket = 'US'\n[tracking]\nurl = 'https://go.shop.example/t'\ndays = 30\n"
    with shop_of(tmp_path, text + "[privacy]\nai_label = {US = true}") as shop:
        desk = shop.desk({"email": MemoryChannel()})
        assert desk.key == (b"the newest key of 24 byte", b"an older key of 24 bytes")
        assert desk.address_key == b"kept for ever"
        assert desk.tracking is not None
        assert (desk.tracking.base, desk.tracking.days) == ("https://go.shop.example/t", 30)
        assert {"email-per-7-days", "sms-per-day", "all-per-day"} <= {c.name for c in desk.caps}
        assert desk.ai_label == {"US": True}
        assert desk.suppressions is shop.house.suppressions
        assert desk.rests is shop.house.rests
        assert desk.claims is not None


def test_without_a_key_nothing_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROMOLOOP_SIGNING_KEY", raising=False)
    with shop_of(tmp_path, "") as shop, pytest.raises(UnavailableError, match="SIGNING_KEY"):
        shop.ask_consent(Asking("s1", "email", "ann@mail.example", "en-US", "form"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[tracking]\nurl = 'go.shop.example'", "field url"),
        ("[tracking]\ndays = 0", "field days"),
        ("[tracking]\ncomplaint_minor = -1", "complaint_minor"),
        ("[privacy]\ndouble_opt_in = 'sometimes'", "double_opt_in"),
        ("[privacy]\nconfirm_days = 0", "confirm_days"),
        ("[privacy]\nai_label = {Germany = true}", "ai_label"),
        ("[privacy]\nai_label = {DE = 'yes'}", "ai_label"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "promoloop.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(InvalidError, match=words):
        load_settings(path)
