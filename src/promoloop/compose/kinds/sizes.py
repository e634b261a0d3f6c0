"""Whether a size in a title is the plain size of the pack, and not what the product carries.

The rule is narrow on purpose: a size that is left out is missing and can be given, one that is
invented goes out as a fact.
"""

from __future__ import annotations

import re

__all__ = ["plain_size"]

_ENDS = re.compile(
    r"\s?(?:[罐瓶袋包盒支条條装裝]{1,2}|cans?|bottles?|packs?|bars?|boxes|pcs)?\s*(?:$|[,，、;；()（）\[\]【】])",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"[+%<>≤≥~≈±]|\d\s?[-–至到]\s?\d|\d\s?(?:mg|mcg|[µμ]g|iu|毫克|微克)(?![a-z])"
    r"|\b(?:for|fits?|fitting|suits?|hold(?:s|ing)?|carr(?:y|ies|ying)|supports?|capacity|loads?"
    r"|rated|lifts?|up to|less|more|than|under|over|below|above|at least|about|approx\w*|around"
    r"|from|max\w*|min|minimum|per|with|extra|plus|bonus|free|off|servings?|washes|tablets?"
    r"|capsules?|pills?|softgels?|sachets?|gummies)\b"
    r"|适合|適合|适用|適用|承重|承载|承載|载重|載重|负重|負重|[可能]装|[可能]裝|[可能]容|容纳|容納"
    r"|最[多大高少]|不足|不到|少于|少於|低于|低於|超过|超過|以[上下内內]|左右|[约約赠贈送]|加量"
    r"|多[装裝]|片剂|片劑|胶囊|膠囊",
    re.IGNORECASE,
)
"""Words by which a size may be a limit, a dose, a purpose or a part of something else."""

_HOLDER = re.compile(
    r"\b(?:\w*machine|\w*washer|dryer|backpack|daypack|rucksack|bag|handbag|duffel|suitcase"
    r"|luggage|case|trolley|cart|wagon|fridge|refrigerator|freezer|cooler|oven|microwave|kettle"
    r"|scale|shelf|shelves|shelving|rack|hook|hanger|bottle|flask|thermos|jug|jar|pitcher|carafe"
    r"|box|bin|basket|bucket|tank|aquarium|tent|bowl|pot|pan|saucepan|\w*cooker|\w*fryer|blender"
    r"|processor|mixer|grinder|dispenser|\w*humidifier|vacuum|vase|mug|cup|tumbler|glass"
    r"|container|canister|storage|drawer|cabinet|organi[sz]er|chair|stool|table|desk|bed|hammock"
    r"|ladder|hoist|jack|crane|winch|rope|strap|tripod|mount|stand|bracket|boat|kayak|stroller"
    r"|carrier|seat|swing|trampoline|boiler|heater|sprayer|pump|watering can)(?:e?s)?\b"
    r"|(?<!有)[机機]|[箱桶锅鍋壶壺杯柜櫃架秤盆碗缸椅凳桌床绳繩]|背包|书包|書包|双肩包|雙肩包|挎包"
    r"|[手提]包|旅行包|袋子|收纳|收納|保温|保溫|水瓶|帐篷|帳篷|推车|推車|挂钩|掛鉤|容器",
    re.IGNORECASE,
)
"""Goods whose size says what they hold or carry."""


def plain_size(title: str, end: int, category: str = "") -> bool:
    """Whether the size that ends at ``end`` closes ``title`` or a part of it, and nothing in title
    or category lets it be anything but the size of the pack.

    >>> plain_size("Coffee 500 g", 12), plain_size("Coffee, 500 g, ground", 13)
    (True, True)
    >>> plain_size("Bag for 5 kg cats", 12), plain_size("Washing machine 8 kg", 20)
    (False, False)
    """
    if _ENDS.match(title, end) is None:
        return False
    return _OPEN.search(title) is None and _HOLDER.search(f"{title}\n{category}") is None
