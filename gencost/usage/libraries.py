"""The counts as libraries name them, after their own reading of what a vendor sent: all of a call's input is inside."""

from __future__ import annotations

from gencost.usage.lines import Dialect, Nested, Source

_DAY = "2026-11-27"

# Libraries add up the calls of a run and say how many they were; the sum of one call is its usage.
LIBRARIES = Source(
    url="https://openai.github.io/openai-agents-python/usage, pydantic.dev/docs/ai/api/usage, "
    "docs.crewai.com and reference.langchain.com/python (get_openai_callback)",
    read=_DAY,
    lines={
        "requests": "once",
        "successful_requests": "once",
        "request_usage_entries.**": "free",
        "details.reasoning_tokens": "part reasoning",
    },
)
_OF_PROMPTS = ("prompt", "cache", "tool_use_prompt")
_OF_ANSWERS = ("candidates", "response")
_AS_TEXT = ("text", "document")
# Of Google's counts Pydantic AI makes one for each kind.
GOOGLE_DETAILS = {
    **{f"details.{kind}_{what}_tokens": "free in" for kind in _AS_TEXT for what in _OF_PROMPTS},
    **{f"details.{kind}_{what}_tokens": "free out" for kind in _AS_TEXT for what in _OF_ANSWERS},
    **{f"details.audio_{what}_tokens": "again in" for what in _OF_PROMPTS},  # what is counted as audio beside them
    **{f"details.audio_{what}_tokens": "again out" for what in _OF_ANSWERS},
    **{f"details.{kind}_prompt_tokens": f"part {kind}_in" for kind in ("image", "video")},
    **{f"details.{kind}_cache_tokens": f"part cached_{kind}" for kind in ("image", "video")},
    **{f"details.image_{what}_tokens": "part image_out" for what in _OF_ANSWERS},
    "details.cached_content_tokens": "part cached",
    "details.thoughts_tokens": "part reasoning",
}
# Pydantic AI has what it names apart inside its totals, and repeats as details what the vendor sent.
PYDANTIC = Source(
    url="https://pydantic.dev/docs/ai/api/usage (RequestUsage, RunUsage)",
    read=_DAY,
    lines={
        "cache_read_tokens": "part cached",
        "cache_write_tokens": "part written",
        **{f"input_{kind}_tokens": f"part {kind}_in" for kind in ("audio", "image", "video")},
        **{f"cache_{kind}_read_tokens": f"part cached_{kind}" for kind in ("audio", "image", "video")},
        **{f"output_{kind}_tokens": f"part {kind}_out" for kind in ("audio", "image", "video")},
        "output_reasoning_tokens": "part reasoning",
        **dict.fromkeys(("input_text_tokens", "cache_text_read_tokens"), "free in"),
        **dict.fromkeys(("input_tool_tokens", "input_text_tool_tokens", "input_audio_tool_tokens"), "free in"),
        "output_text_tokens": "free out",
        "tool_calls": "free",  # that the caller ran
        **dict.fromkeys(("details.cached_tokens", "details.cache_read_input_tokens"), "part cached"),
        "details.cache_creation_input_tokens": "part written",
        "details.input_tokens": "again in",
        "details.output_tokens": "again out",
        "details.accepted_prediction_tokens": "free out",
        "details.rejected_prediction_tokens": "free out",
        **GOOGLE_DETAILS,
    },
)

# The words of OpenAI's own command line for the same counts.
CODEX = Source(
    url="https://github.com/openai/codex docs/exec.md",
    read=_DAY,
    lines={
        "cached_input_tokens": "part cached",
        "cache_write_input_tokens": "part written",
        "reasoning_output_tokens": "part reasoning",
    },
)

# LangChain's usage_metadata, which its integrations make of any vendor's counts.
LANGCHAIN = Source(
    url="https://reference.langchain.com/python/langchain_core/messages (UsageMetadata)",
    read=_DAY,
    lines={
        "input_token_details.cache_read": "part cached",
        "input_token_details.cache_creation": "part written",
        "input_token_details.ephemeral_5m_input_tokens": "write 5m",
        "input_token_details.ephemeral_1h_input_tokens": "write 1h",
        "input_token_details.text": "free in",
        **{f"input_token_details.{kind}": f"part {kind}_in" for kind in ("audio", "image", "video")},
        "output_token_details.reasoning": "part reasoning",
        "output_token_details.text": "free out",
        **{f"output_token_details.{kind}": f"part {kind}_out" for kind in ("audio", "image", "video")},
    },
)

# Vercel's AI SDK, versions 5 and 6.
AI_SDK = Source(
    url="https://ai-sdk.dev/docs/reference/ai-sdk-core/generate-text (LanguageModelUsage)",
    read=_DAY,
    lines={
        "cachedInputTokens": "part cached",
        "reasoningTokens": "part reasoning",
        "inputTokenDetails.noCacheTokens": "rest in",
        "inputTokenDetails.cacheReadTokens": "part cached",
        "inputTokenDetails.cacheWriteTokens": "part written",
        "outputTokenDetails.textTokens": "free out",
        "outputTokenDetails.reasoningTokens": "part reasoning",
    },
)
AI_SDK_4 = Dialect(
    "ai_sdk_4",
    Source(
        url="https://v4.ai-sdk.dev/docs/reference/ai-sdk-core/generate-text (CompletionTokenUsage)",
        read=_DAY,
        lines={"promptTokens": "total in", "completionTokens": "total out", "totalTokens": "total all"},
    ),
    Source(
        url="https://docs.spring.io/spring-ai/reference (Usage)",
        read=_DAY,
        lines={"cacheReadInputTokens": "part cached", "cacheWriteInputTokens": "part written"},
    ),
    # OpenRouter's libraries write the words of its API so, which AI SDK keeps as metadata.
    Source(
        url="https://github.com/OpenRouterTeam/ai-sdk-provider (OpenRouterUsageAccounting)",
        read=_DAY,
        lines={
            "promptTokensDetails.cachedTokens": "part cached",
            "promptTokensDetails.cacheWriteTokens": "part written",
            "promptTokensDetails.audioTokens": "part audio_in",
            "promptTokensDetails.videoTokens": "part video_in",
            "completionTokensDetails.reasoningTokens": "part reasoning",
            "completionTokensDetails.audioTokens": "part audio_out",
            "completionTokensDetails.imageTokens": "part image_out",
            "cost": "money",
            "costDetails.**": "money",
        },
    ),
)
# Genkit's count thoughts beside the output, and what is not of tokens; Claude's Agent SDK sums a model's calls.
GENKIT = Source(
    url="https://genkit.dev/docs/models (GenerationUsage)",
    read=_DAY,
    lines={
        "thoughtsTokens": "apart thought",
        "cachedContentTokens": "part cached",
        **{f"{side}{what}": "free" for side in ("input", "output") for what in ("Characters", "Images", "Videos")},
        **{f"{side}AudioFiles": "free" for side in ("input", "output")},
    },
)
CLAUDE_AGENT = Source(
    url="https://platform.claude.com/docs/en/agent-sdk/typescript (ModelUsage)",
    read=_DAY,
    lines={
        "cacheCreationInputTokens": "part written",
        "webSearchRequests": "unit web_search",
        "costUSD": "money",
        "contextWindow": "free",
        "maxOutputTokens": "free",
    },
)
# Names of totals as those of Bedrock's metrics, but all input is inside.
_OF_JAVA = "https://docs.langchain4j.dev (TokenUsage)"
COUNTS = Dialect(
    "counts",
    Source(
        url=f"https://learn.microsoft.com/dotnet/api/microsoft.extensions.ai.usagedetails and {_OF_JAVA}",
        read=_DAY,
        lines={
            "inputTokenCount": "total in",
            "outputTokenCount": "total out",
            "totalTokenCount": "total all",
            "cachedInputTokenCount": "part cached",
            "reasoningTokenCount": "part reasoning",
            "additionalCounts.input_tokens_details·cache_write_tokens": "part written",
            "additionalCounts.InputTokenDetails·AudioTokenCount": "part audio_in",
            "additionalCounts.OutputTokenDetails·AudioTokenCount": "part audio_out",
            "additionalCounts.OutputTokenDetails·AcceptedPredictionTokenCount": "free out",
            "additionalCounts.OutputTokenDetails·RejectedPredictionTokenCount": "free out",
            "inputTokensDetails.cachedTokens": "part cached",
            "outputTokensDetails.reasoningTokens": "part reasoning",
            "cacheReadInputTokens": "part cached",
            "cacheCreationInputTokens": "part written",
        },
    ),
)
AI_SDK_MODEL = Nested(
    "ai_sdk_model",
    Source(
        url="https://github.com/vercel/ai packages/provider (LanguageModelV3Usage)",
        read=_DAY,
        lines={
            "inputTokens.total": "total in",
            "outputTokens.total": "total out",
            "inputTokens.noCache": "rest in",
            "inputTokens.cacheRead": "part cached",
            "inputTokens.cacheWrite": "part written",
            "outputTokens.text": "free out",
            "outputTokens.reasoning": "part reasoning",
        },
    ),
)
