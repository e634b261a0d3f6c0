"""Percentages, money, counts, codes and free things in a text, proven against the offer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from promoloop.compose.proof.numerals import CHINESE, ENGLISH_WORDS, NUMBER, number_value, plain
from promoloop.compose.proof.scan import Scan
from promoloop.core import InvalidError, minor_from_decimal
from promoloop.offers import OfferFacts

__all__ = ["scan_amounts", "scan_code_like", "scan_codes", "scan_free", "scan_leftovers"]

_C = f"[{CHINESE}]+"
_N = rf"(?<![\d.,]){NUMBER}(?![\d]|\.\d)"
_WORD = "|".join(sorted((word for word in ENGLISH_WORDS if word != "a"), key=len, reverse=True))
_AMOUNT = rf"{NUMBER}|{_C}"
_SIGN = r"(?P<sign>us\$|hk\$|nt\$|a\$|c\$|\$|¥|€|£|\busd|\brmb|\bcny|\bjpy|\beur|\bgbp)"
_UNIT = (
    r"(?P<unit>元|块钱|块|圆|人民币|美元|美金"
    r"|rmb\b|cny\b|usd\b|dollars?\b|bucks?\b|yuan\b|¢|cents?\b)"
)
_CURRENCIES = {
    "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "buck": "USD", "bucks": "USD",
    "美元": "USD", "美金": "USD", "cent": "USD", "cents": "USD", "¢": "USD", "rmb": "CNY",
    "cny": "CNY", "元": "CNY", "块": "CNY", "块钱": "CNY", "圆": "CNY", "人民币": "CNY",
    "yuan": "CNY", "€": "EUR", "eur": "EUR", "£": "GBP", "gbp": "GBP", "jpy": "JPY",
    "hk$": "HKD", "nt$": "TWD", "a$": "AUD", "c$": "CAD",
}  # fmt: skip
_SHARED = {"$": ("USD", "CAD", "AUD", "HKD", "SGD", "NZD"), "¥": ("CNY", "JPY")}

_TIER = re.compile(
    rf"满\s*(?:¥|\$|us\$)?\s*(?P<over>{_AMOUNT})\s*(?:元|块)?\s*[;,]?\s*(?:立|再)?"
    rf"(?:减|省|返|送|抵|-)\s*(?:¥|\$|us\$)?\s*(?P<off>{_AMOUNT})(?!\d)\s*(?:元|块钱?)?"
)
_SPEND_SAVE = (
    re.compile(
        rf"\bspend\s*\$\s?(?P<over>{NUMBER})\s*(?:or more)?\s*(?:,|and|to)?\s*(?:save|get)\s*"
        rf"\$\s?(?P<off>{NUMBER})(?!\d|\.\d)"
    ),
    re.compile(
        rf"\$\s?(?P<off>{NUMBER}) off\b[^$\d]{{0,60}}?\bspend\s*\$\s?(?P<over>{NUMBER})(?!\d|\.\d)"
    ),
)
_SAVED = re.compile(rf"(?:减|save )\W?(?P<zh>{NUMBER})|(?P<en>{NUMBER}) off\b")
_MONEY = (
    re.compile(rf"{_SIGN}\s?(?P<value>{NUMBER}(?!\d|\.\d))(?:\s?{_UNIT})?"),
    re.compile(rf"(?P<value>{_N})\s?{_UNIT}"),
    re.compile(rf"(?P<value>{_C})\s?{_UNIT}(?<!一块)"),
    re.compile(rf"\b(?P<value>{_WORD})[ -](?P<unit>dollars?\b|bucks?\b|yuan\b|cents?\b)"),
)
_VAGUE = re.compile(
    r"\b(?:up to|at least|extra|additional|another|more than|over)\W*$"
    r"|(?:最高|最多|额外|再|低至|至少|起码)\W*(?:打|减|享)?$"
)
_MOST = re.compile(r"(?:\bup to|\bat most|最多|最高|不超过)\W*[减抵]?\W*$")
_SAVES = re.compile(r"(?:\bsave|\btake|减|省|优惠|抵)\W*$")
_PERCENT = (
    re.compile(rf"(?P<value>{_N})\s?(?:%|per ?cent\b|pct\b)"),
    re.compile(rf"\b(?P<value>{_WORD})[ -](?:%|per ?cent\b)"),
    re.compile(rf"百分之(?P<value>{_AMOUNT})"),
)
_FOLD = re.compile(rf"(?P<value>{_N}|{_C}(?:点{_C})?)\s?折")
_HALF = re.compile(r"\bhalf[ -](?:price|off)\b|半价|对折|半折|打对折")
_FRACTION = re.compile(
    r"\b(?:third|quarter|two.thirds|three.quarters)[ -](?:of )?(?:off|price)\b"
    r"|\b(?:double|twice|triple|two times|three times)\b|\d+(?:\.\d+)?\s?x\b"
    rf"|双倍|翻倍|加倍|加量|[{CHINESE}\d半]\s?倍|[\d一二三四五六七八九]成(?!都|为|了|长|熟)|分之"
)
_BUY_GET = (
    re.compile(
        rf"\bbuy (?P<buy>{NUMBER}|{_WORD})[^\d$%.]{{0,24}}?[ ,]get "
        rf"(?P<get>{NUMBER}|{_WORD}|another)"
        r"(?P<free>(?: more| of them)? (?:free|for free|on us)\b)?"
    ),
    re.compile(r"\b(?P<bogo>bogo|two[ -]for[ -]one|2[ -]for[ -]1|2 ?4 ?1)\b"),
    re.compile(
        rf"\b(?P<all>{NUMBER}|{_WORD})[ -]for[ -](?:the price of )?(?P<paid>{NUMBER}|{_WORD})\b"
    ),
    re.compile(
        rf"[买购]\s?(?P<buy>{_AMOUNT})\s?[件个份杯瓶袋包盒罐]?\s?[;,]?\s?(?:再)?(?P<free>送|赠|得|免)"
        rf"\s?(?P<get>{_AMOUNT})(?!\d)\s?[件个份杯瓶袋包盒罐]?"
    ),
)
_COUNT = re.compile(
    rf"(?P<value>{_N}|\b(?:{_WORD}))\s?(?:items?|packs?|units?|pieces|products|or more|more)\b"
    rf"|\b(?:buy|any|get|with)\s(?P<lead>{_N}|two|three|four|five|six)\b"
    rf"|(?:满|第|任选|购买|买|每|任意|加购)\s?(?P<zh>{_N}|{_C})\s?[件个份样款]|(?P<tail>{_N}|{_C})\s?件"
)
_CODE_WORD = re.compile(
    r"(?:\bcode|优惠码|折扣码|兑换码|口令|券码)[:\s\"'“]+"
    r"(?!at\b|below\b|when\b|to\b|on\b|for\b|is\b|and\b|in\b|needed\b)[a-z0-9][a-z0-9_-]*"
)
_CODE_LIKE = re.compile(r"[A-Z]{2,}[A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*|[a-z]+[A-Z]\w*|[A-Z]\d\w*")
_LEFT_EN = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty"
    r"|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|dozens?)\b"
)
_IDIOM = r"十分|千万|百搭|万一|一两|三五|三餐|四季|五谷|百味|万家|三两|两全|千家万户"
_LEFT_ZH = re.compile(
    rf"(?:{_IDIOM})(?P<idiom>)|[{CHINESE}]{{2,}}|[二三四五六七八九十百千万两][件份瓶袋包盒罐杯倍次天款年人]"
)
_SHIPPING = re.compile(
    r"\b(?:free (?:standard )?(?:shipping|delivery)|ships? (?:for )?free|free ship"
    r"|no shipping (?:fee|cost)s?)\b"
    r"|\bshipping (?:is )?(?:free|on us)\b|包邮|免运费|免邮"
    r"|免费配送|免费送货|零运费|运费全免|免配送费"
)
_GIFT = re.compile(
    r"\b(?:free gift|gifts?|freebie|complimentary"
    r"|at no (?:extra )?cost|for nothing|on us|on the house)\b"
    r"|\bfree\b|免费|免单|赠品|赠送|附赠|礼品|好礼|送礼|赠|白送|送"
)
_CHARGE = re.compile(r"\b(?:shipping|delivery|delivered)\b|运费|邮费|配送|送货|送到|邮寄")
_PROMISE = re.compile(
    r"\b(?:cash ?back|refunds?|money.back|returns|points|rebate"
    r"|voucher|gift card|lottery|win|prize)\b"
    r"|返现|退款|退货|退换|积分|抽奖|中奖|红包|返利|代金券|假一赔|保价|秒杀|价保"
)
_ALLOWED_CAPITALS = frozenset({"VIP", "BOGO", "TV", "OK", "RMB", "US", "USD", "CNY", "DIY", "BBQ"})


def scan_codes(scan: Scan) -> None:
    """Take codes out: the offer's own are proven, anything that looks like another is refused."""
    for code in scan.facts.codes:
        pattern = re.compile(rf"(?<![A-Za-z0-9_-]){re.escape(code)}(?![A-Za-z0-9_]|-\w)")
        for match in list(pattern.finditer(scan.cased)):
            scan.accept(match.start(), match.end(), "code", "offer.condition.code")
    scan.take(_CODE_WORD, "code", lambda _match, _scan: "")


def scan_code_like(scan: Scan) -> None:
    """Refuse what still reads as a code once names and the offer's codes are gone."""
    for match in _CODE_LIKE.finditer(scan.cased):
        stands = scan.text[match.start() : match.end()]
        if "\x00" in stands or match[0] in _ALLOWED_CAPITALS:
            continue
        scan.refuse("code", match[0])


def scan_amounts(scan: Scan) -> None:
    """Take tiers, buy-and-get, percentages, money and counts out of the text."""
    scan.take(_TIER, "money", _tier)
    for pattern in _SPEND_SAVE:
        scan.take(pattern, "money", _tier)
    for pattern in _BUY_GET:
        scan.take(pattern, "count", _buy_get)
    for pattern in _PERCENT:
        scan.take(pattern, "percent", _percent)
    scan.take(_FOLD, "percent", _fold)
    scan.take(_HALF, "percent", lambda _match, scan: _percent_proof(Decimal(50), scan))
    scan.take(_FRACTION, "number", lambda _match, _scan: "")
    for pattern in _MONEY:
        scan.take(pattern, "money", _money)
    scan.take(_COUNT, "count", _count)


def scan_free(scan: Scan) -> None:
    """Take promises of free things out: shipping, gifts, and what no offer part backs."""
    facts = scan.facts
    scan.take(
        _SHIPPING,
        "free",
        lambda _match, _scan: "offer.reward.free_shipping" if facts.free_shipping else "",
    )
    if facts.gift:
        gift = re.compile(re.escape(facts.gift.lower()))
        scan.take(gift, "gift", lambda _match, _scan: "offer.reward.gift")
    scan.take(_CHARGE, "free", lambda _match, _scan: "offer.reward" if facts.free_shipping else "")
    scan.take(_PROMISE, "promise", lambda _match, _scan: "")
    scan.take(_GIFT, "free", _free)


def scan_leftovers(scan: Scan) -> None:
    """Refuse every number that no earlier pattern could prove."""
    scan.take(re.compile(r"[\d.,]*\d+[\d.,]*|%"), "number", lambda _match, _scan: "")
    scan.take(_LEFT_EN, "number", lambda _match, _scan: "")
    for match in _LEFT_ZH.finditer(scan.text):
        if match["idiom"] is None:
            scan.refuse("number", match[0])


def _free(match: re.Match[str], scan: Scan) -> str:
    facts = scan.facts
    if facts.percents == (100,) and not facts.counts and match[0] in ("free", "免费"):
        return "offer.reward.percent"
    return "offer.reward.gift" if facts.gift else ""


def _tier(match: re.Match[str], scan: Scan) -> str:
    over, off = number_value(match["over"]), number_value(match["off"])
    marks = [mark for mark in "元块¥$" if mark in match[0]]
    known = all(_is_currency(mark, scan.facts.currency) for mark in marks)
    return "offer.reward.tiers" if known and (over, off) in _pairs(scan.facts) else ""


def _pairs(facts: OfferFacts) -> set[tuple[Decimal, Decimal]]:
    """The (threshold, saving) pairs that the offer's own clauses state."""
    said = plain(facts.clauses["reward"]).lower()
    return {
        (number_value(match["over"]), number_value(match["off"]))
        for pattern in (_TIER, *_SPEND_SAVE)
        for match in pattern.finditer(said)
    }


def _minor(value: Decimal, scan: Scan) -> int:
    try:
        return minor_from_decimal(value, scan.facts.currency) if value > 0 else -1
    except InvalidError:
        return -1


def _money(match: re.Match[str], scan: Scan) -> str:
    parts = match.groupdict()
    sign, unit = parts.get("sign") or "", parts.get("unit") or ""
    value = number_value(match["value"])
    if unit.startswith(("cent", "¢")):
        value /= 100
    known = all(_is_currency(mark, scan.facts.currency) for mark in (sign, unit) if mark)
    if not known or _minor(value, scan) not in scan.facts.amounts_minor:
        return ""
    return _amount_role(match, scan)


def _is_currency(mark: str, currency: str) -> bool:
    return currency in _SHARED.get(mark, (_CURRENCIES.get(mark, mark.upper()),))


def _amount_role(match: re.Match[str], scan: Scan) -> str:
    """Which part of the offer states the amount; a threshold is never sold as a saving."""
    clauses, value = scan.facts.clauses, number_value(match["value"])
    found = [part for part in ("reward", "condition", "ceiling") if value in _values(clauses, part)]
    before, after = scan.before(match, 14), scan.after(match, 8)
    if _MOST.search(before):
        return "offer.reward.ceiling" if "ceiling" in found else ""
    if _SAVES.search(before) or re.match(r"\W*off\b", after):
        saved = {
            number_value(one["zh"] or one["en"])
            for one in _SAVED.finditer(plain(clauses["reward"]).lower())
        }
        return "offer.reward.amount" if value in saved else ""
    return f"offer.{found[0]}.amount" if found else ""


def _values(clauses: Mapping[str, str], part: str) -> set[Decimal]:
    return {number_value(one) for one in re.findall(NUMBER, plain(clauses.get(part, "")))}


def _percent(match: re.Match[str], scan: Scan) -> str:
    if _VAGUE.search(scan.before(match, 14)):
        return ""
    return _percent_proof(number_value(match["value"]), scan)


def _percent_proof(percent: Decimal, scan: Scan) -> str:
    return "offer.reward.percent" if percent in scan.facts.percents else ""


def _fold(match: re.Match[str], scan: Scan) -> str:
    """折: what remains to be paid, in tenths (8折) or hundredths (85折)."""
    if _VAGUE.search(scan.before(match, 6)):
        return ""
    whole, _, tenth = match["value"].partition("点")
    value = number_value(whole) + (number_value(tenth) / 10 if tenth else 0)
    spelled = (len(whole) == 2 and whole.isdigit()) or (len(whole) == 2 and "十" not in whole)
    remains = value if spelled else value * 10
    return _percent_proof(100 - remains, scan) if value > 0 else ""


def _buy_get(match: re.Match[str], scan: Scan) -> str:
    parts = match.groupdict()
    if parts.get("bogo"):
        pair = (1, 1)
    elif parts.get("all"):
        paid = int(number_value(str(parts["paid"])))
        pair = (paid, int(number_value(str(parts["all"]))) - paid)
    else:
        got = str(parts["get"])
        pair = (
            int(number_value(str(parts["buy"]))),
            1 if got == "another" else int(number_value(got)),
        )
    free = parts.get("bogo") or parts.get("all") or parts.get("free")
    if free and any(percent != 100 for percent in scan.facts.percents):
        return ""
    counts = scan.facts.counts  # (1,) where both are 1
    return "offer.reward.counts" if counts and (counts[0], counts[-1]) == pair else ""


def _count(match: re.Match[str], scan: Scan) -> str:
    written = next(value for value in match.groups() if value)
    return "offer.reward.counts" if number_value(written) in scan.facts.counts else ""
