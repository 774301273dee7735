"""Plain functions as scorers: ``_target_: my_package.my_function`` in YAML, the function itself in Python."""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar

from gencost.errors import ConfigError, nearest
from gencost.protocols import Scorer
from gencost.types import Request, Response, Sample, Score

_GIVEN = ("sample", "response", "request", "repeat")
_SETTINGS = ("name", "version", "span", "costly", "in_flight")


@dataclass(frozen=True, kw_only=True)
class FunctionScorer:
    """A scorer made of a function.

    Attributes:
        function: see ``gencost.protocols.ScorerFunction``.
        target: its dotted name, as a config has it.
        keys: further arguments.
        name: in the ``scores`` table.
        span: the least and the greatest value.
        costly: it scores when all calls are over.
        in_flight: most answers of a cell that it then scores at once.
        given_version: in place of the digest of its source; None takes that.
    """

    function: Callable[..., Any]
    target: str
    name: str
    keys: Mapping[str, Any] = field(default_factory=dict)
    span: tuple[float, float] = (0.0, 1.0)
    costly: bool = False
    in_flight: int = 8
    given_version: str | None = None

    reads_columns: ClassVar[tuple[str, ...]] = ("any",)

    @cached_property
    def version(self) -> str:
        """Another source, or other keys, is another scorer: eight digits of their SHA-256 say so."""
        if self.given_version is not None:
            return self.given_version[:40]
        source = json.dumps([_source(self.function), dict(self.keys)], sort_keys=True, default=str)
        return f"1.{hashlib.sha256(source.encode()).hexdigest()[:8]}"

    @cached_property
    def _called(self) -> tuple[bool, tuple[str, ...]]:
        """Whether sample and response are given by their places, and what is given by name."""
        return _way(self.function, self.keys)

    def _call(self, sample: Sample, response: Response, request: Request | None, repeat: int) -> Any:
        by_place, by_name = self._called
        everything = {"sample": sample, "response": response, "request": request, "repeat": repeat}
        facts = {name: everything[name] for name in by_name}
        return self.function(*((sample, response) if by_place else ()), **facts, **self.keys)

    def score(self, sample: Sample, response: Response, request: Request | None = None, repeat: int = 0) -> Score:
        """Call the function."""
        result = self._call(sample, response, request, repeat)
        if inspect.iscoroutine(result):
            result.close()
            raise TypeError(f"{self.target} gave a coroutine: declare it with async def")
        return self._score(result)

    def _score(self, result: Any) -> Score:
        """Make a score of what the function gave."""
        if isinstance(result, Score):
            return replace(result, scorer=self.name, version=self.version)
        value, explanation = result if isinstance(result, tuple) and len(result) == 2 else (result, None)
        if isinstance(value, str | bytes) or not (value is None or hasattr(value, "__float__")):
            raise TypeError(f"{self.target} gave {repr(value)[:60]}: give a number, true, false or None")
        return Score(
            scorer=self.name,
            version=self.version,
            value=None if value is None else float(value),
            explanation=None if explanation is None else str(explanation),
        )


@dataclass(frozen=True, kw_only=True)
class AsyncFunctionScorer(FunctionScorer):
    """A scorer made of a function that is awaited."""

    async def score(  # type: ignore[override]  # a Scorer may be either
        self, sample: Sample, response: Response, request: Request | None = None, repeat: int = 0
    ) -> Score:
        """Call and await the function."""
        return self._score(await self._call(sample, response, request, repeat))


def as_scorers(given: Any) -> tuple[Scorer, ...]:
    """Take scorers as they are, and make some of functions.

    Raises:
        ConfigError: they are not a list, one is neither, or two have one name.
    """
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise ConfigError(f"scorers={given!r}: give a list of scorers and functions of sample and response")
    scorers = tuple(map(as_scorer, given))
    names = [scorer.name for scorer in scorers]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(f"scorers: two have the name {twice[0]!r}, under which scores are kept: give one another")
    return scorers


def as_scorer(given: Any) -> Scorer:
    """Take a scorer as it is, and make one of a function.

    Raises:
        ConfigError: it is neither.
    """
    if isinstance(given, Scorer) and not isinstance(given, type):
        check_named(given, "scorers")
        return given
    if not callable(given) or isinstance(given, type):
        raise ConfigError(f"scorers: {given!r} is not a scorer: give one, or a function of sample and response")
    name = str(getattr(_inner(given), "__name__", type(given).__name__)).strip("<>")
    return scorer_of(given, {}, name, f"scorers {name}")


def check_named(scorer: Any, place: str) -> None:
    """Refuse a scorer whose scores could not be kept.

    Raises:
        ConfigError: its name or version is not a text.
    """
    for name in ("name", "version"):
        value = getattr(scorer, name)
        if not isinstance(value, str) or not value:
            raise ConfigError(f"{place}: {type(scorer).__name__}.{name} is {value!r}: give a text")


def scorer_of(function: Callable[..., Any], node: Mapping[str, Any], name: str, place: str) -> Scorer:
    """Make a scorer of a function.

    Args:
        function: see ``gencost.protocols.ScorerFunction``.
        node: its settings and further arguments.
        name: in the ``scores`` table, unless the node names it.
        place: where it is configured, for errors.

    Raises:
        ConfigError: it cannot be called with a sample and a response, or a key means nothing to it.
    """
    names = _parameters(function)
    settings = {key: getattr(function, key) for key in _SETTINGS[1:] if hasattr(function, key)}
    settings |= {key: node[key] for key in _SETTINGS if key in node and key not in names}
    keys = {key: value for key, value in node.items() if not key.startswith("_") and key not in settings}
    inner = _inner(function)
    target = f"{getattr(inner, '__module__', '')}.{getattr(inner, '__qualname__', type(inner).__qualname__)}"
    _check(function, keys, place, target)
    if "span" in settings:
        settings["span"] = tuple(map(float, settings["span"]))
    if (version := settings.pop("version", None)) is not None:
        settings["given_version"] = str(version)
    kind = AsyncFunctionScorer if is_async(function) else FunctionScorer
    return kind(function=function, target=target, keys=keys, **{"name": name, **settings})


def scores_answers(function: Any, node: Mapping[str, Any]) -> bool:
    """Whether a function is a scorer, not one that makes scorers: its required parameters are sample and response.

    Args:
        function: any callable.
        node: its node in a config; ``_partial_: true`` says so, too.
    """
    if isinstance(function, type) or not callable(function):
        return False
    if node.get("_partial_"):
        return True
    try:
        names = _parameters(function)
    except ConfigError:
        return False
    needed = [name for name, it in names.items() if it.default is inspect.Parameter.empty and name not in node]
    return bool(needed)


def is_async(function: Any) -> bool:
    """Whether a function, or what a partial or an object calls, is awaited."""
    inner = _inner(function)
    return inspect.iscoroutinefunction(inner) or inspect.iscoroutinefunction(vars(type(inner)).get("__call__"))


def _inner(function: Any) -> Any:
    while isinstance(function, functools.partial):
        function = function.func
    return function


def _parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Return the parameters of a function that have a name.

    Raises:
        ConfigError: its parameters cannot be read.
    """
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        raise ConfigError(f"{function!r} does not say what it takes: write a function around it") from None
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {it.name: it for it in parameters if it.kind in plain}


def _way(function: Callable[..., Any], keys: Mapping[str, Any]) -> tuple[bool, tuple[str, ...]]:
    """Say whether sample and response are given by their places, and what is given by its name."""
    names = _parameters(function)
    first = [name for name in list(names)[:2] if name not in keys and name not in ("request", "repeat")]
    by_place = not names or (
        len(first) == 2
        and all(names[name].kind is not inspect.Parameter.KEYWORD_ONLY for name in first)
        and first[0] != "response"
        and (first[1] == "response" or "response" not in names)
    )
    given = ("request", "repeat") if by_place else _GIVEN
    return by_place, tuple(name for name in given if name in names)


def _check(function: Callable[..., Any], keys: Mapping[str, Any], place: str, target: str) -> None:
    """Find out whether a function can be called.

    Raises:
        ConfigError: it cannot.
    """
    names, (by_place, by_name) = _parameters(function), _way(function, keys)
    try:
        inspect.signature(function).bind(*((None, None) if by_place else ()), **dict.fromkeys(by_name), **keys)
    except TypeError as error:
        known = [name for name in (*names, *_SETTINGS) if name not in _GIVEN]
        hint = next((nearest(key, known) for key in keys if key not in names), "")
        raise ConfigError(
            f"{place}: {target}({', '.join(names)}) cannot score: {error}{hint}; a scorer takes sample and "
            "response, and keys of its node"
        ) from None


def _source(function: Any) -> str:
    """Return the source of a function, or its bytecode if there is no source."""
    inner = _inner(function)
    bound = [str((it.args, sorted(it.keywords.items()))) for it in _partials(function)]
    inner = inner if hasattr(inner, "__code__") or inspect.ismethod(inner) else type(inner)
    try:
        return "\n".join([inspect.getsource(inner), *bound])
    except (OSError, TypeError):
        code = getattr(inner, "__code__", None)
        constants = [it for it in code.co_consts if isinstance(it, int | float | str | None)] if code else []
        return "\n".join([str(code.co_code.hex()) if code else repr(inner), str(constants), *bound])


def _partials(function: Any) -> list[functools.partial[Any]]:
    functions = []
    while isinstance(function, functools.partial):
        functions.append(function)
        function = function.func
    return functions
