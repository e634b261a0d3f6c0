"""CSV and Parquet: one row per event or order line, columns named as in Segment's calls.

Column names may be written in camelCase or snake_case. ``price`` is what one piece costs on the
shelf, ``discount`` and ``coupon_discount`` come off the whole line; ``revenue``, where it is
given, is what the shop receives for the line.
"""

from __future__ import annotations

import polars as pl

from promoloop.core import InvalidError
from promoloop.events.amounts import MOST_MINOR, scale_of
from promoloop.events.calls import Fault
from promoloop.events.identity import ANONYMOUS
from promoloop.events.records import EVENT_LINES, EventBatch, Quarantined
from promoloop.events.rules import NUMBER, Rule, foreign_money, quarantined_rows, split, time_rule

__all__ = ["TableReader"]

_NAMES = {
    "messageId": "message_id",
    "userId": "user_id",
    "shopper_id": "user_id",
    "anonymousId": "anonymous_id",
    "orderId": "order_id",
    "productId": "product_id",
    "couponDiscount": "coupon_discount",
    "campaignId": "campaign_id",
}
_TEXTS = (
    *("message_id", "type", "event", "user_id", "anonymous_id", "timestamp"),
    *("order_id", "product_id", "coupon", "campaign_id", "currency"),
)
_AMOUNTS = ("price", "revenue", "discount", "coupon_discount")
_COUNTS = ("quantity", "line")
_KNOWN = (*_TEXTS, *_AMOUNTS, *_COUNTS)
_ZONED = "Give the time with its zone, for example 2026-11-30T18:00:00Z."
_MOST_COUNT = (1 << 31) - 1
_TYPES = (pl.String, pl.Categorical, pl.Enum, pl.Boolean, pl.Date, pl.Datetime, pl.Null)


class TableReader:
    """Read one file's rows, chunk after chunk.

    Rows of one ``message_id`` are the lines of an order when they have an ``order_id``; they are
    numbered as they come unless the table has a ``line`` column. A repeated line is a replay when
    it is the same and set aside when it is not.

    Parameters
    ----------
    file : str
        The name quarantined rows carry.
    currency : str, optional
        ISO 4217 currency of amounts that do not name theirs.
    shop : str, optional
        The currency that the shop counts in: amounts in another are set aside.
    """

    def __init__(self, file: str, currency: str | None = None, shop: str | None = None) -> None:
        self._file = file
        self._currency = currency
        self._rules = [*_rules(), *foreign_money(_AMOUNTS, shop)]
        self._seen = pl.DataFrame(
            schema={"message_id": pl.String, "line": pl.Int32, "content": pl.UInt64}
        )

    def read(self, table: pl.DataFrame, numbers: pl.Series) -> EventBatch:
        """The rows of the file's next chunk, which stand at ``numbers`` in the file.

        Raises
        ------
        InvalidError
            When an obligatory column is missing, stands twice or is of a type that cannot be
            read.
        """
        named = _named(table, self._file).with_columns(numbers.alias(NUMBER))
        typed = _typed(named, self._currency)
        good, bad = split(typed, self._rules, self._file)
        lines, repeated = self._without_repeats(_lines(good, "line" in named.columns))
        return EventBatch(lines.select(EVENT_LINES.names()), bad + repeated)

    def _without_repeats(self, lines: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Quarantined, ...]]:
        """Lines not seen before in this file; those seen with other content are set aside."""
        lines = self._numbered(lines)
        key = ["message_id", "line"]
        content = pl.struct(pl.exclude(NUMBER, "by_order")).hash(seed=0)
        lines = lines.with_columns(content=content).join(
            self._seen.rename({"content": "before"}), on=key, how="left", maintain_order="left"
        )
        lines = lines.with_columns(
            is_new=pl.col("before").is_null() & pl.struct(key).is_first_distinct(),
            first=pl.coalesce("before", pl.col("content").first().over(key)),
        )
        new = lines.filter("is_new")
        other = lines.filter(~pl.col("is_new"), pl.col("content") != pl.col("first"))
        self._seen = pl.concat([self._seen, new.select(*key, "content")])
        fault = Fault(
            "message_id",
            "it stands on an earlier row with other content",
            "Give every event its own message_id, and the lines of an order a line number.",
        )
        shown = other.select(NUMBER, *EVENT_LINES.names())
        return new, quarantined_rows(shown, [fault] * len(other), self._file)

    def _numbered(self, lines: pl.DataFrame) -> pl.DataFrame:
        """``lines`` with the running ``line`` of their order where the table gives none."""
        if lines["line"].null_count() == 0:
            return lines
        before = self._seen.group_by("message_id").agg(pl.len().cast(pl.Int32).alias("offset"))
        running = pl.int_range(pl.len(), dtype=pl.Int32).over("message_id")
        number = pl.when("by_order").then(running + pl.col("offset").fill_null(0)).otherwise(0)
        return (
            lines.join(before, on="message_id", how="left", maintain_order="left")
            .with_columns(line=pl.coalesce("line", number.cast(pl.Int32)))
            .drop("offset")
        )


def _named(table: pl.DataFrame, file: str) -> pl.DataFrame:
    """``table`` under the names of this module, with its obligatory columns present."""
    names = [_NAMES.get(name, name) for name in table.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidError(
            f"{file}, columns", f"{', '.join(twice)} stands twice", "Keep one column of each name."
        )
    missing = [name for name in ("message_id", "timestamp") if name not in names]
    missing += [] if {"event", "type"} & set(names) else ["event"]
    missing += [] if {"user_id", "anonymous_id"} & set(names) else ["user_id or anonymous_id"]
    if missing:
        raise InvalidError(
            f"{file}, columns",
            f"{', '.join(missing)} missing among {', '.join(table.columns) or 'none'}",
            "Name the columns in the first row as in Segment's calls.",
        )
    for name, dtype in table.schema.items():
        _require_type(name, dtype, file)
    return table.rename(dict(zip(table.columns, names, strict=True)))


def _require_type(name: str, dtype: pl.DataType, file: str) -> None:
    zoneless = name == "timestamp" and dtype.is_temporal() and not getattr(dtype, "time_zone", None)
    if zoneless:
        raise InvalidError(f"{file}, column {name}", f"{dtype} has no time zone", _ZONED)
    if not (dtype.is_numeric() or dtype in _TYPES):
        raise InvalidError(
            f"{file}, column {name}",
            f"{dtype} is not read",
            "Write text and numbers, one row per product of an order.",
        )


def _typed(table: pl.DataFrame, currency: str | None) -> pl.DataFrame:
    """Texts as text, amounts and counts as numbers; what came of a failed cast is null.

    ``given_x`` says that ``x`` was given, whether or not it could be read.
    """
    extras = [name for name in table.columns if name not in {*_KNOWN, NUMBER}]
    frame = table.with_columns(
        pl.lit(None, pl.String).alias(name) for name in _KNOWN if name not in table.columns
    ).with_columns(_text(name, dtype) for name, dtype in table.schema.items() if name != NUMBER)
    codes = pl.coalesce("currency", pl.lit(currency, pl.String)).alias("currency")
    numbers = [pl.col(name).cast(pl.Float64, strict=False) for name in (*_AMOUNTS, *_COUNTS)]
    given = [
        pl.col(name).is_not_null().alias(f"given_{name}")
        for name in ("timestamp", *_AMOUNTS, *_COUNTS)
    ]
    said = pl.struct(extras).struct.json_encode() if extras else pl.lit(None, pl.String)
    frame = frame.select(
        NUMBER,
        *(name for name in _TEXTS if name not in {"timestamp", "currency"}),
        *(codes, *numbers, *given, _moment()),
        said.alias("properties"),
    )
    scales = {code: scale_of(code) for code in frame["currency"].unique().drop_nulls()}
    scale = pl.col("currency").replace_strict(scales, default=0, return_dtype=pl.Int64)
    return frame.with_columns(scale.alias("scale"))


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(dtype, pl.Datetime) and dtype.time_zone:
        column = column.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00")
    text = column.cast(pl.String)
    return pl.when(text.str.strip_chars() != "").then(text)


def _moment() -> pl.Expr:
    """RFC 3339 text as a UTC moment; null where the zone is missing or it is no time."""
    text = pl.col("timestamp").str.replace(r"[Zz]$", "+00:00").str.replace("[ t]", "T")
    return text.str.to_datetime(
        "%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us", time_zone="UTC", strict=False
    )


def _rules() -> list[Rule]:
    missing = "it is missing"
    time = "it is no RFC 3339 time with a zone"
    amounts = [rule for name in _AMOUNTS for rule in _amount_rules(name)]
    event = pl.col("event").is_null() & (pl.col("type").is_null() | (pl.col("type") == "track"))
    nobody = pl.col("user_id").is_null() & pl.col("anonymous_id").is_null()
    off = _minor("discount").fill_null(0) + _minor("coupon_discount").fill_null(0)
    value = _minor("price") * pl.col("quantity").fill_null(1)
    unpaid = pl.col("revenue").is_null() & ((value < off) | (value > MOST_MINOR))
    return [
        Rule(
            pl.col("message_id").is_null(),
            Fault("message_id", missing, "Give every event its own message_id."),
        ),
        Rule(nobody, Fault("user_id", "user_id and anonymous_id are missing", "Give one of them.")),
        Rule(~pl.col("given_timestamp"), Fault("timestamp", missing, _ZONED)),
        Rule(pl.col("timestamp").is_null(), Fault("timestamp", time, _ZONED)),
        time_rule(),
        Rule(event, Fault("event", missing, "Name the event.")),
        *(_count_rule(name) for name in _COUNTS),
        *amounts,
        Rule(
            unpaid,
            Fault(
                "price",
                "price × quantity is less than the discounts, or too large",
                "Give the price of one piece before discounts.",
            ),
        ),
    ]


def _count_rule(name: str) -> Rule:
    column = pl.col(name)
    whole = (column == column.floor()) & column.is_between(0, _MOST_COUNT)
    return Rule(
        pl.col(f"given_{name}") & ~whole.fill_null(value=False),
        Fault(name, "it is not a whole number from 0 up", "Give a count such as 2."),
    )


def _amount_rules(name: str) -> list[Rule]:
    amount, scale, given = pl.col(name), pl.col("scale"), pl.col(f"given_{name}")
    finite = (amount.is_finite() & (amount.abs() * scale <= MOST_MINOR)).fill_null(value=False)
    refund = "Send money given back as an Order Refunded event."
    digits = "Round the amount to the currency's minor unit."
    code = Fault("currency", "it is no ISO 4217 currency", "Give the currency, for example USD.")
    return [
        Rule(
            given & ~finite, Fault(name, "it is no finite amount", "Give a number such as 12.50.")
        ),
        Rule(amount < 0, Fault(name, "it is negative", refund)),
        Rule(given & (scale == 0), code),
        Rule(
            (amount * scale).round() / scale != amount,
            Fault(name, "it has more decimal places than the currency", digits),
        ),
    ]


def _minor(name: str) -> pl.Expr:
    return (pl.col(name) * pl.col("scale")).round().cast(pl.Int64, strict=False)


def _lines(good: pl.DataFrame, has_lines: bool) -> pl.DataFrame:
    """Rows that keep all rules, in the ``EVENT_LINES`` schema, with ``by_order``."""
    track = pl.col("type").is_null() | (pl.col("type") == "track")
    identify = ~track & (pl.col("type") == "identify")
    money = pl.any_horizontal(pl.col(name).is_not_null() for name in ("price", "revenue"))
    off = [pl.when(money).then(_minor(n).fill_null(0)) for n in ("discount", "coupon_discount")]
    pieces = pl.col("quantity").fill_null(1).cast(pl.Int64)
    anonymous = pl.lit(ANONYMOUS) + pl.col("anonymous_id")
    return good.select(
        NUMBER,
        "message_id",
        pl.col("line").cast(pl.Int32),
        pl.when(track & pl.col("event").is_not_null())
        .then("event")
        .otherwise("type")
        .alias("event"),
        pl.coalesce("user_id", anonymous).alias("shopper_id"),
        "timestamp",
        "order_id",
        "product_id",
        pl.col("quantity").cast(pl.Int32),
        pl.coalesce(_minor("revenue"), _minor("price") * pieces - off[0] - off[1]).alias(
            "revenue_minor"
        ),
        (off[0] + off[1]).alias("discount_minor"),
        off[1].alias("coupon_minor"),
        "coupon",
        "campaign_id",
        "currency",
        pl.when(identify).then(_identity()).otherwise("properties").alias("properties"),
        (pl.col("order_id").is_not_null() & (not has_lines)).alias("by_order"),
    )


def _identity() -> pl.Expr:
    """Extra columns of an ``identify`` row are traits; the anonymous id stands beside them."""
    traits = pl.col("properties").fill_null("{}")
    said = pl.struct(pl.col("anonymous_id").alias("anonymousId")).struct.json_encode()
    return pl.concat_str([pl.lit('{"traits":'), traits, pl.lit(","), said.str.slice(1)])
