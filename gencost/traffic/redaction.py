"""Rules that replace parts of a text before anything of it is stored or hashed: a few kept here, others from YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gencost.errors import ConfigError, nearest
from gencost.masking import masked_text

# name -> pattern; each match becomes [name]. Wide rather than narrow: what is taken by mistake is a word less.
RULES: Mapping[str, str] = {
    "email": r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+",
    "url_login": r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)",
    "iban": r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){3,7}(?:[ ]?[A-Z0-9]{1,3})?\b",
    "card": r"\b(?:\d[ \-]?){13,18}\d\b",
    "ip": r"\b(?:\d{1,3}\.){3}\d{1,3}\b",
    "phone": r"(?<![\w.])(?:\+\d{1,3}[ .\-/]?)?(?:\(\d{1,5}\)[ .\-/]?)?\d{2,5}(?:[ .\-/]?\d{2,5}){1,4}(?![\w.])",
}
KEY = "key"
"""Keys as vendors write them, found by ``gencost.masking``."""


class Redaction:
    """Replaces what rules find.

    Args:
        rules: names of ``RULES``, ``key``, regular expressions, or mappings of names of one's own to such.

    Raises:
        ConfigError: a rule does not exist or is not a regular expression.
    """

    def __init__(self, rules: Sequence[Any] = ()) -> None:
        self._patterns: list[tuple[str, re.Pattern[str]]] = []
        self._keys = False
        for rule in rules:
            named = rule.items() if isinstance(rule, Mapping) else [(None, rule)]
            for name, pattern in named:
                self._add(None if name is None else str(name), str(pattern))

    def _add(self, name: str | None, pattern: str) -> None:
        if name is None and pattern == KEY:
            self._keys = True
            return
        if name is None and pattern in RULES:
            name, pattern = pattern, RULES[pattern]
        elif name is None and re.fullmatch(r"[a-z_]+", pattern):
            known = [*RULES, KEY]
            raise ConfigError(
                f"source.redact: there is no rule {pattern!r}{nearest(pattern, known)}: choose from "
                f"{', '.join(known)}, or write a regular expression as {{name: expression}}"
            )
        try:
            self._patterns.append((f"[{name or 'redacted'}]", re.compile(pattern)))
        except re.error as error:
            raise ConfigError(f"source.redact: {pattern!r} is not a regular expression: {error}") from None

    def __bool__(self) -> bool:
        return self._keys or bool(self._patterns)

    def __call__(self, text: str) -> str:
        """Return the text with every match of a rule replaced."""
        for instead, pattern in self._patterns:
            text = pattern.sub(instead, text)
        return masked_text(text, ()) if self._keys else text
