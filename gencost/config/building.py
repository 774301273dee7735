"""Objects made of the nodes of a config: each of what its ``_target_`` names, checked."""

from __future__ import annotations

import contextlib
import copy
import functools
import importlib
import pkgutil
import re
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any, cast

from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from gencost.config.errors import explain
from gencost.config.own_classes import reason
from gencost.config.schema import Config
from gencost.errors import ConfigError, UserError
from gencost.protocols import Provider, Scorer
from gencost.providers.misfit import unfit_provider
from gencost.quality.reading import Reading
from gencost.quality.score import Rules
from gencost.quality.scorer_function import check_named, scorer_of, scores_answers

_DOTTED = re.compile(r"\w[.:]\w")
_INTERPOLATION = re.compile(r"(\\*)\$\{")


def build(node: Mapping[str, Any] | str, place: str, role: type) -> Any:
    """Make the object that a node with a ``_target_`` describes, its keys checked against the fields of its class.

    Args:
        node: plain values; one of them that has a ``_target_`` itself is made first. A text is a ``_target_`` alone.
        place: the node's name in the config, for errors.
        role: the protocol that the object must have, see ``gencost.protocols``.

    Raises:
        ConfigError: the class cannot be imported, is of another role, or refuses a value.
    """
    node = _as_node(node, place)
    target = node.get("_target_")
    if not isinstance(target, str) or not _DOTTED.search(target):
        has = "has no _target_" if target is None else f"has _target_: {target!r}"
        raise ConfigError(f"{place} {has}: name a class or function of a module there, e.g. _target_: my_package.Mine")
    made_by = _imported(target, place)
    parts = {key: build(part, f"{place}.{key}", object) for key, part in node.items() if _is_object(part)}
    rest = {key: value for key, value in node.items() if key not in parts}
    if role is Scorer and scores_answers(made_by, node):
        return scorer_of(made_by, {**node, **parts}, place.rpartition(".")[2], place)
    try:
        values = _typed(rest, made_by, place, frozenset(parts))
        built = _made(values, parts, made_by)
    except (InstantiationException, TypeError) as error:
        if isinstance(error.__cause__, UserError):
            raise error.__cause__ from None
        raise ConfigError(f"{place}: {explain(error)}") from None
    if role is Scorer and callable(built) and not isinstance(built, Scorer):
        return scorer_of(built, {}, place.rpartition(".")[2], place)
    _check_role(built, role, target, place)
    return built


def _check_role(built: Any, role: type, target: str, place: str) -> None:
    """Refuse an object that cannot do what its place in the config asks for."""
    if not isinstance(built, role):
        lacking = [name for name in vars(role) if not name.startswith("_") and not hasattr(built, name)]
        lacks = f", as it lacks {', '.join(lacking)}" if lacking else ""
        raise ConfigError(f"{place}._target_={target!r} is not a {role.__name__}{lacks}: see gencost/protocols.py")
    if role is Provider and (wrong := unfit_provider(built)) is not None:
        raise ConfigError(f"{place}: {wrong}")
    if role is Scorer:
        check_named(built, place)


def _made(values: Mapping[str, Any], parts: Mapping[str, Any], made_by: Any) -> Any:
    """Call what a ``_target_`` names.

    Hydra does it, which may refuse to, and makes what is further inside; that takes longer than all else here, so a
    dataclass of our own that says nothing of that is called as it is.
    """
    given = {key: value for key, value in values.items() if key != "_target_"}
    if _is_own(made_by) and "_target_" not in str(given):
        with contextlib.suppress(Exception):  # reported as Hydra's own error
            return made_by(**given, **parts)
    parts = {**parts, **{key: value for key, value in values.items() if "${" in str(value)}}  # not resolved again
    node = OmegaConf.create({key: value for key, value in values.items() if key not in parts})
    built = instantiate(node, _convert_="all", _partial_=bool(parts))
    return built(**parts) if parts else built


def _is_own(made_by: object) -> bool:
    return is_dataclass(made_by) and str(made_by.__module__).startswith("gencost.")


def _as_node(node: Any, place: str) -> Mapping[str, Any]:
    """Take a text as a ``_target_`` alone."""
    if isinstance(node, str):
        return {"_target_": node}
    if not isinstance(node, Mapping):
        raise ConfigError(f"{place}={node!r}: give a node with a _target_, or a dotted name")
    return node


def _imported(target: str, place: str) -> Any:
    """Import what a ``_target_`` names.

    Raises:
        ConfigError: it is not there, or its module cannot be imported; the text has the innermost reason.
    """
    try:
        return pkgutil.resolve_name(target)
    except Exception as error:  # noqa: BLE001 - a user's module may raise anything
        cause = _of_module(target.replace(":", ".").rpartition(".")[0]) or error
    raise ConfigError(f"{place}._target_={target!r} cannot be imported: {_reason(cause)}") from None


def _of_module(module: str) -> Exception | None:
    """Find out why an existing module cannot be imported; None if it can be, or does not exist.

    ``pkgutil`` takes a module that fails to import for one that is not there.
    """
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        return None if module == missing or module.startswith(f"{missing}.") else error
    except Exception as error:  # noqa: BLE001 - a user's module may raise anything
        return error
    return None


def _reason(error: Exception) -> str:
    """Name the error, and the file and line that raised it unless Python's own text says so."""
    text = " ".join(str(error).split())
    if isinstance(error, ImportError | AttributeError | ValueError) or not error.__traceback__:
        return text
    return f"{type(error).__name__}: {text}" if isinstance(error, SyntaxError) else reason(error)


def _is_object(node: Any) -> bool:
    return isinstance(node, Mapping) and "_target_" in node


def _typed(node: Mapping[str, Any], made_by: object, place: str, given: frozenset[str]) -> dict[str, Any]:
    """Convert values to the types of a dataclass's fields; other callables check their own arguments.

    ``given`` names the fields that are objects of their own.
    """
    try:
        typed = copy.deepcopy(_structure(cast("Any", made_by))) if is_dataclass(made_by) else OmegaConf.create()
    except OmegaConfBaseException:  # a field's type is beyond OmegaConf
        typed = OmegaConf.create()
    OmegaConf.set_readonly(typed, False)
    try:
        typed.merge_with(verbatim({key: value for key, value in node.items() if key != "_target_"}))
        values = plain_values(typed)
    except OmegaConfBaseException as error:
        raise ConfigError(f"{place}.{explain(error)}") from None
    if is_dataclass(made_by):
        values = {key: value for key, value in values.items() if key not in _not_given(made_by) | given}
    return {**values, "_target_": node["_target_"]}


@functools.cache
def _structure(dataclass: Any) -> Any:
    """Return the fields of a dataclass as a config, with their types and defaults."""
    return OmegaConf.structured(dataclass)


def verbatim(value: Any) -> Any:
    """Escape what OmegaConf would take for interpolations in resolved values, in which ``${x}`` is text."""
    if isinstance(value, Mapping):
        return {key: verbatim(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [verbatim(item) for item in value]
    return _INTERPOLATION.sub(r"\1\1\\${", value) if isinstance(value, str) else value


def _not_given(made_by: Any) -> set[str]:
    return {f.name for f in fields(made_by) if not f.init}


def plain_values(node: Any) -> dict[str, Any]:
    """Resolve a node to plain values; a missing one raises."""
    return cast("dict[str, Any]", OmegaConf.to_container(node, resolve=True, throw_on_missing=True))


def rules_of(config: Config) -> Rules:
    """Return the rules by which the answers of a cell are read and scored.

    Raises:
        ConfigError: a way to read that does not exist, or a limit that leaves no time.
    """
    return Rules(reading=Reading(**asdict(config.reading)), timeout_s=config.scoring.timeout_s)
