"""``[privacy]``: how consent is asked for, and where machine-written text says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from promoloop.settings.faults import listed, wrong

__all__ = ["PrivacySettings", "check_privacy"]

_ASKING = ("never", "market", "always")


@dataclass(frozen=True, slots=True)
class PrivacySettings:
    """Double opt-in and the label "written with AI".

    ``double_opt_in`` is ``never`` (the shop vouches for every yes it reports), ``market`` (where
    our table of markets names the channel) or ``always``; the link to confirm works for
    ``confirm_days``. ``ai_label`` overrides the table of markets: ``{DE = true, CN = true}``.
    """

    double_opt_in: str = "never"
    confirm_days: int = 7
    ai_label: Mapping[str, bool] = field(default_factory=dict)


def check_privacy(privacy: PrivacySettings, path: Path) -> None:
    """Refuse ways of asking and markets that do not exist."""
    if privacy.double_opt_in not in _ASKING:
        remedy = f"Write one of {listed(_ASKING)}."
        raise wrong(path, "privacy.double_opt_in", privacy.double_opt_in, remedy)
    if not 1 <= privacy.confirm_days <= 90:
        raise wrong(path, "privacy.confirm_days", privacy.confirm_days, "Write 1 to 90.")
    for market in privacy.ai_label:
        if not (len(market) == 2 and market.isascii() and market.isupper()):
            remedy = "Use two capitals such as DE or CN."
            raise wrong(path, "privacy.ai_label", market, remedy, "it is no country")
