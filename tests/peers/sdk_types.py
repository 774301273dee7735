"""Run by a Python that has the packages ``openai`` and ``anthropic``: their types check bodies, and make answers.

Reads JSON ``{"bodies": [[type, body], ...]}``; writes why each body is refused (null if it is not), and answers of
every kind that the types allow, each text in them unique.
"""

from __future__ import annotations

import importlib
import itertools
import json
import sys
import types
import typing

typing.Iterable = list  # whose items pydantic checks at once, not when somebody reads them

import typing_extensions  # noqa: E402
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError  # noqa: E402

SENT = {
    "chat": "openai.types.chat.completion_create_params:CompletionCreateParamsNonStreaming",
    "chat stream": "openai.types.chat.completion_create_params:CompletionCreateParamsStreaming",
    "responses": "openai.types.responses.response_create_params:ResponseCreateParamsNonStreaming",
    "responses stream": "openai.types.responses.response_create_params:ResponseCreateParamsStreaming",
    "messages": "anthropic.types.message_create_params:MessageCreateParamsNonStreaming",
    "messages stream": "anthropic.types.message_create_params:MessageCreateParamsStreaming",
}
RECEIVED = {
    "chat message": "openai.types.chat.chat_completion_message:ChatCompletionMessage",
    "chat logprobs": "openai.types.chat.chat_completion:ChoiceLogprobs",
    "chat usage": "openai.types.completion_usage:CompletionUsage",
    "responses item": "openai.types.responses.response_output_item:ResponseOutputItem",
    "responses event": "openai.types.responses.response_stream_event:ResponseStreamEvent",
    "responses usage": "openai.types.responses.response_usage:ResponseUsage",
    "messages block": "anthropic.types.content_block:ContentBlock",
    "messages delta": "anthropic.types.raw_content_block_delta:RawContentBlockDelta",
    "messages event": "anthropic.types.raw_message_stream_event:RawMessageStreamEvent",
    "messages usage": "anthropic.types.usage:Usage",
}
MOST_DEEP = 7
numbers = itertools.count(1)


def named(path: str) -> object:
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def strict(prefixes: tuple[str, ...]) -> None:
    """Let no typed dict take a key that it does not name."""
    for name, module in list(sys.modules.items()):
        for value in list(vars(module).values()) if name.startswith(prefixes) else ():
            if typing_extensions.is_typeddict(value):
                value.__pydantic_config__ = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


def refused(adapter: TypeAdapter, body: object) -> str | None:
    try:
        adapter.validate_python(body)
    except ValidationError as error:
        return "; ".join(f"{'.'.join(map(str, it['loc']))}: {it['msg']}" for it in error.errors())[:2000]
    return None


def kinds(form: object) -> list[object]:
    """The members of a union, those of its members included; any other type alone."""
    origin = typing.get_origin(form)
    if origin is typing.Annotated:
        return kinds(typing.get_args(form)[0])
    if origin in (typing.Union, types.UnionType):
        members = [it for it in typing.get_args(form) if it is not type(None)]
        return [kind for member in members for kind in kinds(member)]
    return [form]


def built(form: object, depth: int = 0) -> object:
    """A value of a type; of a union its first member, but of a list one of each."""
    form = kinds(form)[0]
    if typing.get_origin(form) is not None:
        return built_of(typing.get_origin(form), typing.get_args(form), depth)
    if isinstance(form, type) and issubclass(form, BaseModel):
        return {
            field.alias or name: built(field.annotation, depth + 1)
            for name, field in form.model_fields.items()
            if depth < MOST_DEEP or field.is_required()
        }
    if form is bool:
        return True
    if form in (int, float):
        return next(numbers)
    return f"text-{next(numbers)}-end"


def built_of(origin: object, inner: tuple[object, ...], depth: int) -> object:
    """A value of a literal, a list or a mapping."""
    if origin is list:
        return [built(kind, depth + 1) for kind in kinds(inner[0])] if depth < MOST_DEEP else []
    return {"key": built(inner[1], depth + 1)} if origin is dict else inner[0]


def main() -> None:
    sent = {kind: named(path) for kind, path in SENT.items()}
    received = {kind: kinds(named(path)) for kind, path in RECEIVED.items()}
    strict(("openai.types", "anthropic.types"))
    adapters = {kind: TypeAdapter(form) for kind, form in sent.items()}
    bodies = json.load(sys.stdin)["bodies"]
    answers = {kind: [built(form) for form in forms] for kind, forms in received.items()}
    json.dump({"refused": [refused(adapters[kind], body) for kind, body in bodies], "answers": answers}, sys.stdout)


if __name__ == "__main__":
    main()
