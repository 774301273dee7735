"""Cells held against each other: differences, the Pareto front, the decision."""
