"""Ways to reach models: one file per implementation, each a dataclass whose fields are its YAML keys."""
