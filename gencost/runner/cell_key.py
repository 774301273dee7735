"""The key of a cell: the hash of what defines its calls, so that a resume finds its run. Its rule has a version.

Rule 1, of runs recorded until 2026-11-26, hashed the node ``model`` of the config: its name, and its open map with
what the files of the menu listed as null. Rule 2 hashes what is sent along.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from gencost.runner.shared import key_of

RULE = 2

# How this machine reaches a provider, and what it notes beside the answer.
NO_PART_OF_A_CALL = frozenset({"proxy", "ca_file", "chunk_s", "record_chunks"})
_REPLAY = "gencost.providers.replay.ReplayProvider"
_NEW_OF_REPLAY = {"empty": "answer", "on_bad_row": "fail"}
_FIRST_COLUMNS = frozenset(
    {"prompt", "model", "response", "tokens_in", "tokens_out", "latency_s", "latency_ms", "cost_usd", "finish_reason"}
    | {"repeat"}
)
_OLD_WORDS = {
    "max_tokens": ("max_tokens", "max_completion_tokens", "max_output_tokens"),
    "reasoning": ("reasoning_effort",),
}


def cell_key(defines: Mapping[str, Any]) -> str:
    """Hash what defines the calls of a cell.

    Args:
        defines: ``provider`` as it is configured, ``model``, ``params``, ``prompts`` (their digest), ``n``,
            ``repeats``, ``seed``.
    """
    return _hashed({**defines, "provider": _of_the_call(defines["provider"]), "rule": RULE})


def earlier_keys(defines: Mapping[str, Any]) -> list[str]:
    """List the keys that these calls had under rule 1, for each way in which they could be written then."""
    rest = {key: value for key, value in defines.items() if key not in ("model", "params", "provider")}
    keys = []
    for params in _old_params(defines["params"]):
        model = {"name": defines["model"], "params": params}
        keys.append(_hashed({**rest, "provider": _of_the_call(defines["provider"]), "model": model}))
    return keys


def _old_params(params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Write parameters as the open map had them; the menu listed the temperature and a bound, or nothing."""
    spelled: list[list[dict[str, Any]]] = [[{}]]
    for key, value in params.items():
        spelled.append([{word: value} for word in _OLD_WORDS.get(key, (key,))])
    if "temperature" not in params:
        spelled.append([{}, {"temperature": None}])
    if "max_tokens" not in params:
        spelled.append([{}, {"max_tokens": None}, {"max_completion_tokens": None}])
    for parts in itertools.product(*spelled):
        joined: dict[str, Any] = {}
        for part in parts:
            joined = {**part, **joined}  # a null gives way to a value
        yield joined


def _of_the_call(provider: Mapping[str, Any]) -> dict[str, Any]:
    """Take what defines calls: of a replay as its file of the menu had it, so that earlier runs keep their keys."""
    node = {key: value for key, value in provider.items() if key not in NO_PART_OF_A_CALL}
    if node.get("_target_") != _REPLAY:
        return node
    node = {key: value for key, value in node.items() if _NEW_OF_REPLAY.get(key) != value}
    columns = node.get("columns") or {}
    return {**node, "columns": {key: name for key, name in columns.items() if key in _FIRST_COLUMNS or name != key}}


def _hashed(defines: Mapping[str, Any]) -> str:
    return hashlib.sha256(key_of(defines).encode()).hexdigest()
