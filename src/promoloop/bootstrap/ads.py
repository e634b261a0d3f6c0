"""Ad audiences and creatives as files: a folder or an archive, written whole or not at all."""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from promoloop.bootstrap.files import make_folder, write_bytes
from promoloop.compose import BrandColours, CopyRequest, PictureLook, picture_sizes
from promoloop.core import InvalidError, RefusedError, UnavailableError
from promoloop.deliver import AD_PLATFORMS, audience_csv, creatives_csv
from promoloop.flows.ads import AdText, ad_audience, ad_creatives, ad_texts
from promoloop.flows.house import House
from promoloop.flows.pictures import draw_pictures, picture_tasks
from promoloop.flows.ports import Progress, silent
from promoloop.settings import Settings

__all__ = ["AdsOrder", "export_ads"]

#: The moment that goes on every file of an archive, so that the same content is the same file.
_STAMP = (2000, 1, 1, 0, 0, 0)
#: PNG by file name, with the offer and locale it is for.
_Drawn = dict[str, tuple[tuple[str, str], bytes]]


@dataclass(frozen=True, slots=True)
class AdsOrder:
    """What is exported, and where to.

    ``out`` ending in ``.zip`` makes an archive, else a folder that is not there yet or empty.
    ``sizes`` of pictures by name, all known ones when empty; none are drawn without ``pictures``.
    """

    campaign: str
    platform: str
    out: Path
    pictures: bool = True
    sizes: tuple[str, ...] = ()


def export_ads(
    order: AdsOrder, settings: Settings, house: House, now: datetime, progress: Progress = silent
) -> Mapping[str, object]:
    """Write ``audience.csv``, ``creatives.csv`` and ``pictures/`` for one campaign.

    Everything is made before the first file is written, and appears under ``order.out`` at once.

    Raises
    ------
    InvalidError
        An unknown campaign or platform, or ``out`` is in use.
    RefusedError
        Nobody agreed to ads, or no offer is on.
    UnavailableError
        The folder cannot be written, or pictures are wanted without the extra ``pictures``.
    """
    _check(order)
    campaign = house.campaigns.get(order.campaign)
    audience = ad_audience(house, campaign, settings.address_key.encode())
    people, matched = audience_csv(audience.people, order.platform)
    texts = ad_texts(house, campaign, house.locales, now)
    drawn, refused = (
        _pictures(order, settings, texts, now, progress) if order.pictures else ({}, {})
    )
    names: dict[tuple[str, str], list[str]] = {}
    for name, key in ((name, key) for name, (key, _) in drawn.items()):
        names.setdefault(key, []).append(name)
    url = f"https://{settings.mail.sender.rpartition('@')[2]}/"
    creatives = ad_creatives(texts, names, url)
    files = {
        "audience.csv": people.encode(),
        # Spreadsheets read UTF-8 for sure with a mark before it; both platforms take it.
        "creatives.csv": creatives_csv(creatives, order.platform, campaign.name).encode(
            "utf-8-sig"
        ),
        **{f"pictures/{name}": data for name, (_, data) in drawn.items()},
    }
    if order.out.suffix == ".zip":
        write_bytes(order.out, _archive(files))
    else:
        _write_folder(order.out, files)
    return {
        "out": str(order.out),
        "platform": order.platform,
        "audience": matched,
        "left_out": {why: n for why, n in audience.left_out.items() if n},
        "creatives": len(creatives),
        "pictures": len(drawn),
        "refused": refused,
    }


def _check(order: AdsOrder) -> None:
    if order.platform not in AD_PLATFORMS:
        known = " or ".join(AD_PLATFORMS)
        raise InvalidError(
            f"the ad platform {order.platform!r}", "it is not known", f"Use {known}."
        )
    if order.out.suffix == ".zip":
        return
    used = order.out.exists() and (not order.out.is_dir() or any(order.out.iterdir()))
    if used or order.out.is_symlink():
        raise InvalidError(
            f"exporting to {order.out}",
            "it is there and not an empty folder",
            "Name a new folder: what a platform already has is not mixed with what is new.",
        )


def _pictures(
    order: AdsOrder,
    settings: Settings,
    texts: tuple[AdText, ...],
    now: datetime,
    progress: Progress,
) -> tuple[dict[str, tuple[tuple[str, str], bytes]], dict[str, str]]:
    """PNG by file name with what it is for, and why some could not be drawn."""
    from promoloop.backends.pictures_pillow import PillowCanvas, PillowMeasure

    sizes = picture_sizes(order.sizes)
    measure, canvas = PillowMeasure(), PillowCanvas(None)
    look = PictureLook(colours=BrandColours(), brand=settings.shop.name, image=None, style="auto")
    drawn: _Drawn = {}
    refused: dict[str, str] = {}
    for text in texts:
        request = CopyRequest(text.offer, (text.locale,), ("ad",), ("active",))
        tasks = picture_tasks(
            [request], look, settings.shop.time_zone, now.date(), settings.shop.market
        )
        for one in draw_pictures(tasks, sizes, measure, canvas, progress):
            if one.picture is None:
                refused[one.name] = one.refused
            else:
                key = (text.offer.offer_id, text.locale)
                drawn[f"{one.name}.png"] = (key, canvas.png(one.picture))
    if not drawn:
        raise RefusedError(
            f"pictures for {order.campaign}",
            next(iter(refused.values()), "none was drawn"),
            "Mend what is named, or export without pictures.",
        )
    return drawn, refused


def _archive(files: Mapping[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _STAMP), data, zipfile.ZIP_DEFLATED)
    return whole.getvalue()


def _write_folder(out: Path, files: Mapping[str, bytes]) -> None:
    """All files in a folder beside ``out``, which then takes its name."""
    make_folder(out.parent)
    half: Path | None = None
    try:
        half = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
        for name, data in files.items():
            path = half / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        half.chmod(0o755)
        if out.exists():
            out.rmdir()
        half.rename(out)
    except OSError as error:
        raise UnavailableError(
            f"exporting to {out}",
            str(error.strerror or error),
            "Free disk space or mend the permissions, then run it again.",
        ) from error
    finally:
        if half is not None:
            shutil.rmtree(half, ignore_errors=True)
