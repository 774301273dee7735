"""Prompt sets: what is asked, in which order."""

from gencost.prompts.prompt_set import PromptSet, digest, draw

__all__ = ["PromptSet", "digest", "draw"]
