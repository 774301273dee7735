"""The refusal of a row of a file: raised, or in the place of the row where each is judged by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


class TabularError(ValueError):
    """The file cannot be read as rows; the text names the file, the place and the remedy."""


class CellError(ValueError):
    """A cell has no value that could be read; the text names it and the remedy."""


@dataclass(frozen=True)
class RowsWanted:
    """The way to read a file.

    Attributes:
        delimiter: of CSV; None finds it.
        typed: numbers remember how they were written.
        lenient: what is wrong with a row is given in its place.
    """

    delimiter: str | None
    typed: bool
    lenient: bool = False

    @property
    def errors(self) -> str:
        """The error handler for bytes that are not UTF-8: they are kept where each row is judged by itself."""
        return "surrogateescape" if self.lenient else "strict"

    def refused(self, error: TabularError) -> TabularError:
        """Return the refusal in the place of a row, or raise it."""
        if not self.lenient:
            raise error
        return error
