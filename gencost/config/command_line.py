"""Words of a command line that Hydra would refuse in its own terms: what was probably meant, in one line.

Hydra's overrides are ``key=value`` without spaces, keys have no dashes, and a group's value is a file of the menu.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import fields

from gencost.config.schema import Config
from gencost.errors import ConfigError, nearest
from gencost.masking import masked_overrides
from gencost.paths import conf_dir
from gencost.tabular import ENDINGS

_KEYS = tuple(f.name for f in fields(Config))
_REMOVABLE = {"experiment", "policy"}
_KEPT = {*_KEYS} - {*_REMOVABLE, "source"}
_OFF = {"tracking", "report"}
# What Hydra reads as a number, a truth value or nothing.
_NO_NAME = re.compile(r"[+-]?(\d[\d_]*(\.\d*)?|\.\d+)(e[+-]?\d+)?|[+-]?(inf|nan)|true|false|null", re.I)
_BRACKET = re.compile(r"\[[^\]]*|[^\[]*\]|\[.*,\s*\]")  # in a list, if another bracket or a value is missing
_SEVERAL = {"experiment", "pricing", "quality"}  # groups that take several choices
_HYDRAS = {"launcher": "hydra/launcher", "sweeper": "hydra/sweeper"}


def check_words(words: Sequence[str], commands: Iterable[str]) -> None:
    """Refuse overrides that cannot be meant as they were typed.

    Args:
        words: the overrides of the command line, in order.
        commands: names of the commands of ``gencost``, which are typed here by mistake.

    Raises:
        ConfigError: one is not ``key=value``, or gives a group what is not a choice.
    """
    for before, word, after in zip(["", *words], words, [*words[1:], ""], strict=False):
        key, equals, value = word.partition("=")
        if not (key and equals) and not word.startswith("~"):
            raise ConfigError(_not_key_value(before, word, after, commands))
        if key.lstrip("+~").startswith(("@", "/", ".", ":")):
            raise ConfigError(f"{masked_overrides([word])[0]}: a key begins with a letter: write e.g. model=small n=50")
        if value.startswith("="):
            raise ConfigError(f"{key}==...: write one =, or quote the value")
        if word.startswith("~") and key.lstrip("~") in _KEPT:
            off = f", or write {key[1:]}=none" if key[1:] in _OFF else ""
            raise ConfigError(f"{word}: it cannot be taken away: leave it out for its default{off}")
        _check_group(word)


def _not_key_value(before: str, word: str, after: str, commands: Iterable[str]) -> str:
    if before.endswith(","):
        return f"{masked_overrides([before])[0]} {word}: leave out the space after the comma, or quote the whole"
    if after.startswith("=") or word == "=" or before.endswith("="):
        return f"{before or word} ...: write key=value without spaces around ="
    if word in commands:
        return f"{word} is a command of its own: gencost {word}"
    name = word.replace("-", "_")
    if name in _KEYS:
        return f"{word}: write {name}={after if after and '=' not in after else '...'}"
    return f"{word!r} is not key=value{nearest(word, _KEYS)}: write e.g. model=small n=50"


def _check_group(word: str) -> None:
    group, equals, choice = word.lstrip("+").partition("=")
    if not equals:
        return
    if group == "source" and choice != "null":
        raise ConfigError(f"{word}: a source is whose log is imported: gencost import {choice} FILE")
    if group in _HYDRAS:
        raise ConfigError(f"{word}: write {_HYDRAS[group]}={choice}")
    if not (conf_dir() / group).is_dir() or group == "hydra":
        return
    _check_choice(word, group, choice)
    if word.startswith("+") and group not in _REMOVABLE:
        raise ConfigError(f"{word}: leave out the +, as there is always a {group}")


def _check_choice(word: str, group: str, choice: str) -> None:
    if group in _REMOVABLE and {"", "null"} & set(choice.split(",")):
        raise ConfigError(
            f"{word}: leave it out, or write ~{group} to take one away; there are {', '.join(menu(group))}"
        )
    if choice in ("null", "") and group not in _REMOVABLE:
        raise ConfigError(f"{group}={choice}: choose from {', '.join(menu(group))}")
    if (value := next(filter(_NO_NAME.fullmatch, re.split(r"[\[\],\s]+", choice)), None)) and choice != "null":
        raise ConfigError(f"{group}={choice}: {value} is read as a value, not as the name of a choice: write '{value}'")
    if choice.startswith("[") and group not in _SEVERAL:
        raise ConfigError(f"{word}: a cell has one {group}: to sweep over several add -m and leave out the brackets")
    if choice.endswith(ENDINGS) and "," not in choice and "[" not in choice:
        raise ConfigError(f"{group}={choice} is not a choice of the menu: {_for_file(group, choice)}")


def _for_file(group: str, path: str) -> str:
    if group == "prompts":
        return f"give a file of yours with prompts.path={path}"
    stem = re.split(r"[/\\]", path)[-1].rpartition(".")[0]
    return f"write {group}={stem} with --config-dir DIR, where DIR/{group}/{stem}.yaml is yours"


def menu(group: str) -> list[str]:
    """List the choices of a group that are shipped."""
    return sorted(path.stem for path in (conf_dir() / group).glob("*.yaml"))


def unreadable(override: str) -> str:
    """Say how an override is written that Hydra's grammar does not take.

    Args:
        override: as typed, secrets masked.
    """
    key, equals, value = override.partition("=")
    fault = f"cannot read the override {override!r}"
    if len(override) > 1 and override[0] == override[-1] and override[0] in "'\"":
        return f"{fault}: leave out the quotes around it, which this shell passes on: write {override[1:-1]}"
    if not equals or not value.strip(" ,'\""):
        return f"{fault}: write key=value, quoted where it holds , = {{ or spaces"
    if _BRACKET.fullmatch(value):
        return f"{fault}: write a list as {key}=[a,b], with both brackets and no comma at its end"
    if value.startswith("~/"):
        return f"{fault}: write {key}=$HOME{value[1:]}"
    if value.endswith(",") or ",," in value:
        return f"{fault}: leave out the comma that no value follows"
    plain = value.strip("'\"").replace('"', '\\"')
    quoted = f'{key}="{plain}"'
    return f"{fault}: quote the value for Hydra too, and all of it for the shell: {shlex.quote(quoted)}"


def unknown_option(option: str, options: Iterable[str]) -> str:
    """Say what was probably meant by an option that does not exist.

    Args:
        option: as typed, e.g. ``--n=50``.
        options: that exist.
    """
    name, equals, value = option.lstrip("-").partition("=")
    key = name.replace("-", "_")
    if key.partition(".")[0] in _KEYS:
        return f"{option}: keys have no dashes: write {key}={value if equals else '...'}"
    known = list(options)
    near = nearest(option.partition("=")[0], known)
    other_case = f" (did you mean {option.lower()!r}?)" if option.lower() in known else ""
    return f"{option}: there is no such option{near or other_case}; see --help"
