"""A price on the command line, for a server of one's own: ``model.price.input_usd_per_mtok=0.2``.

It becomes part of ``pricing``, as it is recorded: whatever prices a run again finds it there. It is not sent, and not a
part of what defines the calls.
"""

from __future__ import annotations

from typing import Any

from gencost.config.model_schema import ModelConfig

SOURCE = "command line"


def given_price(model: ModelConfig, provider: str) -> dict[str, Any]:
    """Return the part of ``pricing`` that the command line gives; empty if it gives no price.

    Args:
        model: with ``price``, the keys of a block of a price list.
        provider: the part of a price key before the colon.
    """
    block = {key: value for key, value in (model.price or {}).items() if value is not None}
    return {"given": {f"{provider}:{model.name}": {"source": SOURCE, **block}}} if block else {}
