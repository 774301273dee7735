"""The way to a provider: proxies, certificates, and what cannot be used."""

from __future__ import annotations

import asyncio
import json

import pytest
from scripted import http, request
from test_wire import WHOLE

from gencost.errors import ConfigError, ProviderError
from gencost.providers.network import proxy_for, tls_context
from gencost.providers.openai import OpenAIProvider
from gencost.types import Response

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("environment", "url", "proxy"),
    [
        ({}, "https://api.example/v1", None),
        ({"HTTPS_PROXY": "http://proxy:3128"}, "https://api.example/v1", "http://proxy:3128"),
        ({"https_proxy": "proxy:3128"}, "https://api.example/v1", "http://proxy:3128"),
        ({"HTTP_PROXY": "http://proxy:3128"}, "https://api.example/v1", None),
        ({"ALL_PROXY": "http://proxy:3128"}, "http://api.example/v1", "http://proxy:3128"),
        ({"ALL_PROXY": "http://proxy:3128", "NO_PROXY": "api.example,b"}, "http://api.example/v1", None),
        ({"ALL_PROXY": "http://proxy:3128", "NO_PROXY": ".example"}, "http://api.example:8000/v1", None),
        ({"ALL_PROXY": "http://proxy:3128", "NO_PROXY": "*"}, "http://api.example/v1", None),
    ],
)
def test_the_environment_names_the_proxy(monkeypatch, environment, url, proxy):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(url, None) == proxy


def test_the_key_comes_before_the_environment(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "http://proxy:3128")
    assert proxy_for("http://a/v1", "http://other:1") == "http://other:1"
    assert proxy_for("http://a/v1", "none") is None


def test_a_proxy_that_cannot_be_used_is_refused_without_its_password(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://user:canary@proxy:1080")
    provider = OpenAIProvider(name="p", base_url="http://a/v1")
    with pytest.raises(ConfigError, match="the environment names the proxy socks5://user:") as caught:
        provider.check("m")
    assert "canary" not in str(caught.value)


def test_requests_go_through_the_proxy():
    """The host exists nowhere: only the proxy is asked, for the whole URL, with its own password."""
    heads = []

    async def answer(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        heads.append(head)
        await reader.readexactly(int(head.lower().split("content-length:")[1].split("\r\n")[0]))
        writer.write(http(WHOLE))
        await writer.drain()
        writer.close()

    async def main():
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        proxy = f"http://me:pw@127.0.0.1:{server.sockets[0].getsockname()[1]}"
        provider = OpenAIProvider(name="p", base_url="http://nowhere.invalid/v1", proxy=proxy)
        try:
            return await provider.complete(request())
        finally:
            await provider.aclose()
            server.close()

    response = asyncio.run(main())
    assert isinstance(response, Response)
    assert response.text == "Yes"
    assert heads[0].startswith("POST http://nowhere.invalid/v1/chat/completions HTTP/1.1")
    assert "Proxy-Authorization: Basic bWU6cHc=" in heads[0]


@pytest.mark.parametrize(("status", "kind"), [("407 Who", "auth"), ("403 No", "auth"), ("503 Later", "server_error")])
def test_a_proxy_that_opens_no_tunnel_is_told_by_its_status(status, kind):
    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(http(b"", status=status))
        await writer.drain()
        writer.close()

    async def main():
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        proxy = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        provider = OpenAIProvider(name="p", base_url="https://nowhere.invalid/v1", proxy=proxy)
        try:
            await provider.complete(request())
        except ProviderError as error:
            return error
        finally:
            await provider.aclose()
            server.close()

    error = asyncio.run(main())
    assert (error.error_type, f"the proxy refused: HTTP {status}" in str(error)) == (kind, True)


def test_certificates_that_cannot_be_read_are_refused_before_the_first_call(tmp_path, monkeypatch):
    broken = tmp_path / "ca.pem"
    broken.write_text(json.dumps({"no": "certificate"}))
    with pytest.raises(ConfigError, match="provider.ca_file=.*: no certificates can be read"):
        OpenAIProvider(name="p", base_url="https://a/v1", ca_file=str(broken)).check("m")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    with pytest.raises(ConfigError, match="REQUESTS_CA_BUNDLE=.*missing.pem"):
        tls_context(None)


def test_a_server_that_speaks_no_tls_is_not_asked_again():
    async def plain(_reader, writer):
        writer.write(b"HTTP/1.1 400 Bad\r\n\r\n")
        await writer.drain()
        writer.close()

    async def main():
        server = await asyncio.start_server(plain, "127.0.0.1", 0)
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        provider = OpenAIProvider(name="p", base_url=url)
        try:
            await provider.complete(request())
        except Exception as error:
            return error
        finally:
            await provider.aclose()
            server.close()

    assert asyncio.run(main()).error_type == "tls"
