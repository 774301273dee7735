"""The messages of a request: as values, as the text under which they are stored, and as people and APIs write them."""

from gencost.messages.message import (
    ROLES,
    Blob,
    Message,
    Part,
    PartKind,
    PromptKind,
    ToolCall,
    blob_of,
    blobs_of,
    kind_of,
    messages_of,
    prompt_sha256,
    text_of,
    turn_of,
)

__all__ = [
    "ROLES",
    "Blob",
    "Message",
    "Part",
    "PartKind",
    "PromptKind",
    "ToolCall",
    "blob_of",
    "blobs_of",
    "kind_of",
    "messages_of",
    "prompt_sha256",
    "text_of",
    "turn_of",
]
