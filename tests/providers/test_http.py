from __future__ import annotations

import pytest
from scripted import http

from gencost.errors import ConfigError
from gencost.providers.openai import OpenAIProvider

KEY = "sk-canary-0123456789"


def keyed(url, **settings):
    return OpenAIProvider(name="openai", base_url=url, api_key_env="TEST_KEY", **settings)


def test_the_key_is_sent_in_its_header_and_in_no_error(ask, monkeypatch):
    monkeypatch.setenv("TEST_KEY", KEY)
    echo = http({"error": f"bad key {KEY} of header x-secret: canary-two"}, status="401 Unauthorized")
    error, said = ask(lambda url: keyed(url, headers={"x-secret": "canary-two"}), echo)
    assert f"Bearer {KEY}" in said.heads[0]
    assert error.error_type == "auth"
    assert "canary" not in str(error)
    assert "***" in str(error)


def test_a_missing_key_is_one_clear_line_before_any_call(monkeypatch):
    monkeypatch.delenv("TEST_KEY", raising=False)
    with pytest.raises(ConfigError, match="TEST_KEY is not set: openai needs its key in the environment or in .env"):
        keyed("https://api.openai.com/v1").check("m")


@pytest.mark.parametrize("url", ["", "api.openai.com", "ftp://x", "https://user:secret@host/v1"])
def test_an_address_that_is_none_is_refused_without_its_password(url):
    with pytest.raises(ConfigError, match="provider.base_url") as caught:
        keyed(url)
    assert "secret@" not in str(caught.value)


def test_a_redirect_is_not_followed(ask, monkeypatch):
    monkeypatch.setenv("TEST_KEY", KEY)
    elsewhere = http(b"", status="307 Temporary Redirect", Location="http://127.0.0.1:9/steal")
    error, said = ask(keyed, elsewhere)
    assert (error.error_type, len(said.heads)) == ("redirect", 1)


def test_the_same_address_and_key_are_one_account():
    assert keyed("https://a/v1").account == keyed("https://a/v1", stream=True).account
    assert keyed("https://a/v1").account != keyed("https://b/v1").account
