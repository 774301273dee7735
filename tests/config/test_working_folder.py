"""The file .env of the working folder."""

from __future__ import annotations

import os
import threading

import pytest

from gencost.cli import main
from gencost.config.working_folder import load_env_file
from gencost.errors import ConfigError


@pytest.fixture
def env_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENV_FILE_KEY", raising=False)
    return tmp_path / ".env"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_its_keys_are_set_whatever_mark_an_editor_puts_first(env_file, mark):
    env_file.write_bytes(mark + b'ENV_FILE_KEY="a b"\r\n')
    load_env_file()
    assert os.environ.pop("ENV_FILE_KEY") == "a b"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_it_may_be_a_pipe_as_managers_of_passwords_give_it(env_file):
    os.mkfifo(env_file)
    writer = threading.Thread(target=env_file.write_text, args=("ENV_FILE_KEY=1",), daemon=True)
    writer.start()
    load_env_file()
    writer.join(5)
    assert os.environ.pop("ENV_FILE_KEY") == "1"


def test_a_line_that_cannot_be_read_is_named_and_the_others_hold(env_file, capsys, caplog):
    env_file.write_text('SECRET="canary\nENV_FILE_KEY=1\n')
    load_env_file()
    assert caplog.text == ""
    err = capsys.readouterr().err
    assert err == f"gencost: {env_file} line 1: left out, as it cannot be read: write NAME=value\n"
    assert os.environ.pop("ENV_FILE_KEY") == "1"


def test_a_file_that_is_not_utf_8_is_one_line(env_file, capsys):
    env_file.write_bytes("KEY=1".encode("utf-16"))  # as PowerShell writes it
    with pytest.raises(ConfigError, match="save it as"):
        load_env_file()
    with pytest.raises(SystemExit) as ended:
        main(["list"])
    assert (ended.value.code, capsys.readouterr().err.count("\n")) == (2, 1)


def test_without_it_nothing_happens(env_file):
    load_env_file()
    env_file.mkdir()
    load_env_file()
