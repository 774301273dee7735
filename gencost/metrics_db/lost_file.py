"""A SQLite file that is taken away while calls are recorded in it: nothing that was recorded is lost.

A file that is removed, renamed or replaced lives on for who has it open. One connection is held open for that, so that
answers under way are still recorded, and all of it is copied to a new file beside the old place.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine

from gencost.errors import MetricsDBError


class WatchedFile:
    """Watches the file of a SQLite metrics DB; of any other database it does nothing.

    Args:
        engine: of the metrics DB.

    Attributes:
        held: the connection that has the file open, also when it is gone, on which its rows are written; None for any
            other database.
    """

    def __init__(self, engine: Engine) -> None:
        """Begin with the file that is there now."""
        path = engine.url.database if engine.dialect.name == "sqlite" else None
        self._path = Path(path).absolute() if path else None
        self._inode = self._now()
        self.held: Connection | None = None
        if self._path is not None:
            self.held = engine.connect()
            self.held.exec_driver_sql("SELECT version FROM schema_version")  # the first statement opens the file
            self.held.rollback()

    def is_gone(self) -> bool:
        """Whether the file is no longer the one that is written."""
        return self._path is not None and self._now() != self._inode

    def error(self) -> MetricsDBError:
        """Return the one line about it."""
        return MetricsDBError(
            f"{self._path} was removed or replaced while calls were recorded in it; all that it held is in {self.copy},"
            f" which --db sqlite:///{self.copy} reads"
        )

    @property
    def copy(self) -> Path:
        """The file that all of it is copied to."""
        path = self._path or Path()
        return path.with_name(f"{path.stem}.rescued-{self._inode}{path.suffix}")

    def rescue(self) -> None:
        """Copy what the held connection sees; an earlier copy is replaced when the new one is whole."""
        if self.held is None:
            raise MetricsDBError("only a file of SQLite can be taken away")
        made = self.copy.with_suffix(".making")
        made.unlink(missing_ok=True)
        self.held.rollback()
        raw = self.held.connection.dbapi_connection
        if raw is None:
            raise self.error()
        raw.execute("VACUUM INTO ?", (str(made),))
        made.replace(self.copy)

    def close(self) -> None:
        """Let go of the file."""
        if self.held is not None:
            self.held.close()

    def _now(self) -> int | None:
        try:
            return None if self._path is None else self._path.stat().st_ino
        except OSError:
            return None
