"""Arrivals of the pieces of a stream are kept in a few bytes and read back to the microsecond."""

from __future__ import annotations

import pytest

from gencost.values.chunk_times import offsets_us, packed


@pytest.mark.parametrize("offsets", [[0], [127], [128], [5, 5, 5], [200_000, 220_123, 3_220_123], [10**12]])
def test_what_is_packed_is_read_back(offsets):
    assert offsets_us(packed(offsets)) == offsets


def test_two_hundred_tokens_at_20_ms_take_three_bytes_each():
    offsets = [300_000 + 20_000 * n for n in range(200)]
    # 1 of the version, 3 of 300,000 (2**14 <= 300,000 < 2**21), 199 gaps of 20,000 (likewise 3)
    assert len(packed(offsets)) == 1 + 3 + 199 * 3


def test_nothing_is_no_blob():
    assert packed([]) is None


@pytest.mark.parametrize("blob", [b"", b"\x02\x05", b"\x01\x85"])
def test_what_cannot_be_read_says_so(blob):
    with pytest.raises(ValueError, match="arrivals"):
        offsets_us(blob)
