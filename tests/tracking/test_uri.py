"""The command that shows a local store can be pasted into a shell as it is printed."""

from __future__ import annotations

import shlex

from gencost.tracking.uri import ui_command


def test_a_folder_with_spaces_stays_one_word():
    words = shlex.split(str(ui_command("sqlite:////home/my folder/mlflow.db")))
    assert words[-1] == "sqlite:////home/my folder/mlflow.db"
