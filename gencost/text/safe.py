"""Text from outside, made safe to keep and to show: what a provider, a file or a user's code says may hold anything."""

from __future__ import annotations

import re

REPLACEMENT = "\ufffd"

_UNSAFE = re.compile("[\x00\ud800-\udfff]")
# C0 and C1 controls but tab and line feed: they move the cursor, ring, set titles, and begin ANSI sequences.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# They turn the rest of a line around.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")


def storable(text: str) -> str:
    """Make a text that every database keeps as it is.

    Args:
        text: may hold NUL and halves of UTF-16 pairs, as ``json.loads`` and file systems give them.

    Returns:
        Two halves that belong together as their character, NUL and lone halves as U+FFFD.
    """
    if text.isascii():
        return text if "\x00" not in text else text.replace("\x00", REPLACEMENT)
    if _UNSAFE.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\x00", REPLACEMENT)


def for_terminal(text: str) -> str:
    r"""Write control characters as Python would, ESC as ``\x1b``, so that a text cannot command a terminal."""
    if text.isascii() and text.isprintable():
        return text
    return _BIDI.sub(_escaped, _CONTROL.sub(_escaped, storable(text)))


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()
