"""Audiences and creatives as the files ad platforms take: identifiers hashed, cells harmless.

Hashes are SHA-256 of the normalised address or number, in lower-case hex, as Google's customer
match and Meta's custom audiences ask for. No address, name or id of ours is in a file.
Source: Google Ads API, "Get started with customer match"; Meta Marketing API, "Customer file
custom audiences", both as of 2026.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from promoloop.core import InvalidError

__all__ = [
    "AD_PLATFORMS",
    "AdCreative",
    "AdPerson",
    "audience_csv",
    "creatives_csv",
    "hashed_email",
    "hashed_phone",
    "safe_cell",
]

AD_PLATFORMS = ("google", "meta")

#: What a spreadsheet takes for a formula, in half and full width, and what can hide it.
_FORMULA = re.compile(r"^[\s\x00-\x1f'\"]*[=+\-@＝＋－＠|%]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_MAILBOX = re.compile(r"[^@\s<>\"']+@[^@\s<>\"']+\.[^@\s<>\"']+")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
#: Hosts of one service that passes over full stops in a mailbox's name.
_DOTLESS = ("gmail.com", "googlemail.com")


@dataclass(frozen=True, slots=True)
class AdPerson:
    """What is known of one consenting shopper; "" where there is nothing."""

    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class AdCreative:
    """One advertisement: proven parts, its picture's file name ("" for none), where it leads."""

    group: str
    locale: str
    headline: str
    description: str
    call: str
    url: str
    picture: str


def hashed_email(address: str, platform: str) -> str:
    """The hash of an address; "" when it is none.

    >>> hashed_email(" Ann@Shop.example ", "meta") == hashed_email("ann@shop.example", "google")
    True
    >>> hashed_email("a.n.n@gmail.com", "google") == hashed_email("ann@gmail.com", "google")
    True
    """
    plain = unicodedata.normalize("NFKC", address).strip().lower()
    if not _MAILBOX.fullmatch(plain):
        return ""
    name, _, host = plain.rpartition("@")
    if platform == "google" and host in _DOTLESS:
        name = name.replace(".", "")
    return _hash(f"{name}@{host}")


def hashed_phone(number: str, platform: str) -> str:
    """The hash of an international number; "" when it is none. Meta leaves out the plus.

    >>> hashed_phone("+1 (202) 555-0143", "google") == hashed_phone("+12025550143", "google")
    True
    """
    plain = re.sub(r"[\s().\-/]", "", unicodedata.normalize("NFKC", number))
    if not _NUMBER.fullmatch(plain):
        return ""
    return _hash(plain.removeprefix("+") if platform == "meta" else plain)


def audience_csv(people: Iterable[AdPerson], platform: str) -> tuple[str, int]:
    """The audience file and how many rows it has; people without a usable identifier are left out.

    Rows are sorted by hash, so that their order says nothing of the shop.

    Raises
    ------
    InvalidError
        The platform is not one of ``AD_PLATFORMS``.
    """
    head = _columns(platform, {"google": ("Email", "Phone"), "meta": ("email", "phone")})
    rows = {
        (hashed_email(one.email, platform), hashed_phone(one.phone, platform)) for one in people
    }
    kept = sorted(row for row in rows if any(row))
    return _csv(head, kept), len(kept)


def creatives_csv(creatives: Sequence[AdCreative], platform: str, campaign: str) -> str:
    """The creatives file, every cell made harmless to spreadsheets.

    Raises
    ------
    InvalidError
        The platform is not one of ``AD_PLATFORMS``.
    """
    google = (
        "Campaign",
        "Ad group",
        "Headline 1",
        "Description 1",
        "Call to action text",
        "Final URL",
        "Image",
        "Language",
    )
    meta = (
        "Campaign Name",
        "Ad Set Name",
        "Title",
        "Body",
        "Call to Action",
        "Link",
        "Image File Name",
        "Locale",
    )
    head = _columns(platform, {"google": google, "meta": meta})
    rows = [
        (
            campaign,
            one.group,
            one.headline,
            one.description,
            one.call,
            one.url,
            one.picture,
            one.locale,
        )
        for one in creatives
    ]
    return _csv(head, rows)


def safe_cell(text: str) -> str:
    """``text`` as a cell that no spreadsheet runs: an apostrophe goes before a formula.

    Source: OWASP, "CSV Injection".

    >>> safe_cell("=HYPERLINK(1)"), safe_cell("20% off")
    ("'=HYPERLINK(1)", '20% off')
    """
    line = _CONTROLS.sub(" ", text)
    return f"'{line}" if _FORMULA.match(line) else line


def _columns(platform: str, known: Mapping[str, Sequence[str]]) -> Sequence[str]:
    if platform not in known:
        raise InvalidError(
            f"files for the ad platform {platform!r}",
            "it is not known",
            f"Use {' or '.join(AD_PLATFORMS)}.",
        )
    return known[platform]


def _csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return file.getvalue()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
