"""Say in plain words which value a key takes, where OmegaConf refused the one that was given."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_PLAIN = r"-?(?:\d+(?:\.\d+)?|\.\d+)"
_SWEEP = "; to sweep over several, add -m and leave out the brackets"


def expected_value(place: str, text: str) -> str | None:
    """Say which value a key takes.

    Args:
        place: the key, dotted; empty where it is not known.
        text: OmegaConf's, one line.

    Returns:
        One line with the value and the remedy; None where OmegaConf's own words say it.
    """
    for pattern, remedy in _REMEDIES:
        if matched := pattern.match(text):
            return f"{place}{_shown(matched.groupdict())}: {remedy(matched)}" if place else None
    return None


def _shown(parts: Mapping[str, str]) -> str:
    if "value" not in parts:  # OmegaConf does not say it
        return ""
    return f"={parts['value']!r}" if parts.get("type") == "str" else f"={parts['value']}"


def _whole(matched: re.Match[str]) -> str:
    value = matched["value"]
    example = f", e.g. {int(float(value))}" if re.fullmatch(r"\d{1,15}\.0", value) else ""
    return f"give a whole number{example}{_several(value)}"


def _number(matched: re.Match[str]) -> str:
    value = matched["value"]
    if percent := re.fullmatch(rf"({_PLAIN})\s*%", value):
        return f"give a number without a sign: {float(percent[1]) / 100:g}"
    dollars = re.fullmatch(rf"\$\s*({_PLAIN})|({_PLAIN})\s*(?:\$|usd)", value, re.IGNORECASE)
    # Any other unit may or may not be that of the key.
    example = f": {dollars[1] or dollars[2]}" if dollars else ""
    with_more = matched["type"] == "str" and re.search(r"\d", value)
    return f"give a number{' without a sign or unit' if with_more else ''}{example}{_several(value)}"


def _text(matched: re.Match[str]) -> str:
    return f"give one text{_several(matched['value'])}"


def _several(value: str) -> str:
    return _SWEEP if value.startswith("[") else ""


_VALUE = r"Value '(?P<value>.*)' of type '(?P<type>\w+)' could not be converted to "
_REMEDIES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(_VALUE + "Integer"), _whole),
    (re.compile(_VALUE + "Float"), _number),
    (re.compile(r"Value '(?P<value>.*)' is not a valid bool \(type (?P<type>\w+)\)"), lambda _: "give true or false"),
    (re.compile(r"Cannot convert '(?P<type>\w+)' to string: '(?P<value>.*)'"), _text),
    (
        re.compile(r"\w+ \(DictConfig\) does not support deletion"),
        lambda _: "it cannot be taken away: leave it out for its default",
    ),
    (
        re.compile(r"field '[\w.]+' is not Optional|Incompatible value 'None' for field"),
        lambda _: "it needs a value, which null is not",
    ),
    (re.compile(r"Cannot assign \w+ to Dict"), lambda _: "it takes keys, not one value: add a dot and a key"),
    (
        re.compile(r"KeyError raised while resolving interpolation: \W+Environment variable '(?P<variable>.*)' not"),
        lambda m: f"the environment variable {m['variable']} is not set: export it, or put it into .env",
    ),
    (
        re.compile(r"Interpolation key '(?P<key>.*)' not found"),
        lambda m: (
            f"${{{m['key']}}} is not a key of the config: write ${{model.name}}, or \\${{...}} for these characters"
        ),
    ),
    (
        re.compile(r"Unsupported interpolation type (?P<kind>.*)"),
        lambda m: f"${{{m['kind']}:...}} does not exist: write ${{oc.env:NAME}}, or \\${{...}} for these characters",
    ),
    (re.compile(r"Invalid value assigned: \w+ is not a ListConfig"), lambda _: "give a list in brackets"),
)
