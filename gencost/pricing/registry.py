"""The price registry as a value: dated rates of models, and how a model is looked up in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from gencost.pricing.rates import ModelPricing

Fallback = Literal["genai-prices", "none"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings for looking up models in a registry, and the region where calls are served.

    Attributes:
        aliases: ``"provider:model"`` -> the key whose price it has.
        fallback: where to look for what the registry does not name.
        allow_guess: take the price of a model that the fallback matched by a part of the name.
        region: whose ``region_multiplier`` to apply; None applies none.
        given: ``"provider:model"`` -> rates of the command line, which come before all others, whatever was served.
    """

    aliases: Mapping[str, str] = field(default_factory=dict)
    fallback: Fallback = "genai-prices"
    allow_guess: bool = False
    region: str | None = None
    given: Mapping[str, ModelPricing] = field(default_factory=dict)


class Registry(dict[str, ModelPricing]):
    """``"provider:model"`` -> the latest rates, which know the earlier ones.

    Attributes:
        settings: how models are looked up in it.
        content: as it was read, so that it can be recorded and read again; None if it was made in code.
    """

    def __init__(
        self,
        models: Mapping[str, ModelPricing] | Iterable[tuple[str, ModelPricing]] = (),
        settings: Settings | None = None,
    ) -> None:
        super().__init__(models)
        self.settings = settings or Settings()
        self.content: Mapping[str, Any] | None = None
