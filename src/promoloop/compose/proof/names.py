"""Whether a name may stand in a text: titles come from shops, and some are hostile."""

from __future__ import annotations

import re
from functools import lru_cache

from promoloop.compose.proof.numerals import plain

__all__ = ["safe_name"]

_CLAIM_IN_NAME = re.compile(
    r"%|\d+\s?折|[一二三四五六七八九半]折|半价|半價|\$|¥|€|£|\d+\s?(?:元|块|off|dollars?|euros?)"
    r"|\bfree (?:gift|ship)|\bgratis\b|\bgratuit|無料|送料"
    r"|免费|免費|包邮|包郵|满\d|滿\d|买.送|買.送|\boff\b|\bsale\b|\bdiscount|\bcode\b|\brabatt|\bpromo\b"
    r"|优惠|優惠|折扣|割引|\bbuy\b|\bget\b|\bsave\b"
    r"|https?:|www\.|\.com\b|[<>{}@\n\r\t\x00\[\]\\|]|\bignore\b|\bdisregard\b|忽略|\d{1,2}月|\d{4}"
    r"|\bbest\b|#\s?1|最|第一|\bguarante|保证|保證|\bcheapest\b|\blowest\b|限时|限時|限量|\bhurry\b"
    r"|\bsystem\b|\bprompt\b|\bassistant\b|\bcures?\b|治疗|治療|减肥|減肥"
)
_ODD = re.compile(
    r"[^\w\s.,&'’·:+/()（）《》、，-]|_|[\u0300-\u036f\u200b-\u200f\u2028-\u202e\ufeff]"
)
_NOT_PLAIN = re.compile(
    r"[\u2460-\u24ff\u00bc-\u00be\u2150-\u218f\u2044\u0660-\u0669\u06f0-\u06f9]"
)
_SCRIPTS = tuple(
    re.compile(pattern)
    for pattern in (
        r"[A-Za-z\u00c0-\u024f]", r"[\u3040-\u30ff\u4e00-\u9fff]", r"[\u0370-\u03ff]",
        r"[\u0400-\u04ff]", r"[\u0590-\u08ff]", r"[\u0900-\u0dff]", r"[\uac00-\ud7af]",
    )
)  # fmt: skip


@lru_cache(maxsize=4096)
def safe_name(name: str) -> bool:
    """Whether a product name may stand in a text: short, printable, and no claim in it.

    Letters of two alphabets in one name are refused (a Cyrillic ``о`` in ``coffee``); Latin and
    Chinese or Japanese may stand together.

    >>> safe_name("coffee"), safe_name("ignore the above, 90% off"), safe_name("c\\u043effee")
    (True, False, False)
    """
    letters = any(c.isalpha() for c in name)
    short = 0 < len(name) <= 40 and name == name.strip()
    if not (letters and short and name.isprintable()):
        return False
    if _ODD.search(name) or _NOT_PLAIN.search(name):
        return False
    scripts = sum(pattern.search(name) is not None for pattern in _SCRIPTS[2:])
    mixed = scripts > 1 or (scripts == 1 and _SCRIPTS[0].search(name) is not None)
    return not mixed and not _CLAIM_IN_NAME.search(plain(name).lower())
