"""The protocols of single vendors: Anthropic's Messages, OpenAI's Responses, native names that relays let through."""

from __future__ import annotations

import re

from gencost.usage.chat import IN_ANY_PROTOCOL
from gencost.usage.libraries import AI_SDK, CLAUDE_AGENT, CODEX, GENKIT, LANGCHAIN, PYDANTIC
from gencost.usage.lines import Dialect, Source
from gencost.usage.tools import SERVER_TOOLS, XAI_TOOLS

_DAY = "2026-11-26"

MESSAGES = Dialect(
    "messages",
    Source(
        url="https://platform.claude.com/docs/en/api/messages and .../build-with-claude/prompt-caching",
        read=_DAY,
        lines={
            "input_tokens": "total in",
            "output_tokens": "total out",
            "total_tokens": "total all",
            "cache_read_input_tokens": "part cached",
            "cache_creation_input_tokens": "part written",
            "cache_creation.*": "write ttl",
            "cache_deleted_input_tokens": "free",  # taken out of the cache
            "output_tokens_details.thinking_tokens": "part reasoning",
            "output_tokens_details.reasoning_tokens": "part reasoning",
            **SERVER_TOOLS,
            "iterations.**": "call",
        },
    ),
    # Servers that speak both protocols say the same twice; DeepSeek and others add OpenAI's details.
    Source(
        url="https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
        read=_DAY,
        lines={
            "prompt_tokens": "again in",
            "completion_tokens": "again out",
            "input_tokens_details.cached_tokens": "part cached",
            "prompt_tokens_details.cached_tokens": "part cached",
            "completion_tokens_details.reasoning_tokens": "part reasoning",
            "cost": "money charged",
            "cost.**": "money",
            "cost_details.**": "money",
            "estimated_cost": "money charged",
            "pydantic_ai_gateway.cost_estimate": "money",
        },
    ),
    *IN_ANY_PROTOCOL,
    usually_beside=("cached", "written"),
)

# Realtime and transcription write "token_details" where Responses writes "tokens_details".
_REALTIME_IN = {
    "text_tokens": "free in",
    "audio_tokens": "part audio_in",
    "image_tokens": "part image_in",
    "cached_tokens": "part cached",
    "cached_tokens_details.text_tokens": "free in",
    "cached_tokens_details.audio_tokens": "part cached_audio",
    "cached_tokens_details.image_tokens": "part cached_image",
}

RESPONSES = Dialect(
    "responses",
    Source(
        url="https://platform.openai.com/docs/api-reference/responses/object",
        read=_DAY,
        lines={
            "input_tokens": "total in",
            "output_tokens": "total out",
            "total_tokens": "total all",
            "input_tokens_details.cached_tokens": "part cached",
            "input_tokens_details.cache_write_tokens": "part written",
            "input_tokens_details.cache_creation_tokens": "part written",
            "input_tokens_details.cached_creation_tokens": "part written",
            "input_tokens_details.cache_creation_token_details.*": "write ttl",
            "input_tokens_details.audio_tokens": "part audio_in",
            "input_tokens_details.image_tokens": "part image_in",
            "input_tokens_details.text_tokens": "free in",
            "input_tokens_details.cached_tokens_details.text_tokens": "free in",
            "input_tokens_details.cached_tokens_details.audio_tokens": "part cached_audio",
            "input_tokens_details.cached_tokens_details.image_tokens": "part cached_image",
            "output_tokens_details.reasoning_tokens": "part reasoning",
            "output_tokens_details.thinking_tokens": "part reasoning",
            "output_tokens_details.audio_tokens": "part audio_out",
            "output_tokens_details.image_tokens": "part image_out",
            "output_tokens_details.text_tokens": "free out",
        },
    ),
    Source(
        url="https://docs.x.ai/docs/guides/responses-api and openrouter.ai/docs/api/api-reference/responses",
        read=_DAY,
        lines={
            "cost": "money charged",
            "cost.**": "money",
            "cost_details.**": "money",
            "cost_in_usd_ticks": "money ticks",
            "pydantic_ai_gateway.cost_estimate": "money",
            "estimated_cost": "money charged",
            **XAI_TOOLS,
            **SERVER_TOOLS,
            "cache_read_input_tokens": "part cached",
            "cache_creation_input_tokens": "part written",
            "prompt_tokens": "again in",
            "completion_tokens": "again out",
        },
    ),
    # The items of the output say which searches are billed, where it has any; the tokens of pictures have rates of
    # another model. Doubao counts its searches in the usage.
    Source(
        url="https://platform.openai.com/docs/api-reference/responses/object and help.aliyun.com/zh/model-studio",
        read=_DAY,
        lines={
            "tool_usage.web_search.num_requests": "free",
            "tool_usage.web_search": "unit web_search",
            "tool_usage_details.web_search.*": "free",
            "latency_checkpoint.**": "free",  # Azure's
            **{f"input_token_details.{name}": words for name, words in _REALTIME_IN.items()},
            "output_token_details.audio_tokens": "part audio_out",
            "output_token_details.text_tokens": "free out",
        },
    ),
    *IN_ANY_PROTOCOL,
    PYDANTIC,
    # Perplexity's agents count what they call beside their tokens.
    Source(
        url="https://docs.perplexity.ai/docs/agent-api (ResponsesUsage)",
        read="2026-11-27",
        lines={
            **{f"tool_calls_details.{name}.invocation": "unit web_search" for name in ("search_web", "web_search")},
            "tool_calls_details.*.cost_usd": "money",
        },
    ),
    # vLLM says each of its turns again, whose sums the totals are, and how much of the input its tools wrote.
    Source(
        url="https://docs.vllm.ai/en/latest/api/vllm/entrypoints/openai (ResponseUsage)",
        read="2026-11-27",
        lines={
            "input_tokens_details.input_tokens_per_turn.*": "free",
            "input_tokens_details.cached_tokens_per_turn.*": "free",
            "output_tokens_details.output_tokens_per_turn.*": "free",
            "output_tokens_details.tool_output_tokens_per_turn.*": "free",
            "output_tokens_details.tool_output_tokens": "free in",
        },
    ),
    CODEX,
    LANGCHAIN,
)

# Kinds that are billed as text do not add up to the rest of a total: Gemini leaves out what declares its tools.
_IN_KINDS = {"TEXT": "free in", "DOCUMENT": "free in", "AUDIO": "part audio_in", "IMAGE": "part image_in"}
_IN_KINDS["VIDEO"] = "part video_in"
_OUT_KINDS = {"TEXT": "free out", "AUDIO": "part audio_out", "IMAGE": "part image_out", "VIDEO": "part video_out"}
_CACHED_KINDS = {"TEXT": "free in", "DOCUMENT": "free in", "AUDIO": "part cached_audio", "IMAGE": "part cached_image"}
_CACHED_KINDS["VIDEO"] = "part cached_video"

_GEMINI = Source(
    url="https://ai.google.dev/api/generate-content#UsageMetadata and .../api/live#UsageMetadata",
    read=_DAY,
    lines={
        "promptTokenCount": "total in",
        "candidatesTokenCount": "total out",
        "responseTokenCount": "total out",
        "totalTokenCount": "total all",
        "thoughtsTokenCount": "apart thought",
        "toolUsePromptTokenCount": "apart tool_prompt",
        "cachedContentTokenCount": "part cached",
        **{f"promptTokensDetails.[{kind}].tokenCount": words for kind, words in _IN_KINDS.items()},
        **{f"promptTokenDetails.[{kind}].tokenCount": words for kind, words in _IN_KINDS.items()},
        **{f"candidatesTokensDetails.[{kind}].tokenCount": words for kind, words in _OUT_KINDS.items()},
        **{f"responseTokensDetails.[{kind}].tokenCount": words for kind, words in _OUT_KINDS.items()},
        **{f"cacheTokensDetails.[{kind}].tokenCount": words for kind, words in _CACHED_KINDS.items()},
        "toolUsePromptTokensDetails.[TEXT].tokenCount": "free in",
        "pydantic_ai_gateway.cost_estimate": "money",
    },
)
GEMINI = Dialect("gemini", _GEMINI, empty_is_zero=True)


def _snake(path: str) -> str:
    """A path as Google's Python library names it: ``prompt_token_count``; modalities stay."""
    return re.sub(r"(?<=[a-z])([A-Z])(?=[a-z])", lambda capital: f"_{capital[1].lower()}", path)


GEMINI_PYTHON = Dialect(
    "gemini_python",
    Source(
        url="https://googleapis.github.io/python-genai/genai.html#genai.types.GenerateContentResponseUsageMetadata",
        read=_DAY,
        lines={_snake(path): words for path, words in _GEMINI.lines.items()},
    ),
    # Meta's models on Bedrock have a word of their own beside one of these.
    Source(
        url="https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-meta.html",
        read="2026-11-27",
        lines={"generation_token_count": "total out"},
    ),
    empty_is_zero=True,
)

# The same kinds as Google's Interactions name them.
INTERACTIONS = Dialect(
    "interactions",
    Source(
        url="https://ai.google.dev/api/interactions-api#Resource:Interaction (Usage)",
        read="2026-11-27",
        lines={
            "total_input_tokens": "total in",
            "total_output_tokens": "total out",
            "total_tokens": "total all",
            **dict.fromkeys(("total_thought_tokens", "total_reasoning_tokens"), "apart thought"),
            "total_tool_use_tokens": "apart tool_prompt",
            "total_cached_tokens": "part cached",
            **{f"input_tokens_by_modality.[{kind.lower()}].tokens": words for kind, words in _IN_KINDS.items()},
            **{f"output_tokens_by_modality.[{kind.lower()}].tokens": words for kind, words in _OUT_KINDS.items()},
            **{f"cached_tokens_by_modality.[{kind.lower()}].tokens": words for kind, words in _CACHED_KINDS.items()},
            "tool_use_tokens_by_modality.[text].tokens": "free in",
        },
    ),
)

OLLAMA = Dialect(
    "ollama",
    Source(
        url="https://docs.ollama.com/api/chat",
        read=_DAY,
        lines={
            "prompt_eval_count": "total in",
            "eval_count": "total out",
            "load_duration": "free",
            "total_duration": "free",
            "prompt_eval_duration": "free",
            "eval_duration": "free",
        },
    ),
)

# Cohere bills other counts than the tokens that its model saw; searches of its reranker have a fee that no price names.
COHERE = Dialect(
    "cohere",
    Source(
        url="https://docs.cohere.com/v2/reference/chat",
        read=_DAY,
        lines={
            "billed_units.input_tokens": "total in",
            "billed_units.output_tokens": "total out",
            "tokens.input_tokens": "free",
            "tokens.output_tokens": "free",
            "cached_tokens": "free",
        },
    ),
)

CONVERSE = Dialect(
    "converse",
    Source(
        url="https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html",
        read=_DAY,
        lines={
            "inputTokens": "total in",
            "outputTokens": "total out",
            "totalTokens": "total all",
            "cacheReadInputTokens": "part cached",
            "cacheReadInputTokenCount": "part cached",
            "cacheWriteInputTokens": "part written",
            "cacheWriteInputTokenCount": "part written",
            "cacheDetails.*.inputTokens": "write ttl",
            "serverToolUsage.webSearchRequests": "unit web_search",
            "pydantic_ai_gateway.cost_estimate": "money",
        },
    ),
    AI_SDK,  # has cached tokens inside its input: its total says so
    GENKIT,
    CLAUDE_AGENT,
    usually_beside=("cached", "written"),
)
INVOKE = Dialect(
    "invoke",
    Source(
        url="https://docs.aws.amazon.com/bedrock/latest/userguide/inference-invoke.html (invocationMetrics)",
        read="2026-11-27",
        lines={
            "inputTokenCount": "total in",
            "outputTokenCount": "total out",
            "totalTokenCount": "total all",
            "cacheReadInputTokenCount": "part cached",
            "cacheWriteInputTokenCount": "part written",
            "invocationLatency": "free",
            "firstByteLatency": "free",
        },
    ),
    usually_beside=("cached", "written"),
)
