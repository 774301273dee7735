"""Say in one line, with the nearest names, what Hydra or OmegaConf found wrong in the configuration."""

from __future__ import annotations

import contextlib
import pkgutil
import re
from dataclasses import fields

from hydra.errors import ConfigCompositionException, MissingConfigException, OverrideParseException
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from gencost.errors import nearest
from gencost.masking import masked_overrides
from gencost.paths import conf_dir


def one_line(error: Exception) -> str:
    """Turn any error of the configuration into one line.

    Args:
        error: of Hydra, OmegaConf or GenCost.
    """
    if isinstance(error, MissingConfigException):
        return _unknown_choice(error)
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename} cannot be used: {error.strerror}; choose another folder with hydra.run.dir=..."
    if isinstance(error, OverrideParseException):
        (given,) = masked_overrides([str(error.override)])
        return f"cannot read the override {given!r}: write key=value, quoted where it holds , = {{ or spaces"
    if "Ambiguous value" in str(error):
        return f"{_joined(str(error)).split(' 1.')[0]}: to sweep over them add -m; if it is one text, quote it"
    if isinstance(error, ConfigCompositionException) and isinstance(error.__cause__, OmegaConfBaseException):
        return explain(error.__cause__)
    return explain(error)


def _unknown_choice(error: MissingConfigException) -> str:
    named = re.search(r"Could not (?:find|load) '(.+)/([^/']*)'", str(error))
    if named is None:
        return _joined(str(error))
    group, choice = named.groups()
    options = sorted(error.options or [path.stem for path in (conf_dir() / group).glob("*.yaml")])
    return f"{group}={choice} does not exist: choose from {', '.join(options)}{nearest(choice, options)}"


def explain(error: Exception) -> str:
    """Say what an error of OmegaConf means, with the nearest keys where one is unknown; others as they are."""
    if not isinstance(error, OmegaConfBaseException):
        text = _joined(str(error))
        elsewhere = re.search("Could not override '[^']+@", text) is not None
        return f"{text} For that the file must begin with `# @package _global_`" if elsewhere else text
    what = str(error.msg or error).splitlines()[0]
    keys = [str(key) for key in error.parent_node or ()] if isinstance(error, KeyError | AttributeError) else []
    place = error.full_key or ""
    if isinstance(error, MissingMandatoryValue) and place:
        return f"{place} is not set: give {place}=..."
    if keys and _is_field(error):
        return f"{place}: the file does not name this field of its class: give +{place}=..."
    if keys:
        return f"{place}: there is no such key{nearest(str(error.key), keys)}; here are {', '.join(keys)}"
    return f"{place}: {what}" if place else what


def _is_field(error: OmegaConfBaseException) -> bool:
    """Whether the missing key is a field of the class that the node names, as of a user's own provider."""
    target = (error.parent_node or {}).get("_target_")
    with contextlib.suppress(Exception):  # whatever the user's module raises is told when the class is built
        return str(error.key) in {field.name for field in fields(pkgutil.resolve_name(str(target)))}
    return False


def _joined(text: str) -> str:
    return " ".join(text.split())
