"""Small values that ``gencost.types`` is made of, and the words for them: counts, costs, overrides, names."""
