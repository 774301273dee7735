"""A number of things, in the words for one of them or for several."""

from __future__ import annotations


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """Write ``1 call`` or ``2,000 calls``.

    Args:
        number: of them.
        singular: the words for one, ``call has no end``.
        plural: the words for none or several, ``calls have no end``; None adds an s to the singular.
    """
    return f"{number:,} {singular if number == 1 else plural or f'{singular}s'}"


def counted_of(number: int, total: int, noun: str, verbs: tuple[str, str] | None = None) -> str:
    """Write ``1 of 20 calls was`` or ``2 of 20 calls were``.

    Args:
        number: of them.
        total: of which it is a part.
        noun: of one, which takes an s.
        verbs: of one and of several, which agree with the part; None adds none.
    """
    verb = "" if verbs is None else f" {verbs[number != 1]}"
    return f"{number:,} of {counted(total, noun)}{verb}"


ARE, WERE, HAVE = ("is", "are"), ("was", "were"), ("has", "have")
