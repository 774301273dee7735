"""A scorer that looks for a pattern in an answer, in limited time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import regex

from gencost.errors import ConfigError
from gencost.quality.accepted import accepted
from gencost.quality.base import NO_REFERENCE, Finding
from gencost.types import Response, Sample, Score


@dataclass(frozen=True, kw_only=True)
class Regex:
    """1 if a pattern is found in the answer, or if what it captures is the reference; else 0.

    Attributes:
        pattern: a regular expression as Python's ``re`` has them, by the package ``regex``, searched anywhere; ``^``
            and ``$`` are ends of lines, a dot does not match the end of a line.
        group: null asks only whether the pattern is found; a number or a name takes this group of its last match,
            stripped, which must equal the reference, stripped.
        ignore_case: of the pattern, and of the comparison with the reference.
        time_s: most seconds that a search may take; an answer that takes longer has no score.
        separator: what parts several accepted references, e.g. ``||``; null has none.
        name: in the ``scores`` table.
        version: changes when the definition changes.
    """

    pattern: str
    group: int | str | None = None
    ignore_case: bool = False
    time_s: float = 1.0
    separator: str | None = None
    name: str = "regex"
    version: str = "2"

    def __post_init__(self) -> None:
        """Refuse an invalid pattern, a group that it does not have, and a limit of no time."""
        try:
            groups = [*range(self._compiled.groups + 1), *self._compiled.groupindex]
        except regex.error as error:
            raise ConfigError(
                f"quality.{self.name}.pattern={self.pattern!r} is not a regular expression: {error}"
            ) from None
        if self.group is not None and self.group not in groups:
            raise ConfigError(
                f"quality.{self.name}.group={self.group}: {self.pattern!r} has the groups "
                f"{', '.join(map(str, groups))}; null takes none"
            )
        if not self.time_s > 0:
            raise ConfigError(f"quality.{self.name}.time_s={self.time_s}: give a number > 0")

    @cached_property
    def _compiled(self) -> Any:
        flags = regex.VERSION0 | regex.MULTILINE | (regex.IGNORECASE if self.ignore_case else 0)
        return regex.compile(self.pattern, flags)

    def score(self, sample: Sample, response: Response) -> Score:
        """Search the answer."""
        try:
            value, why = self._find(response.text, sample.reference)
        except TimeoutError:
            value, why = None, f"the pattern took longer than {self.time_s:g} s on this answer"
        return Score(scorer=self.name, version=self.version, value=value, explanation=why)

    def _find(self, answer: str, reference: str | None) -> Finding:
        if self.group is None:
            return float(self._compiled.search(answer, timeout=self.time_s) is not None), None
        if reference is None:
            return None, NO_REFERENCE
        last = None
        for last in self._compiled.finditer(answer, timeout=self.time_s):  # noqa: B007 - only the last one counts
            pass
        if last is None:
            return 0.0, "the pattern is not in the answer"
        captured = self._plain(last.group(self.group) or "")
        same = captured in {self._plain(text) for text in accepted(reference, self.separator)}
        return float(same), f"captured {captured[:200]!r}"

    def _plain(self, text: str) -> str:
        return text.strip().casefold() if self.ignore_case else text.strip()
