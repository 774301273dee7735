"""The keys of a model that mean the same for every provider, their values, and the words that APIs have for them.

Invariant: a value that no API could mean is refused here, whoever the provider is; see ``gencost.providers.keys`` for
what each of them calls it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gencost.errors import ConfigError

Json = dict[str, Any]

EFFORTS = ("none", "low", "medium", "high")
BREAKPOINTS = ("system", "tools", "last")
TTLS = ("5m", "1h")

# An API's word -> the portable key that means the same.
WORDS = {
    "max_completion_tokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "maxOutputTokens": "max_tokens",
    "num_predict": "max_tokens",
    "topP": "top_p",
    "random_seed": "seed",
    "stop_sequences": "stop",
    "stopSequences": "stop",
    "reasoning_effort": "reasoning",
    "thinking": "reasoning",
    "thinking_budget": "reasoning",
    "thinkingConfig": "reasoning",
    "serviceTier": "service_tier",
    "candidateCount": "n",
    "cache_control": "cache",
}


def _tokens(value: Any) -> int:
    if type(value) is not int or value < 1:
        raise ValueError("give a whole number >= 1")
    return value


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise ValueError("give a whole number")
    return value


def _temperature(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError("give a number >= 0")
    return value


def _share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise ValueError("give a number above 0 and at most 1")
    return value


def _stop(value: Any) -> str | list[str]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, Sequence) or not listed or not all(isinstance(it, str) and it for it in listed):
        raise ValueError("give a text, or a list of texts")
    return value if isinstance(value, str) else list(listed)


def _reasoning(value: Any) -> str | int:
    if value in EFFORTS or (type(value) is int and value >= 1):
        return str(value) if isinstance(value, str) else int(value)
    raise ValueError(f"choose from {', '.join(EFFORTS)}, or give the most tokens of thought, a whole number >= 1")


def _cache(value: Any) -> Json | str:
    """Normalise to ``off`` or ``{breakpoints, ttl}``."""
    if value is False or value == "off":
        return "off"
    given = value if isinstance(value, Mapping) else {"breakpoints": value}
    points = given.get("breakpoints")
    points = [points] if isinstance(points, str) else points
    if not isinstance(points, Sequence) or not points or not all(point in BREAKPOINTS for point in points):
        points = None
    if points is None or not set(given) <= {"breakpoints", "ttl"} or given.get("ttl") not in (None, *TTLS):
        raise ValueError(
            f"give off, or after what to cache: one or a list of {', '.join(BREAKPOINTS)}; "
            f"with a time {{breakpoints: [system], ttl: {TTLS[1]}}}, ttl one of {', '.join(TTLS)}"
        )
    ttl = {} if given.get("ttl") is None else {"ttl": given["ttl"]}
    return {"breakpoints": [point for point in BREAKPOINTS if point in points], **ttl}


def _tier(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("give the name of a tier, e.g. flex")
    return value


def _format(value: Any) -> Json:
    """Write it as Chat Completions does, whose words rows have, too."""
    if value in ("json", "text"):
        return {"type": "json_object" if value == "json" else "text"}
    if isinstance(value, Mapping):
        wire = value.get("type") in ("json_object", "json_schema", "text")
        return dict(value) if wire else {"type": "json_schema", "json_schema": _schema("answer", value)}
    if not isinstance(value, str):
        raise ValueError("give json, or the path of a JSON schema")  # noqa: TRY004 - of the kind of the others
    try:
        schema = json.loads(Path(value).read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}; give json, or the path of a JSON schema") from None
    except ValueError as error:
        raise ValueError(f"the file is not JSON: {error}") from None
    if not isinstance(schema, dict):
        raise ValueError("the file holds no JSON schema, which is an object")  # noqa: TRY004 - likewise
    return {"type": "json_schema", "json_schema": _schema(Path(value).stem, schema)}


def _schema(name: str, schema: Mapping[str, Any]) -> Json:
    kept = "".join(char if char.isascii() and (char.isalnum() or char in "_-") else "_" for char in name)[:64]
    strict = {"strict": True} if _closed(schema) else {}
    return {"name": kept or "answer", "schema": dict(schema), **strict}


def _closed(schema: Any) -> bool:
    """Whether every object in a schema names all of its keys and demands them: what OpenAI's strict mode asks for."""
    if isinstance(schema, list):
        return all(map(_closed, schema))
    if not isinstance(schema, Mapping):
        return True
    keys = schema.get("properties")
    if schema.get("type") == "object" or isinstance(keys, Mapping):
        demanded = set(schema.get("required") or ()) == set(keys if isinstance(keys, Mapping) else ())
        if schema.get("additionalProperties") is not False or not demanded:
            return False
    return all(map(_closed, schema.values()))


CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "max_tokens": _tokens,
    "temperature": _temperature,
    "top_p": _share,
    "seed": _whole,
    "stop": _stop,
    "reasoning": _reasoning,
    "cache": _cache,
    "service_tier": _tier,
    "response_format": _format,
    "n": _tokens,
}
"""Portable key -> what refuses its values and writes them in one form; files are read."""

KEYS = tuple(CHECKS)


def checked(key: str, value: Any, place: str = "model") -> Any:
    """Return the value of a portable key in its canonical form.

    Args:
        key: one of ``KEYS``.
        value: as it was configured; not None.
        place: its key in the config, for errors.

    Raises:
        ConfigError: it is impossible.
    """
    try:
        return CHECKS[key](value)
    except ValueError as error:
        raise ConfigError(f"{place}.{key}={value!r}: {error}") from None


def meaning(word: str, value: Any = None) -> str | None:
    """Return the portable key that an API's word means; None if it means none.

    Args:
        word: a key of ``model.params`` or of a row.
        value: decides between the two meanings of ``cache``, of which one is an API's own.
    """
    if word == "cache" and isinstance(value, Mapping) and "breakpoints" not in value:
        return None
    return word if word in CHECKS else WORDS.get(word)


def sent_by(model: Mapping[str, Any]) -> Json:
    """Return the parameters that a recorded config sent, by its node ``model``; early versions have only ``params``."""
    words = dict(model.get("params") or {})
    given = {**{key: model.get(key) for key in KEYS}, **words}
    return {key: value for key, value in given.items() if value is not None}


def merged(params: Mapping[str, Any], row: Mapping[str, Any]) -> Json:
    """Merge the parameters of a row into those of its cell: the row wins, in whatever words; None unsets."""
    given = {meaning(word, value) or word for word, value in row.items()}
    kept = {word: value for word, value in params.items() if (meaning(word, value) or word) not in given}
    return {**kept, **{word: value for word, value in row.items() if value is not None}}
