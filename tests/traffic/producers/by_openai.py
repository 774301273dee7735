"""The calls by OpenAI's SDK, for whatever listens to it."""

from __future__ import annotations

import asked
import openai


def make(url: str) -> None:
    """Make each call."""
    client = openai.OpenAI(base_url=f"{url}/v1", api_key="local", max_retries=0)
    for prompt in asked.PROMPTS:
        whole = {"model": asked.OPENAI, "messages": [{"role": "user", "content": prompt}]}
        if prompt == asked.STREAMED:
            for _ in client.chat.completions.create(**whole, stream=True, stream_options={"include_usage": True}):
                pass
        elif prompt == asked.WITH_TOOLS:
            client.chat.completions.create(**whole, tools=asked.TOOLS)
        else:
            client.chat.completions.create(**whole)
