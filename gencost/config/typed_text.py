r"""Texts as they were typed on the command line, where ``\n`` is a line break."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf

_TEXTS = ("prompts.template", "prompts.system", "model.stop")


def break_lines(cfg: DictConfig, overrides: Sequence[str]) -> None:
    r"""Turn ``\n`` into line breaks in the texts that the command line gives; ``\\n`` stays a backslash and an n.

    Args:
        cfg: the composed config, which is changed.
        overrides: the command line.
    """
    typed = {override.lstrip("+").partition("=")[0] for override in overrides}
    for key in typed.intersection(_TEXTS):
        above, _, name = key.rpartition(".")
        node = OmegaConf.select(cfg, above)
        as_written: Any = OmegaConf.to_container(node, resolve=False) if OmegaConf.is_config(node) else {}
        value = as_written.get(name)
        if isinstance(value, str | list):
            broken = _broken(value) if isinstance(value, str) else [_broken(item) for item in value]
            OmegaConf.update(cfg, key, broken)


def _broken(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    return re.sub(r"\\(\\?)n", lambda match: r"\n" if match[1] else "\n", text)
