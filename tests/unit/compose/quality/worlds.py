"""A tiny shop with two families, for the gate's tests."""

from promoloop.compose import Corpus, ExampleLine, ProductGroup, Proposal

GROUPS = {
    group.group_id: group
    for group in (
        ProductGroup("tea", "drinks", {"en": "tea", "zh": "茶"}, ("sencha", "茶叶")),
        ProductGroup("coffee", "drinks", {"en": "coffee", "zh": "咖啡"}),
        ProductGroup("socks", "clothes", {"en": "socks", "zh": "袜子"}),
        ProductGroup("hats", "clothes", {"en": "hats", "zh": "帽子"}),
    )
}

LINES = tuple(
    ExampleLine(group, language, moment, "line", text)
    for group, language, moment, text in (
        ("tea", "en", "any", "Pour a warm cup and sit down."),
        ("coffee", "en", "any", "A warm cup before the bus."),
        ("coffee", "en", "weekend", "A slow cup on Sunday."),
        ("socks", "en", "any", "Soft socks after a long walk."),
        ("hats", "en", "any", "A hat for a long windy walk."),
        ("tea", "zh", "any", "泡一杯热茶，慢慢喝。"),
        ("coffee", "zh", "any", "来一杯咖啡，慢慢喝。"),
        ("socks", "zh", "any", "走完长路，换双袜子。"),
        ("hats", "zh", "any", "戴顶帽子，走完长路。"),
    )
)


def corpus() -> Corpus:
    """The four groups and their lines."""
    return Corpus(GROUPS, LINES)


def proposal(text: str, group: str = "tea", language: str = "en", **more) -> Proposal:
    """A proposal for one of the four groups."""
    return Proposal(text, GROUPS[group], language, **more)
