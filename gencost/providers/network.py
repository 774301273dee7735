"""The way to a provider's host: through which proxy, and whose certificates are trusted."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from gencost.errors import ConfigError
from gencost.masking import masked

_CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def proxy_for(url: str, configured: str | None) -> str | None:
    """Find the proxy of a URL.

    Args:
        url: where requests go.
        configured: ``provider.proxy``: a URL, ``none`` for none, None for what ``HTTP_PROXY``, ``HTTPS_PROXY``,
            ``ALL_PROXY`` and ``NO_PROXY`` say.

    Returns:
        Its URL, which may hold a password; None without one.

    Raises:
        ConfigError: it is of a kind that cannot be used.
    """
    if configured is not None:
        place, proxy = "provider.proxy", "" if configured.lower() == "none" else configured
    else:
        parts, named = urlsplit(url), getproxies()
        place, proxy = "the environment", named.get(parts.scheme) or named.get("all") or ""
        if proxy_bypass(parts.netloc.rpartition("@")[2]) or proxy_bypass(parts.hostname or ""):
            proxy = ""
    if not proxy:
        return None
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    if urlsplit(proxy).scheme not in {"http", "https"} or not urlsplit(proxy).hostname:
        raise ConfigError(
            f"{place} names the proxy {masked(proxy)}: only http://HOST:PORT can be used; set provider.proxy to one, "
            "or to none"
        )
    return proxy


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """Trust the system's certificates and those of a company's own authority.

    Args:
        ca_file: ``provider.ca_file``: certificates in PEM; None for those that ``SSL_CERT_FILE``,
            ``REQUESTS_CA_BUNDLE`` or ``CURL_CA_BUNDLE`` names.

    Raises:
        ConfigError: there is no such file, or it holds no certificates.
    """
    context = ssl.create_default_context()
    named = [("provider.ca_file", ca_file)] if ca_file else [(name, os.environ.get(name)) for name in _CA_VARIABLES]
    for place, path in named:
        if not path:
            continue
        try:
            is_folder = Path(path).expanduser().is_dir()
            trusted = str(Path(path).expanduser())
            context.load_verify_locations(cafile=None if is_folder else trusted, capath=trusted if is_folder else None)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"{place}={path}: no certificates can be read from it: {error}") from None
    return context
