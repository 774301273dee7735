"""Scorers: one file per family, each a frozen dataclass whose fields are its YAML keys.

A plain function is a scorer, too: see ``gencost.ScorerFunction``.
"""
