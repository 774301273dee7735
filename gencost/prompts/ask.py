"""One prompt of a caller's own, as a sample."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gencost.errors import ConfigError, PromptError
from gencost.messages import Message
from gencost.messages.read import read_messages
from gencost.messages.request_rows import own_params
from gencost.types import Sample

Prompt = str | Sequence[Message | Mapping[str, Any]] | Mapping[str, Any] | Sample


def _read(prompt: Sequence[Message | Mapping[str, Any]] | Mapping[str, Any]) -> tuple[Message, ...]:
    try:
        return read_messages(prompt)
    except PromptError as error:
        raise ConfigError(f"the prompt: {error}") from None


def _params(request: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return own_params(dict(request), {})
    except PromptError as error:
        raise ConfigError(f"the prompt: {error}") from None


def to_sample(prompt: Prompt) -> Sample:
    """Make a sample of whatever a caller asks with.

    Args:
        prompt: a text (one user message), messages or plain mappings, a whole request with ``messages`` and whatever
            it sends along, or a sample, which is returned as it is.

    Returns:
        A sample; one made here is named after the first 12 digits of its text's SHA-256.

    Raises:
        ConfigError: there is nothing to ask.
    """
    if isinstance(prompt, Sample) and prompt.messages:
        return prompt
    if isinstance(prompt, str):
        messages: tuple[Message, ...] = (Message(role="user", content=prompt),)
    elif isinstance(prompt, Mapping) and "messages" in prompt:
        return replace(to_sample(prompt["messages"]), params=_params(prompt))
    elif isinstance(prompt, Mapping) or (prompt and not isinstance(prompt, Sample)):
        messages = _read(prompt)
    else:
        messages = ()
    if (
        not any(message.parts or message.tool_calls for message in messages)
        or not "".join(m.text for m in messages).strip()
    ):
        raise ConfigError("the prompt is empty: give a text or at least one message with content")
    sample = Sample(id="", messages=messages)
    return replace(sample, id=hashlib.sha256(sample.text.encode()).hexdigest()[:12])
