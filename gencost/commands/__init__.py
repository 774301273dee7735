"""The commands of ``gencost``: a command's name is its file's; ``parsers`` describes them all without importing any."""
