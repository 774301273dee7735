"""The schema of ``model``: what is asked, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# OmegaConf's word for a value that must be given, without its import: MLflow's process reads these defaults, too.
_MUST_BE_GIVEN = "???"


@dataclass
class ModelConfig:
    """The model that is asked; all keys but ``name``, ``params`` are of ``gencost.values.portable``; null sends none.

    Attributes:
        name: the part of a price key after the colon.
        max_tokens: most output tokens.
        temperature: of the sampling.
        top_p: the share of probability that is sampled from.
        seed: of the sampling; ``seed`` at the top level is the experiment's.
        stop: a text, or several, that end an answer.
        reasoning: ``none``, ``low``, ``medium``, ``high``, or the most tokens of thought.
        cache: ``off``, or after what a prompt may be cached: ``system``, ``tools``, ``last``.
        service_tier: the tier that is asked for.
        response_format: ``json``, or the path of a JSON schema.
        n: answers to each request.
        params: sent with each call as they are, in the provider's own words; null leaves one out.
        price: of the model, the keys of a block of a price list; not sent. Empty takes it from ``pricing``.
    """

    name: str = _MUST_BE_GIVEN
    max_tokens: Any = None
    temperature: Any = None
    top_p: Any = None
    seed: Any = None
    stop: Any = None
    reasoning: Any = None
    cache: Any = None
    service_tier: Any = None
    response_format: Any = None
    n: Any = None
    params: dict[str, Any] = field(default_factory=dict)
    price: dict[str, Any] = field(default_factory=dict)
