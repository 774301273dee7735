"""A price list that begins with others (``defaults:``), put together as Hydra does it for a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from gencost.errors import PricingError
from gencost.paths import conf_dir
from gencost.pricing.plain_yaml import YAMLError, read_yaml
from gencost.text.yaml_fault import yaml_fault

_SELF = "_self_"
_GROUP = "/pricing/"


def read_list(path: Path, within: Sequence[Path] = ()) -> dict[str, Any]:
    """Read a price list with those that it begins with.

    Args:
        path: a YAML or JSON file; the lists that it names are in ``conf/pricing``, else beside it.
        within: the files that name it, outermost first.

    Returns:
        Its content, merged: mappings key by key, anything else as the later one has it.

    Raises:
        PricingError: a file cannot be read, or names a list that is not there or that it is itself part of.
    """
    if path in within:
        raise PricingError(f"{path}: defaults: the list is part of itself")
    content = _parsed(path)
    named = content.pop("defaults", None)
    if named is None:
        return content
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise PricingError(f"{path}: defaults={named!r}: write names of price lists, e.g. [default, _self_]")
    merged: dict[str, Any] = {}
    for name in named if _SELF in named else [*named, _SELF]:
        merged = _merged(merged, content if name == _SELF else read_list(_beside(path, name), (*within, path)), path)
    return merged


def _beside(path: Path, name: str) -> Path:
    file = f"{name.removeprefix(_GROUP)}.yaml"
    for folder in (conf_dir() / "pricing", path.parent):
        with suppress(OSError):  # of a name that is too long
            if (folder / file).is_file():
                return folder / file
    raise PricingError(f"{path}: defaults: there is no price list {name!r} in conf/pricing or beside it")


def _merged(first: Mapping[str, Any], then: Mapping[str, Any], path: Path) -> dict[str, Any]:
    merged = dict(first)
    for key, value in then.items():
        before = merged.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            merged[key] = _merged(before, value, path)
        elif {type(before), type(value)} == {dict, list}:
            raise PricingError(f"{path}: {key}: a list in one file and a mapping in the other; write both alike")
        else:
            merged[key] = value
    return merged


def _parsed(path: Path) -> dict[str, Any]:
    try:
        content = read_yaml(path.read_text(encoding="utf-8"))  # JSON is YAML, too
    except OSError as error:
        raise PricingError(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, YAMLError) as error:
        raise PricingError(f"{path}: cannot be read: {yaml_fault(error)}") from None
    if not isinstance(content, dict):
        raise PricingError(f'{path}: a mapping of "provider:model" to rates is expected')
    return content
