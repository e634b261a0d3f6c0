"""Where a line may end.

English breaks at spaces. Chinese breaks between characters, but no line begins with closing
punctuation or a particle and none ends with an opening bracket (the rules known as kinsoku; see
the W3C's Requirements for Chinese Text Layout). Nothing is ever broken within a number, a code or
an amount, and no hyphen is ever added: the lines joined are the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from promoloop.compose.tables import table
from promoloop.core import language_of

__all__ = ["LEVELS", "pieces_of"]

LEVELS = ("phrases", "words", "anywhere")
"""How freely a text is broken: after punctuation; between words and around names and amounts;
wherever it is not forbidden."""

_NO_START = "，。、；：！？）》」』”’…—％%·,.;:!?)]的了吗呢吧啊着过地得们们"
_NO_END = "（《「『“‘￥¥$€£([#满减立凭第送买享每"
_RUN = r"[A-Za-z0-9À-ɏ.,%'’&+#/:_-]"
_STUCK = re.compile(rf"(?<={_RUN})(?={_RUN})|(?<=\d)(?=[元折件天点年月日号块截])|(?<=[月])(?=\d)")
_PHRASE_END = re.compile(r"(?<=[,.;:!?—])\s+|(?<=[，。；：！？])")


def pieces_of(text: str, locale: str, keep: Sequence[str], level: str) -> tuple[str, ...]:
    """``text`` cut at every place where a line may end; joined, the pieces are the text.

    Parameters
    ----------
    text : str
        One paragraph.
    locale : str
        Decides which patterns of ``data/pictures.toml`` hold together.
    keep : sequence of str
        Names and codes that hold together at the levels "phrases" and "words".
    level : str
        One of ``LEVELS``.

    Examples
    --------
    >>> pieces_of("Save up to $4 on coffee", "en-US", (), "words")
    ('Save ', 'up to $4 ', 'on ', 'coffee')
    >>> pieces_of("满300减50，今天用", "zh-CN", (), "words")
    ('满300减50，', '今', '天', '用')
    """
    return _pieces(text, language_of(locale), tuple(keep), level)


@lru_cache(maxsize=4096)
def _pieces(text: str, language: str, keep: tuple[str, ...], level: str) -> tuple[str, ...]:
    if level == "phrases":
        ends = {match.end() for match in _PHRASE_END.finditer(text)}
        ends = {at for at in ends if not _forbidden(text, at)}
    else:
        ends = {at for at in range(1, len(text)) if _may_end(text, at)}
        held = _held(text, language, keep) if level == "words" else ()
        ends = {at for at in ends if not any(start < at < end for start, end in held)}
    cuts = [0, *sorted(at for at in ends if at < len(text)), len(text)]
    return tuple(text[start:end] for start, end in pairwise(cuts))


def _may_end(text: str, at: int) -> bool:
    """Whether a line may end before character ``at``."""
    before, after = text[at - 1], text[at]
    if after == " ":
        return False
    if before == " ":
        return True
    if not (_wide(before) or _wide(after)):
        # Latin letters part only at spaces, and after the hyphens of a compound.
        return before == "-" and after.isalpha() and text[at - 2 : at - 1].isalpha()
    return not _forbidden(text, at)


def _forbidden(text: str, at: int) -> bool:
    if at >= len(text):
        return False
    if text[at] in _NO_START or text[at - 1] in _NO_END:
        return True
    return _STUCK.match(text, at) is not None


def _wide(character: str) -> bool:
    return ord(character) >= 0x2E80


def _held(text: str, language: str, keep: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """Spans that stay on one line."""
    glue = table("pictures")["glue"]
    patterns = [*glue["any"], *glue.get(language, ()), *(re.escape(word) for word in keep if word)]
    return tuple(
        match.span() for pattern in patterns for match in _compiled(pattern).finditer(text)
    )


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
