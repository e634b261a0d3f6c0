"""Bring a database to the newest schema, by Alembic.

There is no ``env.py``: the connection comes from us, so that all steps run in one transaction of
ours and a killed upgrade leaves the database as it was.
"""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.tables import HEAD, METADATA
from promoloop.core import RefusedError

__all__ = ["migrate", "upgrade"]


def upgrade(url: str) -> None:
    """Bring the database at ``url`` to the newest schema; see ``migrate``."""
    database = Database(url)
    try:
        migrate(database)
    finally:
        database.close()


def migrate(database: Database) -> None:
    """Bring ``database`` to the newest schema; nothing happens when it is there already.

    Raises
    ------
    RefusedError
        The database stands at a revision this version does not know, or holds other tables.
    """
    with database.read() as connection:
        if _revision(connection) == HEAD:
            return
    with database.write() as connection:
        _require_ours(connection, database.where)
        _run(connection)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _require_ours(connection: Connection, where: str) -> None:
    """Refuse what was not made by a promoloop as old as this one or older."""
    revision = _revision(connection)
    if revision is None:
        theirs = set(inspect(connection).get_table_names()) & set(METADATA.tables)
        if theirs:
            raise RefusedError(
                f"the database {where}",
                f"it holds tables of another program ({', '.join(sorted(theirs))})",
                "Name another file or another database.",
            )
        return
    try:
        _scripts().get_revision(revision)
    except CommandError as error:
        raise RefusedError(
            f"the database {where}",
            f"it is at revision {revision!r}, newer than this version knows ({HEAD!r})",
            "Update promoloop, or open a copy made before the update.",
        ) from error


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def _run(connection: Connection) -> None:
    scripts = _scripts()

    def steps(revision: str, _context: MigrationContext) -> list[RevisionStep]:
        return scripts._upgrade_revs("head", revision)

    with EnvironmentContext(Config(), scripts, fn=steps) as environment:
        environment.configure(connection=connection, target_metadata=METADATA)
        environment.run_migrations()
