"""Write JSON, many small values of it: ``json.JSONEncoder`` makes its inner encoder anew for each of them.

That takes as long as to write the body of a request. The inner encoder is one that Python has no public name for; where
it is not there, everything is written as ``json`` does.
"""

from __future__ import annotations

import json
import json.encoder
from collections.abc import Callable
from typing import Any


def json_writer(*, sort_keys: bool = False, default: Callable[[Any], Any] | None = None) -> Callable[[Any], str]:
    """Make a function that writes a value as JSON, in Unicode.

    Args:
        sort_keys: as of ``json.dumps``, as is ``default``.
        default: makes what JSON can hold of what it cannot; None raises a ``TypeError``.
    """
    encoder = json.JSONEncoder(sort_keys=sort_keys, default=default, ensure_ascii=False)
    make: Any = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return encoder.encode
    quoted, no_markers, no_indent = json.encoder.encode_basestring, None, None
    pieces = make(no_markers, encoder.default, quoted, no_indent, ": ", ", ", sort_keys, False, True)
    return lambda value: "".join(pieces(value, 0))
