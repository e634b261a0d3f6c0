"""What history and derived tables hold on one person: found through their ports alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import MAXYEAR, MINYEAR, datetime

import polars as pl

from promoloop.events import ANONYMOUS, ForgettingHistory
from promoloop.flows.ports import Tables
from promoloop.flows.privacy.records import Person, pseudonym

__all__ = ["HistoryPersonal", "TablesPersonal"]

#: Tables that books count with: their rows stay, under other names. Rows of others go.
BOOKS = ("margins-", "redeemed-", "refunded-", "rewards-", "promises-")
_MARKED = ("decision_id", "outcome_id")


class HistoryPersonal:
    """Event lines; see ``PersonalStore``."""

    name = "history"

    def __init__(self, history: ForgettingHistory) -> None:
        self._history = history

    def aliases(self, person: Person) -> Person:
        """With the devices they used before they were known, and the addresses they gave."""
        mine = self._mine(person)
        said = mine.filter(pl.col("event") == "identify")["properties"].drop_nulls()
        ids: list[str] = []
        addresses: list[str] = []
        for text in said:
            call = json.loads(text)
            if isinstance(call.get("anonymousId"), str):
                ids.append(ANONYMOUS + call["anonymousId"])
            traits = call.get("traits")
            traits = traits if isinstance(traits, dict) else {}
            addresses += [str(traits[key]) for key in ("email", "phone") if traits.get(key)]
        own = [one for one in dict.fromkeys(ids) if self._alone(one, person)]
        since = _in_calendar(mine)["timestamp"].min()
        return person.joined(own, addresses, (), since if isinstance(since, datetime) else None)

    def held(self, person: Person) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Every line, in order of time."""
        rows = self._mine(person).sort("timestamp", "message_id", "line")
        told = [_plain(row) for row in _sayable(rows).iter_rows(named=True)]
        return {"events": told} if told else {}

    def purge(self, person: Person) -> Mapping[str, int]:
        """Remove every line, also those of devices that others used too."""
        calls = self._mine(person)["message_id"].unique().to_list()
        ids = [one for one in person.ids if self._is_own(one, person)]
        count = self._history.forget(ids, calls)
        return {"events": count} if count else {}

    def _mine(self, person: Person) -> pl.DataFrame:
        """Lines of the person, and of devices that nobody else identified on."""
        ids = [one for one in person.ids if self._is_own(one, person)]
        return self._history.scan().filter(pl.col("shopper_id").is_in(ids)).collect()

    def _is_own(self, one: str, person: Person) -> bool:
        return not one.startswith(ANONYMOUS) or self._alone(one, person)

    def _alone(self, anonymous: str, person: Person) -> bool:
        """Whether nobody else identified on that device."""
        bare = anonymous.removeprefix(ANONYMOUS)
        others = (
            self._history.scan()
            .filter(
                pl.col("event") == "identify",
                ~pl.col("shopper_id").is_in(list(person.ids)),
                pl.col("properties").str.json_path_match("$.anonymousId") == bare,
            )
            .select(pl.len())
            .collect()
        )
        return int(others.item()) == 0


class TablesPersonal:
    """Derived tables, each rewritten whole; see ``PersonalStore``."""

    name = "tables"

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def aliases(self, person: Person) -> Person:
        """With the address in the table of contacts."""
        if "contacts" not in self._tables.names():
            return person
        frame = self._tables.get("contacts")
        mine = frame.filter(pl.col("shopper_id").is_in(list(person.ids)))
        return person.joined(addresses=mine["email"].drop_nulls().to_list())

    def held(self, person: Person) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Every row about the person, by table."""
        found: dict[str, Sequence[Mapping[str, object]]] = {}
        for name in self._tables.names():
            frame = self._tables.get(name)
            which = _which(frame, person)
            rows = frame.filter(which) if which is not None else frame.clear()
            if len(rows):
                found[name] = [_plain(row) for row in _sayable(rows).iter_rows(named=True)]
        return found

    def purge(self, person: Person) -> Mapping[str, int]:
        """Remove the rows; in books they stay, under other names."""
        counts: dict[str, int] = {}
        for name in self._tables.names():
            frame = self._tables.get(name)
            which = _which(frame, person)
            mine = frame.filter(which) if which is not None else frame.clear()
            if len(mine) and which is not None:
                books = name.startswith(BOOKS)
                rest = _renamed(frame, person) if books else frame.filter(~which)
                self._tables.put(name, rest)
                counts[name] = len(mine)
        return counts


def _which(frame: pl.DataFrame, person: Person) -> pl.Expr | None:
    """Rows that name the person or something made for them; ``None`` where none could."""
    clauses = [
        pl.col(name).is_in(list(values)).fill_null(value=False)
        for name, values in (("shopper_id", person.ids), *((one, person.marks) for one in _MARKED))
        if frame.schema.get(name) == pl.String()
    ]
    return pl.any_horizontal(clauses) if clauses else None


def _renamed(frame: pl.DataFrame, person: Person) -> pl.DataFrame:
    """The frame with other names in place of those that lead to the person."""
    names = {value: pseudonym(person, value) for value in (*person.ids, *person.marks)}
    columns = [one for one in ("shopper_id", *_MARKED) if frame.schema.get(one) == pl.String()]
    return frame.with_columns(pl.col(one).replace(names) for one in columns)


def _in_calendar(lines: pl.DataFrame) -> pl.DataFrame:
    """Those at a time that Python's calendar has room for."""
    return lines.filter(pl.col("timestamp").dt.year().is_between(MINYEAR + 1, MAXYEAR - 1))


def _sayable(rows: pl.DataFrame) -> pl.DataFrame:
    """With columns of times as text where one is beyond Python's calendar."""
    times = [name for name, dtype in rows.schema.items() if isinstance(dtype, pl.Datetime)]
    beyond = [
        name
        for name in times
        if not rows[name].dt.year().is_between(MINYEAR + 1, MAXYEAR - 1).all()
    ]
    return rows.with_columns(pl.col(beyond).dt.to_string("iso:strict"))


def _plain(row: Mapping[str, object]) -> dict[str, object]:
    """A row as JSON can say it."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
        if value is not None
    }
