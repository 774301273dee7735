"""The arrivals of the pieces of a streamed answer, in a few bytes each.

A blob is a byte with the version, 1, then whole microseconds: of the first piece since the request was sent, of each
other one since the piece before. Each number is in groups of seven bits, the lowest first, the high bit of a byte says
that more follow (LEB128): a gap of 20 ms takes three bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

_VERSION = 1


def packed(offsets_us: Sequence[int]) -> bytes | None:
    """Write arrivals.

    Args:
        offsets_us: microseconds since the request was sent, never falling.

    Returns:
        None without any.
    """
    if not offsets_us:
        return None
    blob = bytearray((_VERSION,))
    for gap in (offsets_us[0], *(later - earlier for earlier, later in pairwise(offsets_us))):
        rest = max(0, gap)
        while rest > 0x7F:
            blob.append(rest & 0x7F | 0x80)
            rest >>= 7
        blob.append(rest)
    return bytes(blob)


def offsets_us(blob: bytes) -> list[int]:
    """Read arrivals back, in microseconds since the request was sent.

    Raises:
        ValueError: it is damaged, or of a later version.
    """
    if not blob or blob[0] != _VERSION:
        raise ValueError(f"arrivals of version {blob[0] if blob else 'none'} cannot be read: {_VERSION} is known")
    gaps, value, shift = [], 0, 0
    for byte in blob[1:]:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            gaps.append(value)
            value = shift = 0
    if shift:
        raise ValueError("arrivals end within a number")
    return list(accumulate(gaps))
