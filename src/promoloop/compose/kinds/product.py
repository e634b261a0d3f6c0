"""Product descriptions, and attributes that follow from known ones; nothing is invented.

Every sentence states one attribute of the sheet, or the title, and names it as its source. An
attribute that is missing is completed only by arithmetic or by copying: a size read in the title, a
total from count and unit size.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from promoloop.compose.kinds.checks import other_script
from promoloop.compose.kinds.drafting import Drafting, better
from promoloop.compose.kinds.sizes import plain_size
from promoloop.compose.kinds.wording import gap_of, limits_of, sentences_of, words_of
from promoloop.compose.kinds.written import Known, Sourced, Written, proven
from promoloop.compose.proof import Fact, FactSheet, health_claim, safe_name, verify_statement
from promoloop.core import InvalidError, require_locale

__all__ = ["ProductSheet", "completed_attributes", "write_description"]

_KIND = "description"
_WEIGHTS = frozenset({"kg", "g", "mg", "oz", "lb", "千克", "公斤", "公克", "克"})
_VOLUMES = frozenset({"ml", "cl", "l", "毫升", "公升", "升"})
_UNITS = "|".join(sorted(_WEIGHTS | _VOLUMES, key=len, reverse=True))
_SIZE = rf"(?<![A-WYZa-wyz\d.,])(?:\d{{1,5}}(?:\.\d{{1,3}})?)\s?(?:{_UNITS})(?![A-Za-z\d])"
_ONE = r"[罐瓶袋包盒支条條片个個枚块塊粒件入]|cans?|bottles?|packs?|bars?|bags?|boxes|pcs"
_MEASURE = re.compile(
    rf"(?<![A-WYZa-wyz\d.,])(\d{{1,5}}(?:\.\d{{1,3}})?)\s?({_UNITS})(?![A-Za-z\d])", re.IGNORECASE
)
_TIMES = (
    re.compile(
        rf"(?<![A-Za-z\d.,])(?P<times>\d{{1,3}})\s?(?:{_ONE})?\s?[x×*]\s?(?P<size>{_SIZE})",
        re.IGNORECASE,
    ),
    re.compile(rf"(?P<size>{_SIZE})\s?[x×*]\s?(?P<times>\d{{1,3}})(?![\d.])", re.IGNORECASE),
)
_PACKED = re.compile(
    rf"\d\s?[x×*]|[x×*]\s?\d|\d[\s-]?(?:{_ONE}|pk|count|ct|pieces?|rolls?)(?![a-z])"
    r"|\b(?:pack|set|box|case|bundle) of\b|\bmultipack\b|[整组組]装|组合|組合",
    re.IGNORECASE,
)
_COUNT = re.compile(r"^(\d{1,4})(?![\d.])")
_PROMOTIONAL = re.compile(
    r"<|>|https?:|www\.|@|\{\{|\boff\b|\bdiscount|\bsale\b|折|优惠|[$¥€£]|免费|\bfree (?:gift|ship)"
    r"|\bignore\b|\bdisregard\b|忽略|[\x00-\x1f]",
    re.IGNORECASE,
)
_NEVER = ("superlative", "guarantee", "price", "urgency", "address", "instruction", "disparage")
_LONGEST_VALUE = 120


@dataclass(frozen=True, slots=True)
class ProductSheet:
    """What is known of a product. ``attributes`` maps keys (``material``) to values as stated.

    ``wanted`` names attributes that the shop's listing needs; those that are not known are
    completed where they follow from known ones, and otherwise stay missing.
    """

    product_id: str
    title: str
    locale: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()
    channel: str = "listing"

    def __post_init__(self) -> None:
        require_locale(self.locale)
        if not self.attributes and not self.title.strip():
            raise InvalidError(
                f"product {self.product_id}",
                "it has neither a title nor an attribute, so there is no fact to write about",
                "Add attributes.",
            )


def completed_attributes(product: ProductSheet) -> Mapping[str, tuple[str, str]]:
    """Attributes that follow from known ones, each with its source: key to (value, source).

    A size in the title is that of one piece where the title says how many there are (6 x 40 g),
    and of the whole where nothing speaks of more than one; where that is open, nothing follows.
    Nor does it where the size may be what the product holds, carries or suits (``plain_size``).

    >>> sheet = ProductSheet("p1", "Oat bars 6 x 40 g", "en-US", {"count": "6 bars"})
    >>> completed_attributes(sheet)
    {'unit_weight': ('40 g', 'title'), 'weight': ('240 g', 'title')}
    """
    known = {**product.attributes}
    found: dict[str, tuple[str, str]] = {}
    for kind, units in (("weight", _WEIGHTS), ("volume", _VOLUMES)):
        if kind not in known:
            found |= _measures(product.title, known, kind, units)
    return found


def _measures(
    title: str, known: Mapping[str, str], kind: str, units: frozenset[str]
) -> dict[str, tuple[str, str]]:
    read = [one for one in _MEASURE.finditer(title) if one[2].lower() in units]
    count, unit_key = _COUNT.match(known.get("count", "")), f"unit_{kind}"
    pack = next((one for form in _TIMES if (one := form.search(title))), None)
    unit = known.get(unit_key, "")
    if unit:
        total = _times(unit, int(count[1]), units) if count else ""
        return {kind: (total, f"count, {unit_key}")} if total else {}
    if len(read) != 1:  # two sizes in a title leave open which one is meant
        return {}
    if not plain_size(title, (pack or read[0]).end(), known.get("category", "")):
        return {}
    rest = title.replace(pack[0], "") if pack else title
    if pack and not _PACKED.search(rest):
        total = _times(pack["size"], int(pack["times"]), units)
        agrees = count is None or int(count[1]) == int(pack["times"])
        found = {unit_key: (pack["size"], "title"), kind: (total, "title")}
        return found if total and agrees else {}
    alone = _PACKED.search(rest) is None and not pack and (count is None or int(count[1]) == 1)
    return {kind: (read[0][0], "title")} if alone else {}


def _times(size: str, count: int, units: frozenset[str]) -> str:
    """``count`` times ``size``, "" where it is no size in one of ``units``."""
    one = _MEASURE.fullmatch(size.strip())
    if one is None or one[2].lower() not in units:
        return ""
    total = (Decimal(one[1]) * count).normalize()
    return f"{total:f} {one[2]}" if one[2].isascii() else f"{total:f}{one[2]}"


def write_description(
    product: ProductSheet, drafting: Drafting | None = None, turn: int = 0
) -> Written:
    """Title, summary, description and a list of details.

    A title that cannot stand in copy (markup, only emoji, another script, a claim, more than 40
    characters) is replaced by a neutral word, and attributes that state more than an attribute
    may are left out; ``refused`` says so.

    Raises ``InvalidError`` when neither title nor attribute can be used.
    """
    words = words_of(product.locale)[_KIND]
    refused: list[str] = []
    title = _title(product, refused)
    derived = completed_attributes(product)
    completed = {key: value for key, (value, _) in derived.items()}
    stated = {
        key: value
        for key, value in {**product.attributes, **completed}.items()
        if _may_stand(key, value, product.locale, words["label"], refused)
    }
    if not stated and not title:
        raise InvalidError(
            f"product {product.product_id}",
            f"no field can be used: {'; '.join(refused)}",
            "Give a plain title or plain attributes.",
        )
    fields = {key: _sources(key, derived) for key in stated}
    facts = _facts(title, stated, fields, words["label"])
    sheet = FactSheet(product.locale, facts)
    missing = [one for one in product.wanted if one not in stated]
    refused += [f"missing: {one} is not known" for one in missing]
    known = _known(title, stated, fields)
    parts, sources = _parts(title, stated, known, product.locale, turn)
    limits = limits_of(product.locale, _KIND, product.channel)
    written = Written(
        _KIND, product.locale, product.channel, parts, proven(parts, sheet, limits),
        sources, "template", tuple(refused), "", completed,
    )  # fmt: skip
    asked = replace(drafting, backed=True) if drafting else None
    return better(written, known, tuple(stated), sheet, limits, asked)


def _title(product: ProductSheet, refused: list[str]) -> str:
    title = product.title.strip()
    if not safe_name(title):
        refused.append(f"title: {title!r:.60} cannot stand in copy, a neutral word stands for it")
        return ""
    if other_script(title, product.locale):
        refused.append(f"title: {title!r} is in another script, a neutral word stands for it")
        return ""
    return title


def _may_stand(
    key: str, value: str, locale: str, labels: Mapping[str, str], refused: list[str]
) -> bool:
    reason = _against(value, locale)
    if not reason and key not in labels:
        reason = f"its key has no word in {locale}"
    if reason:
        refused.append(f"attribute {key}: {reason}")
    return not reason


def _against(value: str, locale: str) -> str:
    if not value.strip() or len(value) > _LONGEST_VALUE or not any(c.isalnum() for c in value):
        return f"it is empty or longer than {_LONGEST_VALUE} characters"
    if _PROMOTIONAL.search(value):
        return "it holds markup, an address or an offer"
    if other_script(value, locale):
        return "it is in another script"
    health = health_claim(value, locale)
    if health:
        return f"{health!r} is a health claim"
    sheet = FactSheet(locale, ())
    reasons = verify_statement({"text": value}, sheet).reasons
    return next((one for one in reasons if one.startswith(_NEVER)), "")


def _sources(key: str, derived: Mapping[str, tuple[str, str]]) -> tuple[str, ...]:
    source = derived[key][1] if key in derived else key
    names = [one.strip() for one in source.split(",")]
    return tuple("product.title" if one == "title" else f"product.{one}" for one in names)


def _facts(
    title: str,
    stated: Mapping[str, str],
    fields: Mapping[str, tuple[str, ...]],
    labels: Mapping[str, str],
) -> tuple[Fact, ...]:
    """The title, the values, and the labels of what is stated, so that 产地 may stand by one."""
    found = [Fact("name", title, "product.title")] if title else []
    return (
        *found,
        *(Fact("phrase", str(labels[key]), ", ".join(fields[key])) for key in stated),
        *(Fact("attribute", value, ", ".join(fields[key])) for key, value in stated.items()),
    )


def _known(
    title: str,
    stated: Mapping[str, str],
    fields: Mapping[str, tuple[str, ...]],
) -> dict[str, Known]:
    known = {key: Known(value, fields[key]) for key, value in stated.items()}
    if title:
        known["title"] = Known(title, ("product.title",))
    return known


def _parts(
    title: str, stated: Mapping[str, str], known: Mapping[str, Known], locale: str, turn: int
) -> tuple[dict[str, str], tuple[Sourced, ...]]:
    words = words_of(locale)[_KIND]
    sentences = {
        key: sentences_of([_wordings(words, key)], known, turn + at)
        for at, key in enumerate(stated)
    }
    opening = sentences_of([words["opening"]], known, turn) if title else []
    lead = [one for key in words["lead"] for one in sentences.get(key, [])]
    texts: dict[str, list[tuple[str, tuple[str, ...]]]] = {
        "title": [(title or str(words["nameless"]), ("product.title",) if title else ())],
        "summary": [*opening, *lead][:2]
        or [one for some in sentences.values() for one in some][:1],
        "description": [*opening, *(one for some in sentences.values() for one in some)],
    }
    details = [
        (f"{words['label'][key]}{words['colon']}{value}", known[key].fields)
        for key, value in stated.items()
    ]
    parts = {part: gap_of(locale).join(text for text, _ in some) for part, some in texts.items()}
    parts["details"] = "\n".join(text for text, _ in details)
    told = [*texts.items(), ("details", details)]
    sources = [Sourced(part, text, own) for part, some in told for text, own in some]
    return {part: text for part, text in parts.items() if text}, tuple(sources)


def _wordings(words: Mapping[str, Mapping[str, list[str]]], key: str) -> list[str]:
    if key in words["attribute"]:
        return words["attribute"][key]
    label = words["label"][key]
    other = words["attribute"]["other"]
    return [
        one.replace("{label}", str(label)).replace("{{key}}", f"{{{{{key}}}}}") for one in other
    ]
