"""Score one answer by one scorer, whatever happens in it: read first, in limited time, under a telling version."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import json
from collections.abc import Callable
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass, replace
from functools import partial
from typing import Any

from gencost.errors import ConfigError
from gencost.masking import masked_error
from gencost.protocols import AskingScorer, Scorer
from gencost.quality.base import is_late
from gencost.quality.deadline import OutOfTimeError, in_thread, within
from gencost.quality.reading import AS_IT_IS, NoAnswerError, Reading
from gencost.quality.scorer_function import FunctionScorer
from gencost.types import Request, Response, Sample, Score

TIMEOUT_S = 10.0
SPAN = (0.0, 1.0)
_Known = tuple[Scorer, str, float | None, tuple[str, ...]]
_DEFAULT = Reading()

# Fields that say how a scorer is called and run, not what it finds.
_NOT_OF_THE_VALUE = frozenset({"name", "version", "in_flight", "allow_execution"})


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The rules that hold for every scorer of a cell.

    Attributes:
        reading: how an answer is read before it is scored.
        timeout_s: most seconds that one score may take; None has no limit. Judges, whose calls have limits of their
            own, and scorers that say ``bounded = True`` are not held to it.

    Raises:
        ConfigError: a limit that leaves no time.
    """

    reading: Reading = _DEFAULT
    timeout_s: float | None = TIMEOUT_S
    _known: dict[int, _Known] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a limit that leaves no time."""
        if self.timeout_s is not None and not self.timeout_s > 0:
            raise ConfigError(f"scoring.timeout_s={self.timeout_s}: give a number > 0, or null for no limit")

    def version_of(self, scorer: Scorer) -> str:
        """Name what a score was made by.

        Args:
            scorer: any.

        Returns:
            The scorer's own version; where its keys or the reading are not the default ones, with a dot and eight
            digits of their SHA-256 after it, as other keys give other values. A judge's own version says so already.
        """
        return self._of(scorer)[1]

    def _of(self, scorer: Scorer) -> _Known:
        """Return a scorer's version and time limit, worked out once."""
        known = self._known.get(id(scorer))
        if known is None or known[0] is not scorer:
            bounded = isinstance(scorer, AskingScorer) or getattr(scorer, "bounded", False)
            known = scorer, self._version(scorer), None if bounded else self.timeout_s, _wanted(scorer)
            self._known[id(scorer)] = known
        return known

    def _version(self, scorer: Scorer) -> str:
        other = _settings(scorer)
        if self.reading not in (_DEFAULT, AS_IT_IS):
            other["reading"] = asdict(self.reading)
        if not other:
            return scorer.version
        digits = hashlib.sha256(json.dumps(other, sort_keys=True, default=str).encode()).hexdigest()[:8]
        return f"{scorer.version}.{digits}"

    def read(self, sample: Sample, response: Response) -> tuple[Sample, Response]:
        """Read an answer, and its reference in the same Unicode and line ends.

        Raises:
            NoAnswerError: nothing in it may be scored.
        """
        text = self.reading.read(response.text)
        reference = None if sample.reference is None else self.reading.plain(sample.reference)
        sample = sample if reference == sample.reference else replace(sample, reference=reference)
        return sample, response if text == response.text else replace(response, text=text)

    def limit_s(self, scorer: Scorer) -> float | None:
        """The time that a scorer may take, seconds; None for one that has limits of its own."""
        return self._of(scorer)[2]

    def call(self, scorer: Scorer, asked: Sample, answer: Response, request: Request | None) -> Callable[[], Any]:
        """Bind a scorer to what it scores: to the request and its repeat, too, if it has parameters of these names."""
        facts: dict[str, Any] = {"request": request, "repeat": 0 if request is None else request.repeat}
        return partial(scorer.score, asked, answer, **{name: facts[name] for name in self._of(scorer)[3]})


RULES = Rules()


def _wanted(scorer: Scorer) -> tuple[str, ...]:
    """Name what a scorer takes beside sample and response."""
    try:
        names = inspect.signature(scorer.score).parameters
    except (TypeError, ValueError):
        return ()
    return tuple(name for name in ("request", "repeat") if name in names)


def _settings(scorer: Scorer) -> dict[str, Any]:
    """Return a scorer's fields that are not at their default; none where its version is made of them."""
    made: Any = scorer  # mypy takes no protocol for a dataclass
    if not is_dataclass(made) or "version" not in {f.name for f in fields(made)}:
        return {}
    return {
        f.name: getattr(made, f.name)
        for f in fields(made)
        if f.init and f.name not in _NOT_OF_THE_VALUE and not _is_default(f, getattr(made, f.name))
    }


def _is_default(setting: Any, value: Any) -> bool:
    if setting.default is not MISSING:
        return bool(value == setting.default)
    return setting.default_factory is not MISSING and bool(value == setting.default_factory())


def score_now(
    scorer: Scorer, sample: Sample, response: Response, rules: Rules = RULES, request: Request | None = None
) -> Score:
    """Score one answer at once.

    Args:
        scorer: none that is late, see ``is_late``.
        sample: what was asked.
        response: what came back.
        rules: how it is read, and how long it may take.
        request: the call; None if it is unknown.

    Returns:
        A score without a value, which says why, if there is no answer to score or the scorer fails.
    """
    try:
        asked, answer = rules.read(sample, response)
        _, _, limit_s, wanted = rules._of(scorer)
        if limit_s is None and not wanted:
            result = scorer.score(asked, answer)
        else:
            result = within(limit_s, rules.call(scorer, asked, answer, request))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a door: a user's scorer must not lose a paid answer
        return failed(scorer, error, rules)
    return _checked(scorer, result, rules)


async def score(
    scorer: Scorer, sample: Sample, response: Response, rules: Rules = RULES, request: Request | None = None
) -> Score:
    """Score one answer; a costly scorer that is not awaited computes in a thread of its own.

    Args:
        scorer: any.
        sample: what was asked.
        response: what came back.
        rules: how it is read, and how long it may take.
        request: the call; None if it is unknown.

    Returns:
        As ``score_now``.
    """
    if not is_late(scorer):
        return score_now(scorer, sample, response, rules, request)
    try:
        asked, answer = rules.read(sample, response)
        limit_s, call = rules.limit_s(scorer), rules.call(scorer, asked, answer, request)
        if inspect.iscoroutinefunction(scorer.score):
            result = await _awaited(call, limit_s)
        else:
            result = await in_thread(limit_s, call)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a door, as above
        return failed(scorer, error, rules)
    return _checked(scorer, result, rules)


async def _awaited(ask: Callable[[], Any], limit_s: float | None) -> Any:
    """Await a scorer within a time limit; one that ignores its cancellation goes on by itself.

    Raises:
        OutOfTimeError: it was not waited for any longer.
    """
    scoring = asyncio.ensure_future(ask())
    try:
        await asyncio.wait([scoring], timeout=limit_s)
        if scoring.done():
            return scoring.result()
        scoring.add_done_callback(lambda late: late.cancelled() or late.exception())  # else asyncio reports it later
        raise OutOfTimeError(limit_s or 0.0)
    finally:
        scoring.cancel()


def _checked(scorer: Scorer, result: Any, rules: Rules) -> Score:
    if not isinstance(result, Score):
        return failed(scorer, TypeError(f"it gave {result!r}, no Score"), rules)
    low, high = getattr(scorer, "span", SPAN)
    if result.value is not None and not low <= result.value <= high:  # NaN and infinity, too
        why = f"a value of {result.value:g} is outside [{low:g}, {high:g}], the scorer's span"
        return failed(scorer, NoAnswerError(why), rules)
    kept: Score = result
    if result.value is not None and type(result.value) is not float:  # PostgreSQL takes no bool, no driver NumPy's
        kept = replace(kept, value=float(result.value))
    version = rules.version_of(scorer)
    if version == scorer.version or kept.version != scorer.version:
        return kept
    return replace(kept, version=version)


def failed(scorer: Scorer, error: BaseException, rules: Rules = RULES) -> Score:
    """A score without a value: the answer may not be scored, or the scorer failed."""
    why = str(error) if isinstance(error, NoAnswerError) else masked_error(f"{type(error).__name__}: {error}")
    return Score(scorer=scorer.name, version=rules.version_of(scorer), value=None, explanation=why)


def scorer_node(scorer: Scorer) -> tuple[str, dict[str, Any]]:
    """Write a scorer as a config has it: its name, and the node that makes it again if it is a dataclass."""
    if isinstance(scorer, FunctionScorer):
        return scorer.name, {"_target_": scorer.target, **scorer.keys}
    kind = type(scorer)
    written: list[str] = [f.name for f in fields(scorer) if f.init] if is_dataclass(scorer) else []
    keys = {name: getattr(scorer, name) for name in written}
    return scorer.name, {"_target_": f"{kind.__module__}.{kind.__qualname__}", **keys}
