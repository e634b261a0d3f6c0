"""A shop begun, and opened: one object with everything that can be done in it."""

from __future__ import annotations

from pathlib import Path

from promoloop.bootstrap.files import make_folder, write_page
from promoloop.bootstrap.shop.copywriting import Copywriting
from promoloop.bootstrap.shop.deciding import Deciding
from promoloop.bootstrap.shop.intake import Intake
from promoloop.bootstrap.shop.keys import KeyKeeping
from promoloop.bootstrap.shop.learning import Learning
from promoloop.bootstrap.shop.measuring import Measuring
from promoloop.bootstrap.shop.people import People
from promoloop.bootstrap.shop.reaching import Reaching
from promoloop.bootstrap.shop.realtime import RealtimeShop
from promoloop.bootstrap.shop.running import Running
from promoloop.bootstrap.shop.sending import Sending
from promoloop.bootstrap.shop.staff import Staff
from promoloop.bootstrap.shop.watching import Watching
from promoloop.settings import CONFIG_NAME, load_settings, starter_config

__all__ = ["Shop", "init_shop", "open_shop"]


def init_shop(folder: Path) -> Path:
    """Write a starter ``promoloop.toml`` into ``folder``; one that is there stays as it is."""
    path = folder / CONFIG_NAME
    make_folder(folder)
    if not path.exists():
        write_page(path, starter_config())
    return path


def open_shop(config: Path) -> Shop:
    """Open the shop that ``config`` (a ``promoloop.toml``) describes."""
    return Shop(load_settings(config))


class Shop(
    Intake,
    Learning,
    RealtimeShop,
    Copywriting,
    Deciding,
    Reaching,
    Sending,
    Measuring,
    Running,
    People,
    Watching,
    KeyKeeping,
    Staff,
):
    """One promoloop project, opened. Use it in a ``with`` statement, or call ``close``.

    ``settings``, the stores in ``house``, every flow as a method, and the models from ``writers``.
    Nothing here belongs to one door: command line, server and notebook open the same shop.
    """
