"""Say in one line, with the nearest names, what Hydra or OmegaConf found wrong in the configuration."""

from __future__ import annotations

import contextlib
import difflib
import pkgutil
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from hydra.errors import ConfigCompositionException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig
from omegaconf.errors import ConfigKeyError, MissingMandatoryValue, OmegaConfBaseException

from gencost.config import schema
from gencost.config.command_line import menu, unreadable
from gencost.config.expected_value import expected_value
from gencost.errors import nearest
from gencost.masking import masked_overrides
from gencost.values.portable import meaning

_UNQUOTED = re.compile(r"In '([^']+)': KeyValidationError .*Key (\S+) \(\w+\) is incompatible")
_FILE = re.compile(r"In '([^']+)': ")
_REMOVED = re.compile(r"Could not delete (?:from config\. )?'([^']+)'")
_SLIP = 0.82  # top_k is 0.8 like top_p, and a parameter of its own


def one_line(error: Exception) -> str:
    """Turn any error of the configuration into one line.

    Args:
        error: of Hydra, OmegaConf or GenCost.
    """
    if isinstance(error, MissingConfigException):
        return _unknown_choice(error)
    if isinstance(error, OSError) and error.strerror:
        remedy = "choose another folder with hydra.run.dir=..., of a sweep hydra.sweep.dir=..."
        return f"{error.filename or 'the output folder'} cannot be used: {error.strerror}; {remedy}"
    if isinstance(error, OverrideParseException):
        return unreadable(*masked_overrides([str(error.override)]))
    if "Ambiguous value" in str(error):
        return _ambiguous(_joined(str(error)).split(" 1.")[0])
    if isinstance(error, ConfigCompositionException):
        return _of_composing(error)
    return explain(error)


def _of_composing(error: ConfigCompositionException) -> str:
    """Say which value of an override or of a file of the menu does not fit; the file is named."""
    text, reason = _joined(str(error)), error.__cause__ or error.__context__
    if removed := _REMOVED.search(text):
        return f"~{removed[1]}: it cannot be taken away: leave it out for its default"
    if not isinstance(reason, OmegaConfBaseException):
        return explain(error)
    within = _FILE.match(text)
    if within is None or "KeyValidationError" in text:
        return explain(reason) if within is None else explain(error)
    file, place = f"{within[1]}.yaml", str(reason.full_key or "")
    if isinstance(reason, ConfigKeyError) and place == within[1].partition("/")[0]:
        return f"{file}: it does not say where its keys belong: begin it with `# @package _global_`"
    return f"{file}: {explain(reason)}"


def _ambiguous(text: str) -> str:
    several = re.search(r"'quality=([\w,]+)'", text)
    remedy = f"several scorers are quality=[{several[1]}]" if several else "if it is one text, quote it"
    return f"{text}: to sweep over them add -m; {remedy}"


def _unknown_choice(error: MissingConfigException) -> str:
    named = re.search(r"Could not (?:find|load) '(.+?)'", str(error))
    if named is None or "/" not in named[1]:
        return _joined(str(error))
    cut = 2 if named[1].startswith("hydra/") else 1  # a choice may hold a slash, as openai/gpt-4o
    parts = named[1].split("/")
    group, choice = "/".join(parts[:cut]), "/".join(parts[cut:])
    options = sorted(error.options or menu(group))
    remedy = _REMEDIES.get(f"{group}={choice}") or _REMEDIES.get(group, "")
    return f"{group}={choice} does not exist{nearest(choice, options)}: choose from {', '.join(options)}{remedy}"


_REMEDIES = {
    "hydra/sweeper=optuna": "; pip install 'gencost[optuna]' brings this one",
    "model": "; any other with provider=NAME model.name=NAME",
}


def explain(error: Exception) -> str:
    """Say what an error of OmegaConf means, with the nearest keys where one is unknown; others as they are."""
    if not isinstance(error, OmegaConfBaseException):
        return _of_hydra(_joined(str(error)))
    what = str(error.msg or error).splitlines()[0]
    keys = [str(key) for key in error.parent_node or ()] if isinstance(error, KeyError | AttributeError) else []
    place = error.full_key or ""
    if isinstance(error, MissingMandatoryValue) and place:
        return f"{place} is not set: give {place}=..."
    group = re.search(r"^Invalid type assigned: .* is not a subclass of (\w+)", what)
    if group is not None and is_dataclass(of := getattr(schema, group[1], None)):
        return f"{place} holds keys: give {' or '.join(f'{place}.{f.name}=...' for f in fields(of))}"
    if keys and _is_field(error):
        return f"{place}: the file does not name this field of its class: give +{place}=..."
    if keys:
        return f"{place}: there is no such key{_nearest_key(error, keys)}; here are {', '.join(keys)}"
    return expected_value(place, what) or (f"{place}: {what}" if place else what)


def _of_hydra(text: str) -> str:
    if unquoted := _UNQUOTED.search(text):
        return f"{unquoted[1]}.yaml: YAML reads a key as {unquoted[2]}, not as a name: quote it, as in 'yes': ..."
    if "does not support sweep type" in text:
        return "this sweeper takes single values, not an interval: write choice(0,1,2) or range(0,3)"
    elsewhere = re.search("Could not override '[^']+@", text) and "append to your default list" not in text
    return f"{text} For that the file must begin with `# @package _global_`" if elsewhere else text


def hint(place: str, keys: Iterable[str], elsewhere: Iterable[str] = ()) -> str:
    """Suggest what an unknown key may have meant: a portable key of the model, else a similar key.

    Args:
        place: the key, dotted.
        keys: that exist beside it.
        elsewhere: keys of the whole config that end alike, as ``load.concurrency``.
    """
    above, _, word = place.rpartition(".")
    meant = meaning(word)
    cutoff = _SLIP if above == "model" else 0.6
    of_judge = above.endswith(".model")  # any key is allowed there
    right = f"{above}.params.{meant}" if of_judge else f"model.{meant}"
    portable = [right] if meant is not None and right != place else []
    beside = difflib.get_close_matches(word, list(keys), n=1, cutoff=cutoff)
    near = list(dict.fromkeys([*portable, *([] if portable else beside), *elsewhere]))[:2]
    if not near and above == "model":
        near = [f"model.params.{word}"]
    return f" (did you mean {' or '.join(map(repr, near))}?)" if near else ""


def _nearest_key(error: OmegaConfBaseException, keys: list[str]) -> str:
    """Name a near key here, and keys of the whole config that end alike, as ``load.concurrency``."""
    root = error.parent_node._get_root() if error.parent_node is not None else None
    alike = [key for key in dotted_keys(root) if key.rpartition(".")[2] == str(error.key)]
    return hint(error.full_key or str(error.key), keys, alike)


def dotted_keys(node: Any, before: str = "") -> Iterator[str]:
    """Yield every key below a node of the config, with dots; Hydra's own are left out."""
    if not isinstance(node, DictConfig):
        return
    for key in map(str, node):
        if before or key != "hydra":
            yield f"{before}{key}"
            yield from dotted_keys(node._get_node(key), f"{before}{key}.")


def _is_field(error: OmegaConfBaseException) -> bool:
    """Whether the missing key is a field of the class that the node names, as of a user's own provider."""
    target = (error.parent_node or {}).get("_target_")
    with contextlib.suppress(Exception):  # errors of the user's module are reported when the class is built
        return str(error.key) in {field.name for field in fields(pkgutil.resolve_name(str(target)))}
    return False


def _joined(text: str) -> str:
    return " ".join(text.split())
