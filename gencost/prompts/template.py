"""Templates of a prompt: one line with columns in braces, or a file in Jinja2's language, which runs in a sandbox."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from gencost.errors import ConfigError, PromptError, nearest
from gencost.messages import Message, Part
from gencost.tabular import Row, text_of
from gencost.text.written import WrittenFloat, WrittenInt

_ENDINGS = (".j2", ".jinja", ".jinja2")


class Template(Protocol):
    """The text around the text of a row."""

    @property
    def fields(self) -> Sequence[str]:
        """Names of the columns that it uses; ``text`` is the row's text, or the last user turn of its conversation."""

    @property
    def place(self) -> str:
        """The key and the value that name it, for errors."""

    def filled(self, row: Row, text: str) -> str:
        """Fill it in.

        Args:
            row: its columns.
            text: of the row.

        Raises:
            PromptError: it cannot be filled in.
        """


def template_of(template: str | None, file: str | None) -> Template | None:
    """Make the template that a prompt set names.

    Args:
        template: one line with braces, or the path of a file that ends in .j2, .jinja or .jinja2; None for no template.
        file: the path of a file; None for no file.

    Raises:
        ConfigError: both are given, a file cannot be read, or it is not a template.
    """
    if file is not None:
        if template is not None:
            raise ConfigError("prompts.template and prompts.template_file are given: leave one out")
        return FileTemplate(path=file, place=f"prompts.template_file={file!r}")
    if template is not None and template.endswith(_ENDINGS) and "{" not in template and "\n" not in template:
        return FileTemplate(path=template, place=f"prompts.template={template!r}")
    return None if template is None else BracesTemplate(template)


def check_columns(template: Template, present: Sequence[str]) -> None:
    """Find out whether a template's columns are there.

    Raises:
        PromptError: one is not.
    """
    for name in template.fields:
        if name not in present:
            remedy = "; write {{ and }} for plain braces" if isinstance(template, BracesTemplate) else ""
            raise PromptError(
                f"{template.place}: {name!r} is not a column{nearest(name, present)}; "
                f"here are {', '.join(present)}{remedy}"
            )


def filled_last(messages: Sequence[Message], row: Row, template: Template) -> tuple[Message, ...]:
    """Fill a template in for the last user turn of a conversation; its images and files stay before the text.

    Raises:
        PromptError: there is no such turn, or the template cannot be filled in.
    """
    place = max((number for number, turn in enumerate(messages) if turn.role == "user"), default=None)
    if place is None:
        raise PromptError(f"{template.place} fills in the last user turn, and the conversation has none")
    turn = messages[place]
    others = tuple(part for part in turn.parts if part.kind != "text")
    text = template.filled(row, "\n".join(part.text for part in turn.parts if part.kind == "text"))
    if not text.strip():
        raise PromptError("the prompt is empty")
    content = (*others, Part(kind="text", text=text)) if others else text
    return (*messages[:place], replace(turn, content=content), *messages[place + 1 :])


@dataclass(frozen=True)
class BracesTemplate:
    """Columns in single braces.

    Attributes:
        text: ``{{`` is a plain brace.
    """

    text: str

    def __post_init__(self) -> None:
        """Refuse one that cannot be read, and one that would make all prompts the same."""
        try:
            named = self.fields
        except ValueError as error:
            raise ConfigError(f"{self.place}: {error}; write {{{{ for a plain brace") from None
        if not named:
            raise ConfigError(
                f"{self.place} has no column in it, so all prompts would be the same: "
                "name one in single braces, e.g. {text}"
            )

    @property
    def place(self) -> str:
        """See ``Template``."""
        return f"prompts.template={self.text!r}"

    @cached_property
    def fields(self) -> Sequence[str]:
        """See ``Template``."""
        return [name for _, name, _, _ in string.Formatter().parse(self.text) if name is not None]

    def filled(self, row: Row, text: str) -> str:
        """See ``Template``."""
        values = {key: text_of(value) or "" for key, value in row.items()} | {"text": text}
        try:
            return _Columns().vformat(self.text, (), values)
        except (KeyError, ValueError) as error:
            raise PromptError(f"{self.place} cannot be filled in: {error}") from None


class _Columns(string.Formatter):
    """Fields are columns as they are named: ``{a.b}`` is the column ``a.b``, never an attribute of ``a``."""

    def get_field(self, field_name: str, args: Any, kwargs: Mapping[str, Any]) -> tuple[Any, str]:  # noqa: ARG002 - its signature
        return kwargs[field_name], field_name


@dataclass(frozen=True, kw_only=True)
class FileTemplate:
    """A file in Jinja2's language: columns by name, ``row["a name with blanks"]``, and ``text``.

    A line break after a block and blanks before it are left out; a value that is missing in a row is an error, one that
    is empty or null is an empty text.

    Attributes:
        path: of the file; relative to the working folder.
        place: see ``Template``.
    """

    path: str
    place: str

    def __post_init__(self) -> None:
        """Refuse a file that is not a template, and one that would make all prompts the same."""
        if not (self.fields or self._uses_row):
            raise ConfigError(
                f"{self.place} names no column, so all prompts would be the same: name one, e.g. {{{{ text }}}}"
            )

    @cached_property
    def _environment(self) -> Any:
        from jinja2 import StrictUndefined  # noqa: PLC0415 - only where a file is a template
        from jinja2.sandbox import SandboxedEnvironment  # noqa: PLC0415 - likewise

        made = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True)
        made.finalize = _shown
        return made

    @cached_property
    def _compiled(self) -> tuple[Any, frozenset[str]]:
        """The template, and the names that it takes from outside."""
        from jinja2 import TemplateSyntaxError, meta  # noqa: PLC0415 - only where a file is a template

        try:
            source = Path(self.path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise ConfigError(f"{self.place} cannot be read: {reason}") from None
        try:
            named = meta.find_undeclared_variables(self._environment.parse(source))
            return self._environment.from_string(source), frozenset(named - set(self._environment.globals))
        except TemplateSyntaxError as error:
            raise ConfigError(f"{self.place} line {error.lineno}: {error.message}") from None

    @cached_property
    def fields(self) -> Sequence[str]:
        """See ``Template``."""
        return sorted(self._compiled[1] - {"row"})

    @property
    def _uses_row(self) -> bool:
        return "row" in self._compiled[1]

    def filled(self, row: Row, text: str) -> str:
        """See ``Template``."""
        from jinja2 import TemplateError  # noqa: PLC0415 - only where a file is a template

        try:
            return str(self._compiled[0].render({"row": row, **row, "text": text}))
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise PromptError(f"{self.place} cannot be filled in: {error}") from None


def _shown(value: Any) -> Any:
    if value is None:
        return ""
    return value.text if isinstance(value, WrittenInt | WrittenFloat) else value
