"""How much the server takes in: ``python bench/serve.py``, the last line is one JSON object.

Everything is durable: an answer is given once it is on disk (SQLite ``synchronous=FULL``,
PostgreSQL ``fsync`` and ``synchronous_commit`` on). The server has one worker; PostgreSQL and the
load generator share the machine's cores with it. ``--only decide`` measures one part.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from harness import finish, machine, parser_for
from promoloop.testing.postgres import EmptyDatabases, running_postgres
from serve_decide import decide
from serve_events import events

#: Each takes the kind of database, a folder for the shop, the URLs of two empty databases, and
#: for how long to measure; it gives figures by name.
Part = Callable[[str, Path, str, str, float], Mapping[str, float]]
PARTS: Mapping[str, Part] = {"decide": decide, "events": events}


def main() -> None:
    """Measure what was asked for; print the figures, and all of them again as one line."""
    parser = parser_for(__doc__, "0")
    parser.add_argument("--only", choices=[*PARTS], action="append", help="measure one part")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each figure takes")
    options = parser.parse_args()
    figures: dict[str, object] = {"machine": machine("sqlalchemy", "fastapi", "uvicorn", "psycopg")}
    with tempfile.TemporaryDirectory() as name, running_postgres() as server:
        databases = EmptyDatabases(server, "bench")
        for part in options.only or PARTS:
            for kind in ("sqlite", "postgres"):
                folder = Path(name, f"{part}-{kind}")
                folder.mkdir()
                urls = [f"sqlite:///{folder}/{which}.db" for which in ("first", "second")]
                if kind == "postgres":
                    made = [databases.make() for _ in urls]
                    urls = [url.render_as_string(hide_password=False) for url in made]
                found = PARTS[part](kind, folder, *urls, options.seconds)
                for what, figure in found.items():
                    figures[what] = round(figure, 2)
                    if not options.json:
                        print(f"{what:<36} {figure:12.2f}", flush=True)
    finish(figures)


if __name__ == "__main__":
    main()
