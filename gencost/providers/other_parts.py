"""All that an answer holds beside its text, the functions that it calls and its thoughts: kept as it was sent.

Kinds that nobody knows yet are kept like any other. Left out are seals, which say nothing to anybody but their vendor,
and most of a text of a size that only bytes have.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

Json = Mapping[str, Any]

_SEALS = frozenset({"signature", "encrypted_content", "encrypted_index", "encrypted_stdout", "thoughtSignature"})
_NAMES = frozenset({"type", "id", "status", "role", "index", "object"})
_BY_ITSELF = {"type": "direct"}  # the caller of a function, where it was not a program
_NOTHING: tuple[Any, ...] = (None, "", False, [], {}, _BY_ITSELF)
_MOST_CHARS = 100_000


def rest_of(sent: Json, read: Collection[str]) -> tuple[Json, ...]:
    """Return the unread fields of an item, a block or a message, under its type.

    Args:
        sent: as the provider sent it.
        read: the keys that are read.

    Returns:
        Nothing, or one object.
    """
    if sent.keys() <= _NAMES:  # most messages
        return ()
    rest = {key: kept(value) for key, value in sent.items() if key not in read and key not in _SEALS}
    rest = {key: value for key, value in rest.items() if value not in _NOTHING}
    return (rest,) if rest.keys() - _NAMES else ()


def whole(sent: Json) -> tuple[Json, ...]:
    """Return an item of a kind that is not read at all."""
    return (kept(sent),)


def kept(value: Any) -> Any:
    """Copy what was sent without seals, and of a text that is too long its digest and beginning."""
    if isinstance(value, Mapping):
        return {key: kept(inner) for key, inner in value.items() if key not in _SEALS}
    if isinstance(value, list):
        return [kept(inner) for inner in value]
    if isinstance(value, str) and len(value) > _MOST_CHARS:
        digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{value[:100]}… ({len(value):,} characters, SHA-256 {digest})"
    return value


def grown(so_far: Any, piece: Any) -> Any:
    """Put two pieces of a value together, as the deltas of a stream bring them."""
    if isinstance(so_far, dict) and isinstance(piece, Mapping):
        return {**so_far, **{key: grown(so_far.get(key), inner) for key, inner in piece.items()}}
    if isinstance(so_far, list) and isinstance(piece, list):
        return [*so_far, *piece]
    if isinstance(so_far, str) and isinstance(piece, str) and so_far != piece:
        return so_far + piece
    return so_far if piece is None else piece
