"""doit's own database is a cache: a disk that refuses it, or a damaged file, never stops a command."""

import functools
import sqlite3
import sys
from collections.abc import Callable
from typing import Any

from doit.dependency import DatabaseException, MD5Checker, SqliteDB

from ..text.sentences import t

_METHODS = ("_get_task_data", "in_", "remove", "remove_all", "dump")


class FileChecker(MD5Checker):  # type: ignore[misc]
    """doit's own comparison of files; one that a place was left out of making has a state too: it is not there."""

    def get_state(self, dep: str, current_state: Any) -> Any:
        try:
            return super().get_state(dep, current_state)
        except FileNotFoundError:
            return 0.0, -1, ""


def spare() -> None:
    """Let doit go on in memory where its database cannot be read or written, and say so once.

    doit has no setting for it: it ends with a traceback, also when a disk is full only after all work was done.
    """
    if SqliteDB._sqlite3 is not _opened:
        SqliteDB._sqlite3 = _opened
        for name in _METHODS:
            setattr(SqliteDB, name, _spared(getattr(SqliteDB, name)))


_open = SqliteDB._sqlite3


def _opened(database: Any, name: str) -> Any:
    try:
        return _open(database, name)
    except (sqlite3.DatabaseError, DatabaseException) as error:
        return _in_memory(database, error)


def _spared(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def wrapped(database: Any, *args: Any) -> Any:
        try:
            return method(database, *args)
        except sqlite3.DatabaseError as error:
            database._conn = _in_memory(database, error)
            return method(database, *args)

    return wrapped


def _in_memory(database: Any, error: BaseException) -> Any:
    cause = error.__context__ if isinstance(error, DatabaseException) else error
    said = t(
        "doit's notes, {file}, cannot be used: {cause}\n  -> nothing is lost by it; make room there, or: rm {file}",
        file=database.name,
        cause=cause,
    )
    print(said, file=sys.stderr)  # noqa: T201 - the person reads it
    return _open(database, ":memory:")
