"""Draw the pictures of a briefs file: copy, layout, proof, once per cell and size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

from promoloop.compose import (
    Canvas,
    CopyRequest,
    Legibility,
    Picture,
    PictureBrief,
    PictureLook,
    PictureSize,
    TextMeasure,
    briefs_for,
    draw_picture,
    facts_for_copy,
    legibility,
    picture_brief,
    picture_copy,
    verify_picture,
)
from promoloop.core import RefusedError
from promoloop.flows.ports import Progress, silent
from promoloop.offers import OfferFacts

__all__ = ["DrawnPicture", "PictureTask", "draw_pictures", "picture_tasks"]

_CHANNEL = "ad"
_CHANNELS = {"ad", "popup"}


@dataclass(frozen=True, slots=True)
class PictureTask:
    """One cell to draw: its brief, and the facts that must prove what is drawn."""

    brief: PictureBrief
    facts: OfferFacts
    moment: str


@dataclass(frozen=True, slots=True)
class DrawnPicture:
    """One picture of one cell, or why there is none.

    ``name`` is fit for a file name. ``picture`` is ``None`` where ``refused`` says why.
    """

    name: str
    size: PictureSize
    picture: Picture | None
    legible: tuple[Legibility, ...] = ()
    refused: str = ""


def picture_tasks(
    requests: Sequence[CopyRequest], look: PictureLook, time_zone: str, day: date, market: str = ""
) -> tuple[PictureTask, ...]:
    """The cells of ``requests`` that are advertisements or pop-ups, with proven texts.

    Parameters
    ----------
    requests : sequence of CopyRequest
        As read from a briefs file; every locale and moment gets pictures.
    look : PictureLook
        Colours, brand and image of all of them.
    time_zone : str
        In which deadlines are told.
    day : date
        Decides which law on labels is in force.
    market : str
        Where they are shown; the region of the locale by default.

    Raises
    ------
    RefusedError
        No request is for pictures, or no text is proven.
    """
    wanted = [request for request in requests if _CHANNELS & set(request.channels)]
    if not wanted:
        raise RefusedError(
            "pictures for the briefs",
            "none of them is for the channel ad or popup",
            "Add ad to the channels of a brief, or leave channels out.",
        )
    return tuple(
        _task(request, locale, moment, look, time_zone, day, market)
        for request in wanted
        for locale, moment in product(request.locales, request.moments)
    )


def draw_pictures(
    tasks: Sequence[PictureTask],
    sizes: Sequence[PictureSize],
    measure: TextMeasure,
    canvas: Canvas,
    progress: Progress = silent,
) -> Iterator[DrawnPicture]:
    """Every task in every size; what is drawn is proven once more before it is handed out.

    A size whose room or contrast does not do is told in ``refused``; the others are still drawn.
    """
    names: set[str] = set()
    for done, (task, size) in enumerate(product(tasks, sizes), start=1):
        yield _drawn(task, size, measure, canvas, names)
        progress("pictures", done, len(tasks) * len(sizes))


def _task(
    request: CopyRequest,
    locale: str,
    moment: str,
    look: PictureLook,
    time_zone: str,
    day: date,
    market: str,
) -> PictureTask:
    brief = briefs_for([request.offer], [locale], [_CHANNEL], [moment], time_zone)[0]
    facts = facts_for_copy(request.offer, locale, time_zone)
    parts = picture_copy(brief, facts)
    name = f"{request.offer.offer_id}-{locale}-{moment}"
    return PictureTask(
        picture_brief(name, parts, facts, moment, look, day, market=market), facts, moment
    )


def _drawn(
    task: PictureTask, size: PictureSize, measure: TextMeasure, canvas: Canvas, names: set[str]
) -> DrawnPicture:
    name = _named(f"{task.brief.brief_id}-{size.name}", names)
    try:
        picture = draw_picture(task.brief, size, measure, canvas)
    except RefusedError as error:
        return DrawnPicture(name, size, None, refused=f"{error.case}. {error.remedy}")
    verdict = verify_picture(picture, task.facts, task.moment)
    if not verdict.passed:
        return DrawnPicture(name, size, None, refused="; ".join(verdict.reasons))
    return DrawnPicture(name, size, picture, legibility(picture, canvas))


def _named(wished: str, names: set[str]) -> str:
    """A file name of letters, digits and hyphens that none before has, whatever an offer's id."""
    plain = re.sub(r"[^\w]+", "-", wished).strip("-_")[:120] or "picture"
    name = next(
        one
        for at in range(1, len(names) + 2)
        if (one := plain if at == 1 else f"{plain}-{at}").lower() not in names
    )
    names.add(name.lower())
    return name
