"""Chat Completions: the union of what vendors, relays and local servers put into its ``usage``.

Any relay may send any of it, so that the table is chosen by protocol and shape, not by a provider's name.
"""

from __future__ import annotations

from gencost.usage.libraries import LIBRARIES
from gencost.usage.lines import Dialect, Source
from gencost.usage.tools import SERVER_TOOLS, XAI_TOOLS

_DAY = "2026-11-26"

_OPENAI = Source(
    url="https://platform.openai.com/docs/api-reference/chat/object",
    read=_DAY,
    lines={
        "prompt_tokens": "total in",
        "completion_tokens": "total out",
        "total_tokens": "total all",
        "prompt_tokens_details.cached_tokens": "part cached",
        "prompt_tokens_details.cache_write_tokens": "part written",
        "prompt_tokens_details.audio_tokens": "part audio_in",
        "prompt_tokens_details.image_tokens": "part image_in",
        "prompt_tokens_details.video_tokens": "part video_in",
        "prompt_tokens_details.text_tokens": "free in",
        "prompt_tokens_details.cached_tokens_details.text_tokens": "free in",
        "prompt_tokens_details.cached_tokens_details.audio_tokens": "part cached_audio",
        "prompt_tokens_details.cached_tokens_details.image_tokens": "part cached_image",
        "completion_tokens_details.reasoning_tokens": "part reasoning",
        "completion_tokens_details.thinking_tokens": "part reasoning",
        "completion_tokens_details.audio_tokens": "part audio_out",
        "completion_tokens_details.image_tokens": "part image_out",
        "completion_tokens_details.video_tokens": "part video_out",
        "completion_tokens_details.text_tokens": "free out",
        "completion_tokens_details.accepted_prediction_tokens": "free out",
        "completion_tokens_details.rejected_prediction_tokens": "free out",
    },
)
# Relays that put Anthropic's own names beside OpenAI's: LiteLLM, Bedrock gateways, DashScope.
_LITELLM = Source(
    url="https://docs.litellm.ai/docs/completion/prompt_caching",
    read=_DAY,
    lines={
        "cache_read_input_tokens": "part cached",
        "cache_creation_input_tokens": "part written",
        "prompt_tokens_details.cache_read_input_tokens": "part cached",
        "prompt_tokens_details.cache_creation_input_tokens": "part written",
        "prompt_tokens_details.cache_creation_tokens": "part written",
        "prompt_tokens_details.cached_creation_tokens": "part written",
        "prompt_tokens_details.caching_tokens": "part written",
        "prompt_tokens_details.cache_creation_token_details.*": "write ttl",
        "prompt_tokens_details.cache_creation.*": "write ttl",
        "cache_creation.*": "write ttl",
        "cache_created_input_tokens": "part written",  # DigitalOcean's
        "prompt_tokens_details.web_search_requests": "unit web_search",
        **SERVER_TOOLS,
        "input_tokens": "again in",
        "output_tokens": "again out",
        "input_tokens_details.cached_tokens": "part cached",
        "output_tokens_details.reasoning_tokens": "part reasoning",
        "output_tokens_details.thinking_tokens": "part reasoning",
        "cost": "money charged",
        "response_cost": "money charged",
    },
)

_SAME_DETAILS = (("prompt_tokens_details.", "input_tokens_details."), ("completion_tokens_", "output_tokens_"))


def _renamed(path: str) -> str:
    for chat, responses in _SAME_DETAILS:
        path = path.replace(chat, responses)
    return path


_OF_DETAILS = {
    path: words for source in (_OPENAI, _LITELLM) for path, words in source.lines.items() if "_details." in path
}
# Relays repeat the details of one protocol under the names of the other, in either.
_EITHER = Source(
    url="https://docs.newapi.pro and docs.litellm.ai/docs/response_api",
    read="2026-11-27",
    lines={**_OF_DETAILS, **{_renamed(path): words for path, words in _OF_DETAILS.items()}},
)
_OPENROUTER = Source(
    url="https://openrouter.ai/docs/use-cases/usage-accounting",
    read=_DAY,
    lines={
        "cost.**": "money",
        "cost_details.**": "money",
        "prompt_tokens_details.cache_read_tokens": "part cached",
    },
)
# Where the cached tokens were: Groq's memories, SGLang's.
_WHERE_CACHED = Source(
    url="https://console.groq.com/docs/api-reference#chat-create and docs.sglang.ai (cached_tokens_details)",
    read="2026-11-27",
    lines={
        **dict.fromkeys(("dram_cached_tokens", "sram_cached_tokens"), "share cached"),
        **{f"prompt_tokens_details.cached_tokens_details.{name}": "share cached" for name in ("device", "host")},
    },
)
_VLLM = Source(
    url="https://docs.vllm.ai/en/latest/api/vllm/entrypoints/openai (PromptTokenUsageInfo)",
    read="2026-11-27",
    lines={
        f"{details}.{name}": words
        for details in ("prompt_tokens_details", "input_tokens_details")
        for name, words in (
            *((f"multimodal_tokens.{kind}", f"part {kind}_in") for kind in ("image", "audio", "video")),
            ("created_cache_tokens", "free in"),  # its cache is filled at no rate of its own
        )
    },
)
_PERPLEXITY = Source(
    url="https://docs.perplexity.ai/api-reference/sonar-post",
    read=_DAY,
    lines={
        "citation_tokens": "apart citation",
        "num_search_queries": "unit web_search",
        "reasoning_tokens": "part reasoning",
    },
)
_CACHES = Source(
    url="https://api-docs.deepseek.com/guides/kv_cache and platform.moonshot.ai/docs/api/chat",
    read=_DAY,
    lines={
        "prompt_cache_hit_tokens": "part cached",
        "prompt_cache_miss_tokens": "rest in",
        "cached_tokens": "part cached",
        "cached_input_tokens": "part cached",
        "num_cached_tokens": "part cached",
        # of CrewAI and of LangChain's callback
        "cached_prompt_tokens": "part cached",
        "prompt_tokens_cached": "part cached",
    },
)
# Mistral and Writer write "token" where OpenAI writes "tokens", Mistral both.
_DETAILS = Source(
    url="https://docs.mistral.ai/api and https://dev.writer.com/api-reference/completion-api/chat-completion",
    read=_DAY,
    lines={
        "prompt_token_details.cached_tokens": "part cached",
        "prompt_token_details.audio_tokens": "part audio_in",
        "completion_token_details.reasoning_tokens": "part reasoning",
    },
)
_XAI = Source(
    url="https://docs.x.ai/docs/guides/tools/overview and docs.x.ai/developers/cost-tracking",
    read=_DAY,
    lines={
        **XAI_TOOLS,
        "cost_in_usd_ticks": "money ticks",
    },
)
_KINDS_OF_MEDIA = ("image", "audio", "video")
# Of pictures, sounds and films DashScope's own protocol counts the tokens beside the totals that hold them.
_MEDIA = Source(
    url="https://help.aliyun.com/zh/model-studio/qwen-vl-api",
    read="2026-11-27",
    lines={f"{kind}_tokens": f"part {kind}_in" for kind in _KINDS_OF_MEDIA},
)
_TIMES = Source(
    url="https://console.groq.com/docs/api-reference#chat-create and github.com/ggml-org/llama.cpp tools/server",
    read=_DAY,
    lines={
        **{f"{what}_time": "free" for what in ("queue", "prompt", "completion", "total")},
        **{f"{what}_{unit}": "free" for what in ("prompt", "predicted") for unit in ("ms", "per_second", "n")},
        "timings.**": "free",
        "latency_checkpoint.**": "free",  # Azure's
        "load_duration": "free",
        "total_duration": "free",
        "prompt_eval_duration": "free",
        "eval_duration": "free",
    },
)
# Speeds are amounts of nothing, whoever measures them: SambaNova, TabbyAPI, MLX.
_SPEEDS = Source(
    url="https://docs.sambanova.ai/docs/en/api-reference and github.com/Blaizzy/mlx-vlm",
    read="2026-11-27",
    lines={
        **dict.fromkeys(("*_per_sec", "*_per_second", "*_per_sec_first_ten", "*_per_sec_graph", "*_tps"), "free"),
        "peak_memory": "free",
    },
)
# Latencies are measured and not billed, as whoever calls the server could do; MLC repeats its totals beside them.
_LATENCIES = Source(
    url="https://llm.mlc.ai/docs/deploy/rest.html, https://localai.io/features/text-generation, "
    "https://www.xfyun.cn/doc/spark/HTTP%E8%B0%83%E7%94%A8%E6%96%87%E6%A1%A3.html",
    read="2026-11-27",
    lines={
        **dict.fromkeys(("latency", "ttft", "inference_time"), "free"),
        **dict.fromkeys((f"{name}_{unit}" for name in ("latency", "ttft") for unit in ("ms", "s")), "free"),
        **dict.fromkeys((f"*_latency{unit}" for unit in ("", "_ms", "_s")), "free"),
        **dict.fromkeys(("timing_prompt_processing", "timing_token_generation"), "free"),
        "extra.prompt_tokens": "again in",
        "extra.completion_tokens": "again out",
        **{f"extra.{part}_tokens": "free" for part in ("prefill", "decode", "jump_forward")},
        **{f"extra.{name}": "free" for name in ("*_tokens_per_s", "*_latency_s", "ttft_s")},
        "question_tokens": "free in",  # Spark's, of its input
    },
)
# SambaNova counts its times in the usage; DashScope says its searches.
_MEASURED = Source(
    url="https://docs.sambanova.ai/docs/en/api-reference and help.aliyun.com/zh/model-studio/qwen-api-reference",
    read=_DAY,
    lines={
        **{f"{name}_time": "free" for name in ("start", "end")},
        "time_to_*": "free",
        "total_latency": "free",
        "acceptance_rate": "free",
        "plugins.search.count": "unit web_search",
    },
)
# DashScope says each total again in x_details, and what its Responses leave out: its cache and its searches.
_DASHSCOPE = Source(
    url="https://help.aliyun.com/zh/model-studio/qwen-api-via-openai-responses",
    read="2026-11-27",
    lines={
        "x_tools.web_search.count": "unit web_search",
        "x_details.*.plugins.*.count": "unit web_search",
        **dict.fromkeys(("x_details.*.input_tokens", "x_details.*.prompt_tokens"), "again in"),
        **dict.fromkeys(("x_details.*.output_tokens", "x_details.*.completion_tokens"), "again out"),
        "x_details.*.total_tokens": "free",
        "x_details.*.prompt_tokens_details.cached_tokens": "part cached",
        "x_details.*.prompt_tokens_details.cache_creation_input_tokens": "part written",
        "x_details.*.prompt_tokens_details.cache_creation.*": "write ttl",
        "x_details.*.prompt_tokens_details.text_tokens": "free in",
        **{f"x_details.*.{kind}_tokens": f"part {kind}_in" for kind in _KINDS_OF_MEDIA},
        **{f"x_details.*.prompt_tokens_details.{kind}_tokens": f"part {kind}_in" for kind in _KINDS_OF_MEDIA},
        "x_details.*.output_tokens_details.reasoning_tokens": "part reasoning",
        "x_details.*.output_tokens_details.text_tokens": "free out",
        "x_details.*.completion_tokens_details.reasoning_tokens": "part reasoning",
        "x_details.*.completion_tokens_details.text_tokens": "free out",
    },
)
# An amount of money counts nothing, whoever says it: Vercel's market_cost and gateway_cost, for instance.
_MONEY = Source(
    url="https://vercel.com/docs/ai-gateway",
    read="2026-11-27",
    lines=dict.fromkeys(("*_cost", "*_cost_usd", "cost_usd", "cost_in_usd"), "money"),
)
# What this relay of many vendors makes of a cache's writes, whatever protocol it answers in.
_NEW_API = Source(
    url="https://docs.newapi.pro and github.com/QuantumNous/new-api dto/openai_response.go",
    read="2026-11-27",
    lines={"claude_cache_creation_5_m_tokens": "write 5m", "claude_cache_creation_1_h_tokens": "write 1h"},
)
_OTHERS = Source(
    url="https://docs.deepinfra.com, docs.mistral.ai/api, pydantic.dev/docs/ai/gateway",
    read=_DAY,
    lines={
        "estimated_cost": "money charged",
        "total_cost": "money charged",
        "pydantic_ai_gateway.cost_estimate": "money",
        "prompt_audio_seconds": "unit audio_second",
        "request_count": "once",  # Mistral's
        "usage_breakdown.models.*.usage.**": "call",
        "thoughts_token_count": "apart thought",
        "thoughts_tokens": "apart thought",
        "tool_use_prompt_token_count": "apart tool_prompt",
    },
)

IN_ANY_PROTOCOL = (_CACHES, _MEDIA, _VLLM, _NEW_API, _SPEEDS, _LATENCIES, _DASHSCOPE, _MONEY, LIBRARIES, _EITHER)

CHAT = Dialect(
    "chat",
    *(_OPENAI, _LITELLM, _OPENROUTER, _PERPLEXITY, _WHERE_CACHED, _DETAILS, _XAI),
    *(_TIMES, _MEASURED, *IN_ANY_PROTOCOL, _OTHERS),
)
