"""A number of things, in the words for one of them or for several."""

from __future__ import annotations


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """Write ``1 call`` or ``2,000 calls``.

    Args:
        number: of them.
        singular: what is said of one, ``call has no end``.
        plural: what is said of none or several, ``calls have no end``; None adds an s to the singular.
    """
    return f"{number:,} {singular if number == 1 else plural or f'{singular}s'}"
