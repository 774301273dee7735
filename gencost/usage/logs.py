"""The counts as logs of other tools write them, after their own reading of what the provider sent.

OpenTelemetry's names are nested at their dots: ``gen_ai.usage.cache_read.input_tokens`` is ``cache_read.input_tokens``.
"""

from __future__ import annotations

from gencost.usage.libraries import AI_SDK, GOOGLE_DETAILS
from gencost.usage.lines import Dialect, Source

_DAY = "2026-11-26"

_CACHED = ("cached_tokens", "cache_read_tokens", "cache_read_input_tokens", "cached_content_tokens")
_OTEL = Source(
    url="https://github.com/open-telemetry/semantic-conventions-genai docs/registry/attributes/gen-ai.md, and the "
    "instrumentations genai-openai 1.3b0, OpenLLMetry 0.62.4, anthropic 2.14",
    read=_DAY,
    lines={
        "input_tokens": "total in",
        "output_tokens": "total out",
        "total_tokens": "total all",
        "cache_read.input_tokens": "part cached",
        "cache_read_input_tokens": "part cached",
        "cache_write.input_tokens": "part written",
        "cache_write_input_tokens": "part written",
        "cache_creation.input_tokens": "part written",
        "cache_creation_input_tokens": "part written",
        "cache_creation.*": "write ttl",
        "reasoning.output_tokens": "part reasoning",
        "reasoning_output_tokens": "part reasoning",
        "reasoning_tokens": "part reasoning",
        "server_tool_use.web_search_requests": "unit web_search",
        "server_tool_use.web_fetch_requests": "free",
        "num_sequences": "free",  # vLLM's: the answers that the output tokens are of
        "cost.**": "money",
        "cost": "money",
        **AI_SDK.lines,
        # OpenLIT
        "prompt_tokens_details.cache_read": "part cached",
        "prompt_tokens_details.cache_write": "part written",
        "prompt_tokens_details.audio": "part audio_in",
        "completion_tokens_details.reasoning": "part reasoning",
        "completion_tokens_details.audio": "part audio_out",
        # Pydantic AI repeats there what the vendor sent
        **GOOGLE_DETAILS,
        "details.input_audio_tokens": "part audio_in",
        "details.cache_audio_read_tokens": "part cached_audio",
        "details.output_audio_tokens": "part audio_out",
        **dict.fromkeys((f"details.{name}" for name in _CACHED), "part cached"),
        **dict.fromkeys(("details.cache_write_tokens", "details.cache_creation_input_tokens"), "part written"),
        **dict.fromkeys(("details.reasoning_tokens", "details.thoughts_tokens"), "part reasoning"),
        "details.accepted_prediction_tokens": "free out",
        "details.rejected_prediction_tokens": "free out",
    },
)
OTEL = Dialect("otel", _OTEL)
OTEL_BESIDE = Dialect("otel_beside", _OTEL, usually_beside=("cached", "written"))
OTEL_EMBEDDINGS = Dialect("otel_embeddings", _OTEL, empty_is_zero=True)

_OPENINFERENCE = Source(
    url="https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md",
    read=_DAY,
    lines={
        "prompt": "total in",
        "completion": "total out",
        "total": "total all",
        "prompt_details.cache_read": "part cached",
        "prompt_details.cache_input": "part cached",
        "prompt_details.cache_write": "part written",
        "prompt_details.audio": "part audio_in",
        "completion_details.reasoning": "part reasoning",
        "completion_details.audio": "part audio_out",
    },
)
OPENINFERENCE = Dialect("openinference", _OPENINFERENCE)
OPENINFERENCE_EMBEDDINGS = Dialect("openinference_embeddings", _OPENINFERENCE, empty_is_zero=True)

EMBEDDINGS = Dialect(
    "embeddings",
    Source(
        url="https://platform.openai.com/docs/api-reference/embeddings/create",
        read=_DAY,
        lines={
            "prompt_tokens": "total in",
            "completion_tokens": "total out",
            "total_tokens": "total all",
            **{f"prompt_tokens_details.{kind}_tokens": "free in" for kind in ("text", "cached")},
            "cost": "money charged",
        },
    ),
    empty_is_zero=True,
)

INSPECT = Dialect(
    "inspect",
    Source(
        url="https://inspect.aisi.org.uk/reference/inspect_ai.model.html#modelusage",
        read=_DAY,
        lines={
            "input_tokens": "total in",
            "output_tokens": "total out",
            "total_tokens": "total all",
            "input_tokens_cache_read": "part cached",
            "input_tokens_cache_write": "part written",
            "reasoning_tokens": "part reasoning",
            "total_cost": "money",
        },
    ),
    usually_beside=("cached", "written"),
)

_MLFLOW = Source(
    url="https://mlflow.org/docs/latest/genai/tracing/token-usage-cost",
    read=_DAY,
    lines={
        "input_tokens": "total in",
        "output_tokens": "total out",
        "total_tokens": "total all",
        "cache_read_input_tokens": "part cached",
        "cache_creation_input_tokens": "part written",
        "cache_creation_input_tokens_above_1hr": "write 1h",
    },
)
MLFLOW = Dialect("mlflow", _MLFLOW)
# Of Anthropic's models MLflow 3.17 writes cached tokens beside its input, and a total that leaves them out.
MLFLOW_BESIDE = Dialect(
    "mlflow_beside",
    Source(url=_MLFLOW.url, read=_DAY, lines={**_MLFLOW.lines, "total_tokens": "free"}),
    usually_beside=("cached", "written"),
)

PROMPTFOO = Dialect(
    "promptfoo",
    Source(
        url="https://www.promptfoo.dev/docs/configuration/reference (types of 0.121.20)",
        read=_DAY,
        lines={
            "prompt": "total in",
            "completion": "total out",
            "total": "total all",
            "completionDetails.cacheReadInputTokens": "part cached",
            "completionDetails.cacheCreationInputTokens": "part written",
            "completionDetails.reasoning": "part reasoning",
            "completionDetails.acceptedPrediction": "free out",
            "completionDetails.rejectedPrediction": "free out",
            "numRequests": "free",
            "assertions.**": "free",
        },
    ),
)

_TABLE = Source(
    url="the column map of gencost import table",
    read=_DAY,
    lines={
        "tokens_in": "total in",
        "tokens_out": "total out",
        "tokens_total": "total all",
        "tokens_cached": "part cached",
        "tokens_cache_write": "write 5m",
        "tokens_cache_write_1h": "write 1h",
        "tokens_reasoning": "part reasoning",
        "web_searches": "unit web_search",
    },
)
TABLE = Dialect("table", _TABLE)
LANGFUSE = Dialect(
    "langfuse",
    Source(
        url="https://langfuse.com/docs/observability/features/token-and-cost-tracking",
        read=_DAY,
        lines={
            "input": "total in",
            "output": "total out",
            "total": "total all",
            **dict.fromkeys(("input_cached_tokens", "input_cache_read", "cache_read_input_tokens"), "part cached"),
            **dict.fromkeys(("input_cache_creation", "cache_creation_input_tokens"), "part written"),
            "input_cache_creation_5m": "write 5m",
            "input_cache_creation_1h": "write 1h",
            **dict.fromkeys(("output_reasoning_tokens", "output_reasoning"), "part reasoning"),
            **dict.fromkeys(("input_audio_tokens", "input_audio"), "part audio_in"),
            **dict.fromkeys(("output_audio_tokens", "output_audio"), "part audio_out"),
            **dict.fromkeys(("inputCost", "outputCost", "totalCost"), "money"),  # of its older exports
            "output_accepted_prediction_tokens": "apart accepted",
            "output_rejected_prediction_tokens": "apart rejected",
        },
    ),
    usually_beside=("cached", "written", "reasoning", "audio_in", "audio_out", "accepted", "rejected"),
)
TABLE_BESIDE = Dialect("table_beside", _TABLE, usually_beside=("cached", "written"))

OF_LOGS = (
    *(OTEL, OTEL_BESIDE, OTEL_EMBEDDINGS, OPENINFERENCE, OPENINFERENCE_EMBEDDINGS, EMBEDDINGS),
    *(INSPECT, MLFLOW, MLFLOW_BESIDE, PROMPTFOO, TABLE, TABLE_BESIDE, LANGFUSE),
)
