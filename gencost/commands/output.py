"""The files that a command line names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from gencost.errors import MetricsDBError, ReportError
from gencost.report.safe_csv import write_safe_csv

_FIGURES = (".png", ".svg", ".pdf", ".jpg")
PAGES = (".html", ".htm")
YAML = (".yaml", ".yml")
_FORMS = frozenset(
    {
        *(*_FIGURES, *PAGES, *YAML, ".jpeg", ".gif", ".webp", ".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet"),
        *(".xlsx", ".xls", ".docx", ".odt", ".pptx", ".md", ".tex", ".txt", ".xml", ".ipynb", ".zip", ".gz", ".sqlite"),
    }
)
"""Endings by which a program is chosen that opens a file; of any other the user knows best."""


def check_answered(calls: pd.DataFrame) -> None:
    """Refuse to price nothing, which would be a table without a row.

    Raises:
        MetricsDBError: no call was answered.
    """
    if calls.empty:
        raise MetricsDBError(
            "no call of these runs was answered, so there is nothing to price: name others, see gencost list"
        )


def write_text(path: str, text: str, flag: str) -> None:
    """Write a file that the user named.

    Raises:
        ReportError: it cannot be written.
    """
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReportError(f"{flag} {path}: cannot be written: {error.strerror}") from None


def check_folder(path: str, flag: str = "-o") -> None:
    """Refuse, before anything is computed, a file whose folder is not there, or that is a folder itself.

    Raises:
        ReportError: it is not, or it is.
    """
    if not Path(path).absolute().parent.is_dir():
        raise ReportError(f"{flag} {path}: its folder does not exist; make it first")
    if Path(path).is_dir():
        raise ReportError(f"{flag} {path}: is a folder; name a file in it")


def check_form(path: str, flag: str, endings: Sequence[str]) -> None:
    """Refuse, before anything is computed, a file whose ending names another form than what is written.

    Raises:
        ReportError: it does.
    """
    ending = Path(path).suffix.lower()
    if ending in _FORMS and ending not in endings:
        raise ReportError(
            f"{flag} {path}: cannot be written as {ending}; name a file that ends in {' or '.join(endings)}"
        )


def check_figure(path: str, flag: str) -> None:
    """Refuse, before anything is computed, a file that no figure can be drawn into.

    Raises:
        ReportError: it has another ending, or its folder is not there.
    """
    if Path(path).suffix.lower() not in ("", *_FIGURES):
        raise ReportError(f"{flag} {path}: name a file that ends in {', '.join(_FIGURES)}")
    check_folder(path, flag)


def check_calls_file(path: str | None) -> None:
    """Refuse, before anything is computed, a file that the calls cannot be written to.

    Args:
        path: None if none is to be written.

    Raises:
        ReportError: it has another ending, or its folder is not there.
    """
    if path is None:
        return
    if Path(path).suffix not in (".csv", ".json"):
        raise ReportError(f"-o {path}: name a file that ends in .csv or .json")
    check_folder(path)


def write_calls(calls: pd.DataFrame, path: str | None) -> None:
    """Write repriced calls; amounts stay whole pico-dollars, which are exact.

    Args:
        calls: one row each, see ``gencost.analysis.bills.reprice``.
        path: ends in .csv or .json; None writes nothing.

    Raises:
        ReportError: it cannot be written.
    """
    if path is None:
        return
    shown = calls.rename(columns={"cost_pico_usd": "billed_pico_usd"})
    place = shown.columns.get_loc("repriced_pico_usd") + 1
    shown.insert(place, "difference_pico_usd", shown["repriced_pico_usd"] - shown["billed_pico_usd"])
    try:
        if path.endswith(".json"):
            shown.to_json(path, orient="records", indent=1)
        else:
            with Path(path).open("w", encoding="utf-8", newline="") as file:
                write_safe_csv(shown, file)
    except OSError as error:
        raise ReportError(f"-o {path}: cannot be written: {error.strerror or error}") from None
