"""What a database says, as our three families of errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import (
    SQLITE_BUSY,
    SQLITE_CANTOPEN,
    SQLITE_CORRUPT,
    SQLITE_FULL,
    SQLITE_IOERR,
    SQLITE_LOCKED,
    SQLITE_NOTADB,
    SQLITE_READONLY,
)
from sqlite3 import Error as SqliteError
from sqlite3 import IntegrityError as SqliteIntegrityError

import msgspec
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from promoloop.core import InvalidError, PromoloopError, RefusedError, UnavailableError

__all__ = ["explained"]

_BROKEN = ("the file is not a sound database", "Restore it from a backup, or name another file.")
_LOCKED = (
    "another process holds it locked",
    "Wait for that process or end it, then run this again.",
)
_UNAVAILABLE = {
    SQLITE_BUSY: _LOCKED,
    SQLITE_LOCKED: _LOCKED,
    SQLITE_READONLY: ("it may only be read", "Give write permission to the file and its folder."),
    SQLITE_FULL: ("the disk is full", "Free some space, then run this again; nothing was written."),
    SQLITE_IOERR: (
        "reading or writing the disk failed",
        "Check the disk and the space left on it, then run this again.",
    ),
    SQLITE_CANTOPEN: (
        "it cannot be opened",
        "Check that the folder exists and that you may write to it.",
    ),
}
#: A transaction that may only read, and a user who may not write.
_READ_ONLY = ("25006", "42501")
#: The class of values beyond a limit, such as a text too long for an index.
_TOO_LARGE = "54"


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Turn what the driver raises about the database ``where`` into errors of ours.

    Raises
    ------
    InvalidError
        A corrupt file, a value that cannot be read, or one the database does not take.
    RefusedError
        A row that somebody else wrote at the same moment.
    UnavailableError
        Locked, full, read-only, missing, unreachable, or all connections are in use.
    """
    try:
        yield
    except StatementError as error:
        raise _family(error, where) from error
    except SqliteError as error:  # of a statement that was handed to the driver itself
        kind = IntegrityError if isinstance(error, SqliteIntegrityError) else OperationalError
        raise _family(kind(None, None, error), where) from error
    except PoolTimeoutError as error:
        raise UnavailableError(
            f"the database {where}",
            "all connections to it are in use",
            "Try again in a moment; if it stays so, look for what holds them.",
        ) from error
    except UnicodeError as error:
        raise _not_text(where, error) from error
    except msgspec.MsgspecError as error:
        raise InvalidError(
            f"the database {where}",
            f"a stored value cannot be read ({error})",
            "Restore it from a backup.",
        ) from error


def _family(error: StatementError, where: str) -> Exception:
    asked = f"the database {where}"
    if isinstance(error.orig, PromoloopError):  # raised by a column type, wrapped on the way
        return error.orig
    if isinstance(error.orig, UnicodeError):
        return _not_text(where, error.orig)
    if isinstance(error, IntegrityError):
        return _conflict(error, asked)
    return _state_of_file(error, asked)


def _state_of_file(error: StatementError, asked: str) -> Exception:
    # the lowest byte is SQLite's primary code, the others refine it
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    if code in (SQLITE_CORRUPT, SQLITE_NOTADB):
        return InvalidError(asked, *_BROKEN)
    if code in _UNAVAILABLE:
        return UnavailableError(asked, *_UNAVAILABLE[code])
    state = getattr(error.orig, "sqlstate", None) or ""  # PostgreSQL's five letters
    if state in _READ_ONLY:
        return UnavailableError(asked, *_UNAVAILABLE[SQLITE_READONLY])
    if isinstance(error, DataError) or state.startswith(_TOO_LARGE):
        return InvalidError(asked, f"a value does not fit ({error.orig})", "Mend or shorten it.")
    if isinstance(error, OperationalError) or _connection_lost(error):
        return UnavailableError(
            asked, f"it answers: {error.orig}", "Check that it runs and has space, then retry."
        )
    return error


def _not_text(where: str, error: UnicodeError) -> InvalidError:
    return InvalidError(
        f"the database {where}",
        f"a text cannot be written as UTF-8 ({error})",
        "Mend the broken characters in the input.",
    )


def _connection_lost(error: StatementError) -> bool:
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _conflict(error: IntegrityError, asked: str) -> PromoloopError:
    text = str(error.orig)
    if "unique" in text.lower():
        return RefusedError(
            asked, f"another writer was first ({text})", "Read again, then decide what to write."
        )
    return InvalidError(
        asked, f"a value is missing or not allowed ({text})", "Complete the record."
    )
