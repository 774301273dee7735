"""A packet that a strict parser of HTTP refuses, in pieces of which it takes those before the fault.

An answer may be whole although its server counts wrongly, repeats a header or sends more than announced; RFC 9112, 2.2,
5.1 and 6.3, says what a reader may take all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_HEAD_END = b"\r\n\r\n"
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*(.*)", re.S)
_LENGTH, _CODING = b"content-length", b"transfer-encoding"


def pieces(packet: bytes) -> list[bytes]:
    """Cut a packet so that a parser meets what is wrong after all else.

    Args:
        packet: with the head of an answer at its begin.

    Returns:
        The head, without lines other than headers, repeated lengths, and a length beside chunks; then the
        lines of the rest. Empty if the packet does not begin with a whole head.
    """
    head, end, body = packet.partition(_HEAD_END)
    if not (end and head.startswith(b"HTTP/")):
        return []
    status, *lines = head.split(b"\r\n")
    kept = b"\r\n".join([status, *_headers(lines)])
    return [kept + _HEAD_END, *body.splitlines(keepends=True)]


def _headers(lines: list[bytes]) -> Iterator[bytes]:
    headers = [header for line in lines if (header := _HEADER.fullmatch(line))]
    named = [(header[1].lower(), b"%b: %b" % header.groups()) for header in headers]
    chunked = any(name == _CODING for name, _ in named)
    for name, line in dict.fromkeys(named):
        if not (chunked and name == _LENGTH):
            yield line
