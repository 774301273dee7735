"""The mistake in a YAML file in one line: where it is, and what to write instead."""

from __future__ import annotations

import yaml


def yaml_fault(error: Exception) -> str:
    """Say what the parser of YAML found wrong.

    Args:
        error: of PyYAML; any other is described by its own text.

    Returns:
        For example ``not YAML: line 2, column 1: found duplicate key n``.
    """
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    if mark is None:
        return f"not YAML: {_joined(str(error))}"
    text = _joined(f"{getattr(error, 'problem', None) or getattr(error, 'context', None)}")
    remedy = "; indent with spaces, not with tabs" if "'\\t'" in text else ""
    return f"not YAML: line {mark.line + 1}, column {mark.column + 1}: {text}{remedy}"


def _joined(text: str) -> str:
    return " ".join(text.split())
