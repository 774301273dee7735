"""Parameters of a model's calls: its portable keys and its open map, one meaning given once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gencost.config.model_schema import ModelConfig
from gencost.errors import ConfigError, nearest
from gencost.values.portable import KEYS, WORDS, checked, meaning

_OPEN = "model.params."
_SLIP = 0.85  # min_tokens is 0.8 like max_tokens, and a parameter of its own


def model_params(model: ModelConfig, overrides: Sequence[str]) -> dict[str, Any]:
    """Put the portable keys and the open map of a model together.

    A word of the open map that means a portable key takes its place, if the command line does not give that key. A
    word that is spelled as its key is that key.

    Args:
        model: as it was composed.
        overrides: the command line.

    Returns:
        Portable keys with their values in one form, and the other words as they are; what is null is left out.

    Raises:
        ConfigError: a value is impossible, one meaning is given twice, or a word looks like a slip.
    """
    typed = [_key_of(override) for override in overrides]
    _refuse_slips(model.params, overrides)
    keys = {key: value for key in KEYS if (value := getattr(model, key)) is not None}
    words = dict(model.params)
    for key in KEYS:
        meant = [word for word, value in words.items() if meaning(word, value) == key]
        if meant:
            _settle(key, meant, (keys, words), typed)
    lifted = {word: words.pop(word) for word in list(words) if _is_portable(word, words[word])}
    both = {**keys, **{word: value for word, value in lifted.items() if value is not None}}
    rest = {word: value for word, value in words.items() if value is not None}
    return {**{key: checked(key, value) for key, value in both.items()}, **rest}


def as_node(name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Write parameters as the node ``model`` of a config that is recorded: each meaning once, files as they were read.

    Args:
        name: of the model.
        params: from ``model_params``.
    """
    keys = {key: params.get(key) if _is_portable(key, params.get(key)) else None for key in KEYS}
    words = {word: value for word, value in params.items() if keys.get(word) is None}
    return {"name": name, **keys, "params": words}


def _settle(key: str, meant: list[str], given: tuple[dict[str, Any], dict[str, Any]], typed: Sequence[str]) -> None:
    """Keep one of a portable key and the words that mean the same."""
    keys, words = given
    in_open = [word for word in meant if words[word] is not None]
    if len(in_open) > 1:
        raise _twice(*(f"{_OPEN}{word}" for word in in_open[:2]))
    typed_open = [word for word in in_open if f"{_OPEN}{word}" in typed or _OPEN[:-1] in typed]
    if f"model.{key}" in typed:
        if typed_open:
            raise _twice(f"model.{key}", f"{_OPEN}{typed_open[0]}")
        for word in meant:
            del words[word]
    elif in_open and key in keys and key != "max_tokens" and not typed_open:  # its default is the menu's
        raise _twice(f"model.{key}", f"{_OPEN}{in_open[0]}")
    else:
        keys.pop(key, None)


def _twice(first: str, second: str) -> ConfigError:
    return ConfigError(f"{first} and {second} are given, which mean the same: leave one out")


def _is_portable(word: str, value: Any) -> bool:
    """Whether a word of the open map is another spelling of a portable key, and not an API's own word."""
    return word in KEYS and meaning(word, value) == word and not (word == "reasoning" and isinstance(value, Mapping))


def _key_of(override: str) -> str:
    return override.lstrip("+~").partition("=")[0]


def _refuse_slips(params: Mapping[str, Any], overrides: Sequence[str]) -> None:
    """Refuse a word that was typed without a plus and is nearly a portable key: it would have no effect."""
    for override in overrides:
        word = _key_of(override).removeprefix(_OPEN)
        if not override.startswith(_OPEN) or word not in params or meaning(word, params[word]):
            continue
        if near := nearest(word, [*KEYS, *WORDS], _SLIP):
            as_it_is = f"+{_OPEN}{word}=... sends it as it is"
            raise ConfigError(f"{_OPEN}{word}: no portable key has this name{near}; {as_it_is}")


def plain_name(override: str) -> str:
    """Write an override as the names of cells show it: without its plus, a portable key by its short name."""
    bare = override.lstrip("+")
    key, sign, value = bare.partition("=")
    word = key.removeprefix(_OPEN)
    return f"model.{word}{sign}{value}" if key.startswith(_OPEN) and word in KEYS else bare


def renamed(cell: str) -> str:
    """Write the name of a cell that was recorded before keys had short names as it is written now."""
    portable = "|".join(KEYS)
    return re.sub(rf"(^|,)\+*model\.params\.({portable})=", r"\1model.\2=", re.sub(r"(^|,)\++", r"\1", cell))
