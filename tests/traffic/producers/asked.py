"""The calls that every producer makes, and GenCost itself."""

from __future__ import annotations

OPENAI, CLAUDE = "gpt-4o-mini", "claude-haiku-4-5"
PROMPTS = ("What is the capital of France?", "Weather in Paris?", "Say it slowly.")
STREAMED = PROMPTS[2]  # of those who stream
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}]
WITH_TOOLS = PROMPTS[1]
