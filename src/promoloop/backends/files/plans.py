"""Offers and campaigns as a marketer writes them: YAML."""

from __future__ import annotations

from pathlib import Path

import yaml

from promoloop.backends.files.opening import readable, require_file
from promoloop.core import InvalidError
from promoloop.offers import Campaign, Offer, campaign_from_data, offers_from_data

__all__ = ["read_campaign", "read_data", "read_offers"]


def read_campaign(path: Path) -> Campaign:
    """The campaign in a YAML file.

    Raises
    ------
    InvalidError
        When the file is missing, is no UTF-8 or no YAML, or does not describe a campaign; the
        message names the line or the field.
    """
    require_file(path)
    return campaign_from_data(_yaml(path), str(path))


def read_offers(path: Path) -> tuple[Offer, ...]:
    """The offers in a YAML file, with the errors of ``read_campaign``."""
    require_file(path)
    return offers_from_data(_yaml(path), str(path))


def read_data(path: Path) -> object:
    """What a YAML file holds, with the errors of ``read_campaign``."""
    require_file(path)
    return _yaml(path)


def _yaml(path: Path) -> object:
    """What ``path`` holds. YAML reads dates, so one in month 13 is a ``ValueError`` of its own."""
    with readable(path):
        text = path.read_text(encoding="utf-8-sig")
    try:
        return _loaded(text, path)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise InvalidError(
            f"{path}{where}",
            f"it is not YAML: {getattr(error, 'problem', None) or error}",
            "Mind indentation and dates, and quote texts with colons.",
        ) from error


def _loaded(text: str, path: Path) -> object:
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _require_single_keys(node, path, set())
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _require_single_keys(node: yaml.Node, path: Path, seen: set[int]) -> None:
    """YAML itself lets the last of two like keys win, so a fact could be lost unnoticed."""
    if id(node) in seen or not isinstance(node, yaml.CollectionNode):
        return
    seen.add(id(node))
    if not isinstance(node, yaml.MappingNode):
        for one in node.value:
            _require_single_keys(one, path, seen)
        return
    keys = set()
    for key, value in node.value:
        said = (key.tag, str(key.value))
        if said in keys:
            raise InvalidError(
                f"{path}, line {key.start_mark.line + 1}, field {key.value}",
                "it is given twice in one place, and only one of the two could count",
                "Remove one of them.",
            )
        keys.add(said)
        _require_single_keys(value, path, seen)
