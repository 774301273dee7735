"""Names that mean the same model: of providers, of snapshots by date, of clouds and relays that sell others' models.

Every rule has its source beside it; what no rule allows is a guess and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, Provider

# Other names of a provider -> its id in genai-prices.
PROVIDERS = {
    "xai": "x-ai",
    "gemini": "google",
    "vertex": "google",
    "vertex_ai": "google",
    "vertex-ai": "google",
    "google-vertex": "google",
    "bedrock": "aws",
    "bedrock_converse": "aws",
    "amazon-bedrock": "aws",
    "azure_ai": "azure",
    "azure-openai": "azure",
    "azure_openai": "azure",
    "openai_responses": "openai",
    "text-completion-openai": "openai",
    "moonshot": "moonshotai",
    "together_ai": "together",
    "fireworks_ai": "fireworks",
    "zhipu": "zhipuai",
    "z-ai": "zai",
    "mistralai": "mistral",
    "mistral-ai": "mistral",
    "aws-bedrock": "aws",
    "google-vertex-ai": "google",
    "google-ai-studio": "google",
    "google-gemini": "google",
    "azure-ai-foundry": "azure",
    "x.ai": "x-ai",
    "together-ai": "together",
    "together.ai": "together",
    "fireworks-ai": "fireworks",
}

# Who sells others' models at their makers' list prices: Azure OpenAI "Global" deployments and Claude in Foundry
# (azure.microsoft.com/pricing/details/cognitive-services/openai-service), as genai-prices 0.2.3 says, too.
_RESELLERS = {"azure": ("openai", "anthropic", "deepseek", "x-ai", "moonshotai")}

# The part of a price key that a call through the litellm library or its proxy lacks: it writes provider/model
# (https://docs.litellm.ai/docs/providers, read 2026-11-26).
LITELLM = ("litellm", "litellm_proxy")
# The library takes the names alone of these makers' models (get_llm_provider of litellm 1.105; tried 2026-11-27); to a
# proxy a name alone is whatever its owner called so.
_BARE = (
    ("openai", re.compile(r"(?:chat)?gpt-(?!oss)|o\d|text-embedding-|ft:gpt-")),
    ("anthropic", re.compile(r"claude-")),
    ("google", re.compile(r"gemini-")),
    ("aws", re.compile(r"(?:[a-z-]+\.)?(?:amazon|anthropic|ai21|cohere|deepseek|meta|mistral|openai|qwen)\.[a-z]")),
)

_DATED = re.compile(
    r"(?P<name>.+?)(?:[-@](?P<y>\d{4})(?P<dash>-?)(?P<m>\d\d)(?P=dash)(?P<d>\d\d)|-(?P<mm>\d\d)(?P<dd>\d\d))"
)
# What may stand between a listed beginning and the end of a dated name: the rest of the date.
_REST_OF_DATE = re.compile(r"[-@]?\d{0,4}(-?\d\d){0,2}")
# Mistral dates its models by year and month (docs.mistral.ai/getting-started/models, read 2026-11-27).
_OF_MISTRAL = re.compile(r"(?:magi|mini|mi|code|dev|pix|vox)stral|pixtral|voxtral")
_MONTH = re.compile(r"-?2[3-9](?:0[1-9]|1[0-2])")
# A vendor's own name for the newest snapshot (docs.mistral.ai/getting-started/models, read 2026-11-26).
_NEWEST = "-latest"
# A fine-tuned model is billed by its base: ft:BASE:organisation:name:id (platform.openai.com/docs/guides/fine-tuning).
_FINE_TUNED = re.compile(r"(ft:[^:]+):.*")
# Bedrock: REGION.maker.model-vN:M, by the region's inference profile; without it a region of its own answers
# (https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html, read 2026-11-26).
_BEDROCK_REGION = re.compile(r"(?:[a-z]{2}(?:-gov)?|apac)\.(?P<rest>.+)")
_BEDROCK_PLACE_AND_MAKER = re.compile(r"(?:(?:[a-z]{2}(?:-gov)?|apac|global)\.)?[a-z0-9]+\.(?P<name>.+)")
# Its ARNs of models and of profiles end in the same name, and litellm writes its API or a region before it
# (https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-use.html, read 2026-11-26).
_BEDROCK_ROUTE = re.compile(
    r"(?:(?:converse|converse_like|invoke)/)?(?:[a-z]{2}(?:-[a-z]+)+-\d/)?(?:arn:aws[^:]*:bedrock:[^:]*:[^:]*:(?:inference-profile|foundation-model)/)?(?P<name>.+)"
)
_BEDROCK_VERSION = re.compile(r"(?P<name>.+?)(?:-v\d+)?(?::\d+)?")
# OpenRouter: how a request is routed does not change whose model answers, nor does it that the model is asked to think,
# unless that variant is listed with a price of its own
# (https://openrouter.ai/docs/features/model-routing, read 2026-11-26, and .../model-variants/thinking, 2026-11-27).
ONLINE, FREE = "online", "free"
_ROUTING = frozenset({"nitro", "floor", "exacto", ONLINE})
_SAME_PRICE = frozenset({"thinking", "beta"})
# Hugging Face's router has a price for each provider, which is named behind the model
# (https://huggingface.co/docs/inference-providers/index, read 2026-11-27).
_ROUTER = "huggingface"
_WITH_VARIANTS = ("openrouter", _ROUTER)
# Vertex AI names the maker before a model, Google numbers its stable versions
# (https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions, read 2026-11-26).
_MAKER = re.compile(r"(?:models/|google/|publishers/[^/]+/models/)(?P<name>.+)")
_NO_VERSION = re.compile(r"(?P<name>.+)@(?:default|latest)")
_NUMBERED = re.compile(r"(?P<name>gemini-.+)-0\d\d")


def provider_of(provider: str, model: str) -> tuple[str, str]:
    """The provider as genai-prices names it, and the model as that provider names it.

    Args:
        provider: the part of a price key before the colon.
        model: the part after it; of litellm it begins with the true provider.
    """
    name = provider.lower().replace(" ", "-")  # "Amazon Bedrock", as tables write it
    if name in LITELLM and "/" in model:
        name, _, model = model.partition("/")
        name = name.lower()
        model = model.removeprefix("responses/")  # its name for OpenAI's other protocol
    elif name == LITELLM[0]:
        name = next((maker for maker, its in _BARE if its.match(model)), name)
    if name == _ROUTER and ":" in model:
        model, _, name = model.rpartition(":")
        return f"{_ROUTER}_{name}", model
    return PROVIDERS.get(name, name), model


def variants_of(model: str) -> list[str]:
    """The words behind the colons of OpenRouter's name of a model, e.g. ``free``, ``online``, ``nitro``."""
    return model.split(":")[1:]


def with_place(provider: str, asked: str, served: str) -> str:
    """The served name with what the server leaves out of it though it changes the price.

    OpenRouter leaves out words behind colons, and models of Bedrock that answer themselves the region that was asked.

    Args:
        provider: the part of a price key before the colon.
        asked: the model's name.
        served: as the server says.
    """
    seller, name = provider_of(provider, asked)
    if seller == "aws":
        placed = _BEDROCK_PLACE_AND_MAKER.fullmatch(_routed(name))
        return asked if placed is not None and _plain(placed["name"]) == _plain(served) else served
    if ":" not in asked or not (provider.lower() in _WITH_VARIANTS or asked.startswith("openrouter/")):
        return served
    there = variants_of(served)
    return ":".join([served, *(word for word in variants_of(asked) if word not in there)])


def resold_by(provider: str) -> tuple[str, ...]:
    """Return the providers whose list prices hold for models that a provider does not list itself."""
    return _RESELLERS.get(provider, ())


def names_of(model: str) -> list[str]:
    """The names a price may stand under: the model's own, with its date after a dash, and without it if it has one."""
    bare = without_date(model)
    if bare is None:
        return [model]
    return list(dict.fromkeys((model, f"{bare}-{model[len(bare) + 1 :]}", bare)))


def spellings(provider: str, model: str) -> list[str]:
    """The names under which genai-prices may list a model, the model's own first.

    Args:
        provider: as genai-prices names it.
        model: as the provider names it.
    """
    name = model
    if provider == "google" and (made := _MAKER.fullmatch(model)) is not None:
        name = made["name"]
    if provider == "google" and (version := _NO_VERSION.fullmatch(name)) is not None:
        name = version["name"]
    if (tuned := _FINE_TUNED.fullmatch(name)) is not None:
        return [tuned[1]]
    if provider == "openrouter" and ":" in name:
        return _without_variants(name)
    if provider == "aws":
        name = _routed(name)
    names = names_of(name)
    if provider == "google" and (numbered := _NUMBERED.fullmatch(name)) is not None:
        names.append(numbered["name"])
    if provider == "aws":
        regional = _BEDROCK_REGION.fullmatch(name)
        rest = name if regional is None else regional["rest"]
        names += [f"regional.{rest}", rest]
    return list(dict.fromkeys(names))


def _routed(model: str) -> str:
    routed = _BEDROCK_ROUTE.fullmatch(model)
    return model if routed is None else routed["name"]


def _plain(model: str) -> str:
    name = _bare(model.lower())
    return without_date(name) or name


def _without_variants(model: str) -> list[str]:
    name, variants = model.partition(":")[0], [word for word in variants_of(model) if word not in _ROUTING]
    names = names_of(":".join([name, *variants]))
    return names + names_of(name) if variants and _SAME_PRICE.issuperset(variants) else names


def listed(seller: Provider, names: Sequence[str]) -> ModelInfo | None:
    """Find the model that a provider lists by one of its names; part of a name does not match.

    Args:
        seller: of genai-prices.
        names: from ``spellings``.
    """
    wanted = [name.lower() for name in names]
    for name in wanted:
        for model in seller.models:
            if model.id.lower() == name or (seller.id == "aws" and _bare(model.id.lower()) == _bare(name)):
                return model
        for model in seller.models:
            if _lists(model.match, name):
                return model
    return None


def _bare(bedrock: str) -> str:
    version = _BEDROCK_VERSION.fullmatch(bedrock)
    return bedrock if version is None else version["name"]


def _lists(clause: object, asked: str) -> bool:
    """Whether an entry's own rule names this very model, not just a part of it."""
    if (name := getattr(clause, "equals", None)) is not None:
        return str(name).lower() == asked
    if (pattern := getattr(clause, "regex", None)) is not None:
        return re.fullmatch(str(pattern), asked) is not None
    if (start := getattr(clause, "starts_with", None)) is not None:
        return _dated_from(str(start).lower(), asked)
    if (part := getattr(clause, "contains", None)) is not None:
        return _dated_from(str(part).lower(), asked)
    return any(_lists(part, asked) for part in getattr(clause, "or_", None) or ())


def _dated_from(start: str, asked: str) -> bool:
    """Whether a name is the listed beginning itself, or a snapshot of it: followed by its date alone."""
    if not asked.startswith(start):
        return False
    rest = asked.removeprefix(start)
    if rest in ("", _NEWEST) or (_OF_MISTRAL.match(start) and _MONTH.fullmatch(rest)):
        return True
    return _REST_OF_DATE.fullmatch(rest) is not None and without_date(asked) is not None


def without_date(model: str) -> str | None:
    """Take one date off the end of a model's name: ``-2024-08-06``, ``-20240806``, ``@20240806``, ``-0613`` (MMDD).

    Returns:
        None if the name does not end in a date that exists.
    """
    dated = _DATED.fullmatch(model)
    if dated is None:
        return None
    leap_year = "2000"
    digits = dated["y"] or leap_year, dated["m"] or dated["mm"], dated["d"] or dated["dd"]
    try:
        date(*map(int, digits))
    except ValueError:
        return None
    return dated["name"]


def may_stand_for(asked: str, served: str, *, declared: bool) -> bool:
    """Whether the price of the requested model holds for a served name that has no price.

    A server may call the same model otherwise: with a date, a path or a maker's name before it. A fine-tuned model is
    another product.

    Args:
        asked: its name.
        served: as the provider says.
        declared: the price is a row of the user's own registry, which then holds for whatever name the server gives.
    """
    if served.lower().startswith("ft:"):
        return False
    return declared or _last_part(asked) == _last_part(served)


def _last_part(model: str) -> str:
    name = model.lower().rstrip("/").rpartition("/")[2]
    return without_date(name) or name
