"""One frozen ``Settings``, read once from ``promoloop.toml`` and the environment.

Secrets come from the environment only: ``PROMOLOOP_MAIL_PASSWORD``, ``PROMOLOOP_SIGNING_KEY`` and
``PROMOLOOP_MODEL_KEY``.
Paths in the file are relative to the file.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TypeVar
from zoneinfo import available_timezones

import msgspec
from babel.numbers import is_currency

from promoloop.core import InvalidError, require_locale

__all__ = [
    "CONFIG_NAME",
    "ExperimentSettings",
    "MailSettings",
    "ModelSettings",
    "ReviewSettings",
    "Settings",
    "ShopSettings",
    "load_settings",
    "starter_config",
]

CONFIG_NAME = "promoloop.toml"


@dataclass(frozen=True, slots=True)
class ShopSettings:
    """Who sends, in which market, in which languages."""

    name: str = "Corner Market"
    postal_address: str = "1 Market Street, Springfield"
    currency: str = "USD"
    time_zone: str = "America/New_York"
    market: str = "US"
    locales: tuple[str, ...] = ("en-US", "zh-CN")


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which language model writes: ``embedded``, ``endpoint``, or ``none``.

    With none there are the approved bank and the reviewed texts.

    ``adapter_scale`` is how much of the shipped adapter the embedded model wears; 0 rolls back.
    An endpoint is an OpenAI-compatible server: its base ``url``, the ``name`` of its model,
    seconds of patience, calls at once, a budget of tokens per run (0 is none), and its prices
    per million tokens.
    """

    backend: str = "embedded"
    threads: int = 2
    adapter_scale: float = 1.0
    url: str = ""
    name: str = ""
    timeout: float = 60.0
    concurrency: int = 4
    token_budget: int = 0
    prompt_price: str = "0"
    completion_price: str = "0"


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Where mail goes. The default is a server on this machine, so that nothing leaves it."""

    host: str = "127.0.0.1"
    port: int = 8025
    sender: str = "offers@shop.example"
    user: str = ""
    security: str = "none"
    unsubscribe_url: str = "https://shop.example/unsubscribe"


@dataclass(frozen=True, slots=True)
class ExperimentSettings:
    """Who gets nothing from any campaign, and how a new model is judged on the log.

    ``global_holdout`` is a share of all shoppers, who show what all campaigns bring together;
    ``salt`` deals them: another one deals them anew, which throws away what was measured. ``gate``
    is ``dr`` (doubly robust) or ``switch`` (Switch-DR: trusts the model where weights are large).
    """

    global_holdout: float = 0.0
    salt: str = "everybody"
    gate: str = "dr"


@dataclass(frozen=True, slots=True)
class ReviewSettings:
    """Which texts a person reads before they are sent.

    ``policy`` is ``all``, ``sample`` (a ``share``, drawn by ``seed``, and what is marked) or
    ``exceptions`` (what the first reader marks); ``markets`` and ``channels`` say otherwise for
    one of them.
    """

    policy: str = "exceptions"
    share: float = 0.1
    seed: int = 0
    markets: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)


_Section = TypeVar(
    "_Section", ShopSettings, ModelSettings, MailSettings, ExperimentSettings, ReviewSettings
)

#: The channels that texts are written for, and how much of them may be read.
_CHANNELS = ("email", "push", "sms", "onsite", "popup", "ad")
_POLICIES = ("all", "sample", "exceptions")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is configured, in one place."""

    root: Path
    shop: ShopSettings = field(default_factory=ShopSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    experiments: ExperimentSettings = field(default_factory=ExperimentSettings)
    review: ReviewSettings = field(default_factory=ReviewSettings)
    state_url: str = ""
    margins: Mapping[str, int] = field(default_factory=dict)
    mail_password: str = ""
    signing_key: str = ""
    model_key: str = field(default="", repr=False)

    @property
    def database_url(self) -> str:
        """The state's SQLAlchemy URL; SQLite beside the configuration by default."""
        return self.state_url or f"sqlite:///{self.root / 'state.db'}"

    @property
    def history_path(self) -> Path:
        """Where event lines are kept as Parquet."""
        return self.root / "history"

    @property
    def tables_path(self) -> Path:
        """Where profiles and other derived tables are kept as Parquet."""
        return self.root / "tables"

    @property
    def quarantine_path(self) -> Path:
        """Where rows that were set aside are kept, with the reason."""
        return self.root / "quarantine.jsonl"

    @property
    def onsite_path(self) -> Path:
        """The file the shop's site reads its messages from."""
        return self.root / "onsite.jsonl"

    @property
    def model_path(self) -> Path:
        """Where model weights are assembled once; shared by all projects of this user."""
        base = os.environ.get("XDG_CACHE_HOME")
        return (Path(base) if base else Path.home() / ".cache") / "promoloop" / "models"


def load_settings(path: Path) -> Settings:
    """Read ``path`` (a ``promoloop.toml``); every wrong key or value is an error naming it."""
    data = _toml(path)
    known = {"shop", "model", "mail", "store", "margins", "experiments", "review"}
    _refuse_unknown(data, known, str(path))
    shop = _section(ShopSettings, data, "shop", path)
    model = _section(ModelSettings, data, "model", path)
    store = _table(data, "store", path)
    _refuse_unknown(store, {"state"}, f"{path}, section [store]")
    settings = Settings(
        root=path.parent.resolve(),
        shop=shop,
        model=model,
        mail=_section(MailSettings, data, "mail", path),
        experiments=_section(ExperimentSettings, data, "experiments", path),
        review=_section(ReviewSettings, data, "review", path),
        state_url=str(store.get("state", "")),
        margins=_margins(_table(data, "margins", path), path),
        mail_password=os.environ.get("PROMOLOOP_MAIL_PASSWORD", ""),
        signing_key=os.environ.get("PROMOLOOP_SIGNING_KEY", ""),
        model_key=os.environ.get("PROMOLOOP_MODEL_KEY", ""),
    )
    _check_shop(shop, path)
    _check_mail(settings.mail, path)
    _check_experiments(settings.experiments, path)
    _check_review(settings.review, path)
    _check_model(model, path)
    return settings


def _toml(path: Path) -> Mapping[str, object]:
    if not path.is_file():
        raise InvalidError(
            f"the configuration {path}", "there is no such file", "Run `promoloop init` first."
        )
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidError(
            f"{path}, byte {error.start}", "it is not UTF-8", "Save the file as UTF-8."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidError(str(path), f"it is not valid TOML: {error}", "Mend the line.") from error


def starter_config() -> str:
    """The ``promoloop.toml`` that ``promoloop init`` writes."""
    return """\
# promoloop: one file for everything that is configured. Paths are relative to this file.
# Secrets are not kept here: set PROMOLOOP_MAIL_PASSWORD, PROMOLOOP_SIGNING_KEY and
# PROMOLOOP_MODEL_KEY.

[shop]
name = "Corner Market"
postal_address = "1 Market Street, Springfield"
currency = "USD"
time_zone = "America/New_York"
market = "US"                    # rules on quiet hours and price claims
locales = ["en-US", "zh-CN"]

[model]
backend = "embedded"             # "none": no model, only read hooks and templates
threads = 2
# backend = "endpoint"           # any OpenAI-compatible server, with its url and model name:
# url = "http://127.0.0.1:8000/v1"
# name = "the-model"

[mail]
host = "127.0.0.1"
port = 8025
sender = "offers@shop.example"
unsubscribe_url = "https://shop.example/unsubscribe"

[experiments]
global_holdout = 0.0             # share of all shoppers who get nothing from any campaign

[review]
policy = "exceptions"            # people read: "all", "sample", or "exceptions" (what is marked)
share = 0.1                      # of a sample
# channels = {sms = "all"}       # otherwise for one channel or market
# markets = {CN = "all"}

[margins]                        # gross margin per department in percent; the rest is assumed
# GROCERY = 25
"""


def _section(kind: type[_Section], data: Mapping[str, object], name: str, path: Path) -> _Section:
    table = _table(data, name, path)
    where = f"{path}, section [{name}]"
    _refuse_unknown(table, {f.name for f in fields(kind)}, where)
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise InvalidError(
            where, str(error).replace("$.", "field "), "Write the field with the type it expects."
        ) from error


def _table(data: Mapping[str, object], name: str, path: Path) -> Mapping[str, object]:
    table = data.get(name, {})
    if not isinstance(table, dict):
        raise InvalidError(
            f"{path}, section [{name}]",
            "it is not a table",
            f"Write it as [{name}] with fields below.",
        )
    return table


def _refuse_unknown(table: Mapping[str, object], known: set[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise InvalidError(
                f"{where}, field {key}",
                "promoloop does not know this field",
                f"Remove it, or use one of: {', '.join(sorted(known))}.",
            )


def _margins(table: Mapping[str, object], path: Path) -> dict[str, int]:
    for department, percent in table.items():
        if type(percent) is not int or not 0 <= percent <= 100:
            raise InvalidError(
                f"{path}, section [margins], field {department} = {percent!r}",
                "a margin is a whole percentage",
                "Write a number from 0 to 100.",
            )
    return {department: int(str(percent)) for department, percent in table.items()}


def _check_shop(shop: ShopSettings, path: Path) -> None:
    if not shop.locales:
        raise _wrong(path, "shop.locales", [], 'Name one at least, such as "en-US".')
    for locale in shop.locales:
        try:
            require_locale(locale)
        except InvalidError as error:
            raise _wrong(
                path, "shop.locales", locale, error.remedy, f"{error.asked} is not known to BCP 47"
            ) from error
    if shop.time_zone not in available_timezones():
        remedy = "Use an IANA name such as America/New_York or Asia/Shanghai."
        raise _wrong(path, "shop.time_zone", shop.time_zone, remedy, "it is not a time zone")
    if not is_currency(shop.currency):
        raise _wrong(path, "shop.currency", shop.currency, "Write it like USD or CNY.")


def _check_model(model: ModelSettings, path: Path) -> None:
    if model.backend not in {"embedded", "endpoint", "none"}:
        remedy = 'Write "embedded", "endpoint" or "none".'
        raise _wrong(path, "model.backend", model.backend, remedy)
    if model.threads < 1:
        raise _wrong(path, "model.threads", model.threads, "Write 1 or more.")
    if not 0.0 <= model.adapter_scale <= 1.0:
        raise _wrong(path, "model.adapter_scale", model.adapter_scale, "Write from 0 to 1.")
    if model.token_budget < 0:
        raise _wrong(path, "model.token_budget", model.token_budget, "Write 0 or more.")
    if model.backend == "endpoint" and not (model.url and model.name):
        remedy = "An endpoint needs its url and the name of its model."
        raise _wrong(path, "model.url", model.url, remedy)
    for name in ("prompt_price", "completion_price"):
        price = str(getattr(model, name))
        if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", price):
            raise _wrong(path, f"model.{name}", price, 'Write it in quotes, like "0.15".')


def _check_mail(mail: MailSettings, path: Path) -> None:
    if not 1 <= mail.port <= 65535:
        raise _wrong(path, "mail.port", mail.port, "Write a number from 1 to 65535.")
    if mail.security not in {"none", "starttls", "tls"}:
        raise _wrong(path, "mail.security", mail.security, "Write none, starttls or tls.")
    if not mail.host:
        raise _wrong(path, "mail.host", mail.host, "Name the mail server.")


def _check_experiments(experiments: ExperimentSettings, path: Path) -> None:
    share = experiments.global_holdout
    if not 0.0 <= share < 1.0:
        remedy = "Write a share from 0 (nobody) to below 1; 0.05 holds out one shopper in twenty."
        raise _wrong(path, "experiments.global_holdout", share, remedy)
    if not experiments.salt:
        raise _wrong(path, "experiments.salt", "", "Write any word, and keep it.")
    if experiments.gate not in {"dr", "switch"}:
        raise _wrong(path, "experiments.gate", experiments.gate, 'Write "dr" or "switch".')


def _check_review(review: ReviewSettings, path: Path) -> None:
    if review.policy not in _POLICIES:
        raise _wrong(path, "review.policy", review.policy, f"Write one of {_listed(_POLICIES)}.")
    if not 0.0 <= review.share <= 1.0:
        raise _wrong(path, "review.share", review.share, "Write a share such as 0.1.")
    for channel, read in review.channels.items():
        if channel not in _CHANNELS:
            remedy = f"Use one of {_listed(_CHANNELS)}."
            raise _wrong(path, "review.channels", channel, remedy, "there is no such channel")
        if read not in _POLICIES:
            raise _wrong(
                path, f"review.channels.{channel}", read, f"Write one of {_listed(_POLICIES)}."
            )
    for market, read in review.markets.items():
        if not (len(market) == 2 and market.isascii() and market.isupper()):
            remedy = "Use two capitals such as US or CN."
            raise _wrong(path, "review.markets", market, remedy, "it is no country")
        if read not in _POLICIES:
            raise _wrong(
                path, f"review.markets.{market}", read, f"Write one of {_listed(_POLICIES)}."
            )


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def _wrong(
    path: Path, field_name: str, value: object, remedy: str, case: str = "it cannot be used"
) -> InvalidError:
    section, _, name = field_name.partition(".")
    return InvalidError(f"{path}, section [{section}], field {name} = {value!r}", case, remedy)
