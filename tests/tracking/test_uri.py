"""The command that shows a local store can be pasted into a shell as it is printed."""

from __future__ import annotations

import shlex

import pytest

from gencost.cli import main
from gencost.errors import TrackingError
from gencost.metrics_db import init_db
from gencost.tracking.client import metric_key
from gencost.tracking.uri import check, links, shown, ui_command


def test_a_folder_with_spaces_stays_one_word():
    words = shlex.split(str(ui_command("sqlite:////home/my folder/mlflow.db")))
    assert words[-1] == "sqlite:////home/my folder/mlflow.db"


@pytest.mark.parametrize(
    ("uri", "seen"),
    [
        ("http://ann:pw@host:5000", "http://ann@host:5000"),
        ("http://ann:p@w@host/x", "http://ann@host/x"),
        ("http://ann@host", "http://ann@host"),
        ("http://host:5000", "http://host:5000"),
        ("sqlite:////a 50% b/mlflow.db", "sqlite:////a 50% b/mlflow.db"),
    ],
)
def test_a_uri_keeps_its_user_and_loses_its_password(uri, seen):
    assert shown(uri) == seen
    assert "pw" not in "".join(links(uri, "1", ["r"]))


def test_a_store_that_nobody_knows_is_refused_before_anything_is_paid_for():
    with pytest.raises(TrackingError, match="MLflow store htp://ann@bad: no store begins with htp://: fix"):
        check("htp://ann:pw@bad", "demo")
    for server in ("127.0.0.1:5000", "localhost:5000/", "mlflow.example.org:443/x"):
        with pytest.raises(TrackingError, match=f"MLflow store {server} would be a folder: write http://{server}"):
            check(server, "e")
    for known in ("postgresql+psycopg://host/db", "databricks", "databricks://profile"):
        check(known, "demo")


def test_a_folder_is_refused_before_anything_is_paid_for_as_mlflow_refuses_it_after(monkeypatch):
    for folder in ("./folder", "folder", "file:///x", "/tmp/x"):
        monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE", raising=False)
        with pytest.raises(
            TrackingError, match=f"MLflow store {folder} is a folder, which MLflow refuses: write sqlite"
        ):
            check(folder, "demo")
        monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "True")
        check(folder, "demo")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("score_mean_MAP@k (x=1)", "score_mean_MAP_k _x_1_"),
        ("score_mean_a/b", "score_mean_a/b"),
        ("score_mean_//x/", "score_mean_/x"),
        ("latency_p50_ms", "latency_p50_ms"),
    ],
)
def test_a_metric_has_a_name_that_mlflow_takes(name, key):
    assert metric_key(name) == key


@pytest.mark.parametrize("action", ["sync", "repair"])
def test_a_store_that_cannot_be_is_refused_where_nothing_is_to_do(action, capsys):
    init_db().dispose()
    with pytest.raises(SystemExit) as ended:
        main(["mlflow", action, "--uri", "htp://x"])
    assert ended.value.code == 2
    assert "MLflow store htp://x: no store begins with htp://" in capsys.readouterr().err
