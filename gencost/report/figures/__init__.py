"""Figures for print: their numbers, the process that draws them, one function each."""
