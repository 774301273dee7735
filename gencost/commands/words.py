"""The words of a command line of ``gencost``: a mistake is one line with the nearest names, not a page of usage."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from gencost.errors import ConfigError, nearest

_OF_COMMANDS = argparse._SubParsersAction  # argparse has no public name for it


class CommandParser(argparse.ArgumentParser):
    """A parser of one command that refuses unknown words in one line."""

    def error(self, message: str) -> NoReturn:
        """Refuse a command line.

        Raises:
            ConfigError: always, with the remedy.
        """
        _, _, command = self.prog.partition(" ")
        text = re.sub("^argument (COMMAND: |ACTION: )?", "", message)
        text = text.replace("the following arguments are required: ", "give ")
        missing = next((a for a in self._actions if isinstance(a, _OF_COMMANDS) and text == f"give {a.metavar}"), None)
        if missing is not None:
            text += f": {', '.join(missing.choices)}"
        raise ConfigError(f"{command}: {text}; see {self.prog} --help".removeprefix(": "))

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse a choice that does not exist, the nearest ones first."""
        if action.choices is None or value in action.choices:
            return
        choices = [str(choice) for choice in action.choices]
        raise argparse.ArgumentError(action, f"{value!r} does not exist{self._near(str(value), choices)}")

    def _near(self, value: str, choices: Sequence[str]) -> str:
        deeper = [words for words, _ in leaves(self) if " " in words and words.rpartition(" ")[2] == value]
        meant = f" (did you mean '{self.prog} {deeper[0]}'?)" if deeper else nearest(value, choices)
        return f"{meant}: choose from {', '.join(choices)}"


def read_words(top: CommandParser, words: Sequence[str]) -> argparse.Namespace:
    """Read a command line.

    Args:
        top: describes every command.
        words: of the command line, without the program's name.

    Raises:
        ConfigError: a word is not understood; names what may have been meant.
    """
    words = list(words) or ["--help"]
    if words[0] == "help":
        words = [*words[1:], "--help"]
    command = next((word for word in words if not word.startswith("-")), "")
    if "=" in command:
        raise ConfigError(f"{command} is a key of the config: make calls with gencost run {shlex.join(words)}")
    given, unknown = top.parse_known_args(words)
    leaf = _chosen(top, words)
    for action in leaf._actions:
        if action.option_strings and getattr(given, action.dest, None) == "":
            leaf.error(f"{action.option_strings[-1]} is empty, as a variable that is not set: give it a value")
    unknown = _after_options(given, leaf, unknown)
    if unknown:
        options = [option for action in leaf._actions for option in action.option_strings]
        hint = nearest(unknown[0].partition("=")[0], options)
        leaf.error(f"{unknown[0]!r} is not understood{hint}")
    return given


def _after_options(given: argparse.Namespace, leaf: argparse.ArgumentParser, unknown: list[str]) -> list[str]:
    """Take words behind an option, ``import otlp spans.jsonl --db URL texts=keep``, where a command takes any number.

    Returns:
        The words that stay unknown.
    """
    many = next((it for it in leaf._actions if not it.option_strings and it.nargs == "+"), None)
    if many is None or any(word.startswith("-") for word in unknown):
        return unknown
    setattr(given, many.dest, [*getattr(given, many.dest), *unknown])
    return []


def leaves(parser: argparse.ArgumentParser, *path: str) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield each command that can be run, by the words that are typed."""
    groups = [action for action in parser._actions if isinstance(action, _OF_COMMANDS)]
    for group in groups:
        for name, choice in group.choices.items():
            yield from leaves(choice, *path, name)
    if not groups:
        yield " ".join(path), parser


def _chosen(parser: argparse.ArgumentParser, words: Sequence[str]) -> argparse.ArgumentParser:
    """Find the parser of the command that the words name."""
    for word in words:
        groups = [action for action in parser._actions if isinstance(action, _OF_COMMANDS)]
        parser = next((group.choices[word] for group in groups if word in group.choices), parser)
    return parser
