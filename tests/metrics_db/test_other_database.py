"""The table of another program, by its name in capital or small letters."""

from __future__ import annotations

import sqlite3

import pytest

from gencost.errors import MetricsDBError
from gencost.metrics_db.other_database import foreign_rows, is_url


def test_a_table_is_read_whatever_the_case_of_its_name(tmp_path):
    with sqlite3.connect(tmp_path / "log.sqlite") as log:
        log.execute("CREATE TABLE spend (id INTEGER)")
        log.execute("CREATE TABLE other (id INTEGER)")
        log.executemany("INSERT INTO spend VALUES (?)", [(1,), (2,)])
    log.close()
    url = f"sqlite:///{tmp_path}/log.sqlite"
    assert [row["id"] for row in foreign_rows(url, "Spend")] == [1, 2]
    with pytest.raises(MetricsDBError, match="has no table spent"):
        list(foreign_rows(url, "spent"))


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("sqlite:///a", True),
        ("postgresql://h/d", True),
        ("file:///a", False),
        ("https://h/d", False),
        ("a.jsonl", False),
    ],
)
def test_a_url_of_a_database_is_told_from_a_file_and_from_a_page(path, is_one):
    assert is_url(path) is is_one
