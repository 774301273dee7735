"""The same 100 tokens in, 64 of them cached, and 50 out, under the names of clouds, relays and libraries: one bill."""

from __future__ import annotations

from decimal import Decimal

import pytest
from usage.test_spellings_of_counts import PARTS, PLAIN, bill_of

from gencost.audit.coverage import uncovered
from gencost.usage import read_usage

CACHED = {"prompt_tokens_details": {"cached_tokens": 64}}
COUNTS = {"input_tokens": 100, "output_tokens": 50}
RUN = {**COUNTS, "cache_read_tokens": 64}
# 100 * 2 + 50 * 8; 36 * 2 + 64 * .2 + 50 * 8; the same with 20 of the 36 written: 16 * 2 + 20 * 2.5
WHOLE, READ, WRITTEN = "600", "484.8", "494.8"


@pytest.mark.parametrize(
    ("usage", "micro_usd"),
    [
        ({**PLAIN, "request_count": 1, "num_cached_tokens": 0}, WHOLE),  # Mistral
        ({**PLAIN, **CACHED, "dram_cached_tokens": 16, "sram_cached_tokens": 48}, READ),  # Groq
        ({**PLAIN, "prompt_tokens_details": {"cached_tokens": 64, "cached_tokens_details": {"device": 64}}}, READ),
        ({**PLAIN, "time_to_first_token": 0.1, "time_to_first_token_graph": 0.2}, WHOLE),  # SambaNova
        ({**PLAIN, "extra": {"prompt_tokens": 100, "decode_tokens": 49, "decode_tokens_per_s": 60.2}}, WHOLE),  # MLC
        ({**PLAIN, "timing_prompt_processing": 12, "timing_token_generation": 99.1}, WHOLE),  # LocalAI
        ({**PLAIN, "question_tokens": 7}, WHOLE),  # Spark
        ({**PLAIN, "latency_ms": 410, "first_chunk_latency": 7, "cost_usd": 3, "cost_in_usd": 0.0006}, WHOLE),
        ({**PLAIN, "cache_created_input_tokens": 20, "cache_read_input_tokens": 64}, WRITTEN),  # DigitalOcean
        ({**PLAIN, "prompt_tokens_details": {"cached_tokens": 64, "created_cache_tokens": 32}}, READ),  # vLLM
        # a relay's estimate of the thoughts is more than all output
        ({**PLAIN, "completion_tokens_details": {"reasoning_tokens": 51, "reasoning_tokens_estimated": True}}, WHOLE),
        # Bedrock's, and Meta's words there
        ({"inputTokenCount": 36, "outputTokenCount": 50, "cacheReadInputTokenCount": 64, "invocationLatency": 9}, READ),
        ({"prompt_token_count": 100, "generation_token_count": 50}, WHOLE),
        # what is larger than all input cannot be inside of it, where its name is of those that stand beside
        ({**PLAIN, "prompt_tokens": 36, "total_tokens": 86, "cache_read_input_tokens": 64}, READ),
        ({"prompt_tokens": 36, "completion_tokens": 50, "cache_read_input_tokens": 64}, READ),
        ({**PLAIN, "prompt_tokens": 36, "total_tokens": 86, **CACHED, "usage_semantic": "anthropic"}, READ),
        ({"inputTokens": 36, "outputTokens": 50, "totalTokens": 86, "cachedInputTokens": 64}, READ),
        # Vercel's AI SDK: version 4, and what its models give it in version 6
        ({"promptTokens": 100, "completionTokens": 50, "totalTokens": 150}, WHOLE),
        (
            {
                "inputTokens": {"total": 100, "noCache": 16, "cacheRead": 64, "cacheWrite": 20},
                "outputTokens": {"total": 50, "text": 20, "reasoning": 30},
            },
            WRITTEN,
        ),
        # Microsoft.Extensions.AI, LangChain4j, Spring AI, Genkit, Claude's Agent SDK
        (
            {
                "inputTokenCount": 100,
                "outputTokenCount": 50,
                "cachedInputTokenCount": 64,
                "additionalCounts": {"input_tokens_details.cache_write_tokens": 20},
            },
            WRITTEN,
        ),
        ({"inputTokenCount": 100, "outputTokenCount": 50, "inputTokensDetails": {"cachedTokens": 64}}, READ),
        ({"promptTokens": 100, "completionTokens": 50, "nativeUsage": {**PLAIN, **CACHED}}, READ),
        ({"promptTokens": 100, "completionTokens": 50, "nativeUsage": {}}, WHOLE),
        (
            {"inputTokens": 100, "outputTokens": 20, "totalTokens": 150, "thoughtsTokens": 30, "inputCharacters": 400},
            WHOLE,
        ),
        (
            {
                "inputTokens": 16,
                "outputTokens": 50,
                "cacheReadInputTokens": 64,
                "cacheCreationInputTokens": 20,
                "contextWindow": 200000,
            },
            WRITTEN,
        ),
        # OpenRouter's libraries
        (
            {
                "promptTokens": 100,
                "completionTokens": 50,
                "totalTokens": 150,
                "cost": 0.0003,
                "promptTokensDetails": {"cachedTokens": 64, "cacheWriteTokens": 20},
                "completionTokensDetails": {"reasoningTokens": 30},
                "costDetails": {"upstreamInferenceCost": 0.0003},
            },
            WRITTEN,
        ),
        # Pydantic AI
        ({**RUN, "requests": 1, "tool_calls": 2}, READ),
        ({**RUN, "details": {"cached_content_tokens": 64, "thoughts_tokens": 30, "text_prompt_tokens": 100}}, READ),
        (
            {**RUN, "cache_write_tokens": 20, "details": {"cache_creation_input_tokens": 20, "input_tokens": 16}},
            WRITTEN,
        ),
        ({**COUNTS, "details": {"text_candidates_tokens": 20, "thoughts_tokens": 30}}, WHOLE),
    ],
)
def test_it_is_read_and_an_audit_agrees(usage, micro_usd):
    assert bill_of(usage).usd == Decimal(micro_usd) / 10**6
    assert uncovered(usage, read_usage(usage, "chat", text=True).usage) == []


@pytest.mark.parametrize(
    ("usage", "named"),
    [
        ({**PLAIN, "request_count": 2}, "request_count=2"),
        ({**PLAIN, **CACHED, "dram_cached_tokens": 16}, "shares of cached tokens add up to 16, not to 64"),
        ({**PLAIN, "sram_cached_tokens": 5}, "shares of cached tokens add up to 5, not to 0"),
        ({**COUNTS, "cache_read_tokens": 64}, "cache_read_tokens=64"),  # beside or within? nobody says whose it is
        ({**COUNTS, "details": {"audio_prompt_tokens": 70}}, "details.audio_prompt_tokens=70"),  # not of the text
    ],
)
def test_what_does_not_add_up_or_nobody_names_withholds_the_bill(usage, named):
    cost = bill_of(usage)
    assert (cost.pico_usd, cost.status, named in cost.reason) == (None, "partial", True)


@pytest.mark.parametrize("cached", [121, 10**6])
def test_a_cache_that_is_larger_than_all_input_is_not_believed_under_openai_s_names(cached):
    cost = bill_of({**PARTS, "total_tokens": 150, "prompt_tokens_details": {"cached_tokens": cached}})
    assert (cost.pico_usd, cost.status) == (None, "unpriced")


@pytest.mark.parametrize(
    ("usage", "kinds"),
    [
        ({**COUNTS, "image_tokens": 60, "total_tokens": 150}, {"image_in": 60}),  # DashScope's own protocol
        ({**COUNTS, "input_token_details": {"text": 40, "image": 60}}, {"image_in": 60}),  # LangChain
        ({**PLAIN, "prompt_tokens_details": {"multimodal_tokens": {"image": 60}}}, {"image_in": 60}),  # vLLM
        (
            {**COUNTS, "input_token_details": {"video": 60}, "output_token_details": {"audio": 9}},
            {"video_in": 60, "audio_out": 9},
        ),
        ({**COUNTS, "details": {"image_prompt_tokens": 60, "text_prompt_tokens": 40}}, {"image_in": 60}),
    ],
)
def test_pictures_and_films_are_told_from_text(usage, kinds):
    counted = read_usage(usage, "chat", text=True).usage
    assert (counted.tokens_in, counted.tokens_out, counted.more, counted.unread) == (100, 50, kinds, ())


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        (
            {"input": 36, "output": 20, "total": 150, "input_cached_tokens": 64, "output_reasoning_tokens": 30},
            (100, 50),
        ),
        ({"input": 20, "output": 40, "total": 150, "input_audio_tokens": 80, "output_audio_tokens": 10}, (100, 50)),
        ({"input": 100, "output": 40, "total": 150, "output_accepted_prediction_tokens": 10}, (100, 50)),
        ({"input": 100, "output": 40, "output_rejected_prediction_tokens": 10}, (100, 50)),
    ],
)
def test_langfuse_has_every_part_beside_its_totals(usage, counts):
    counted = read_usage(usage, "langfuse", text=True).usage
    assert (counted.tokens_in, counted.tokens_out, counted.unread) == (*counts, ())
    assert uncovered(usage, counted) == []


def test_kimi_says_its_cached_tokens_in_anthropic_s_protocol_too():
    usage = {"input_tokens": 36, "output_tokens": 50, "cache_read_input_tokens": 64, "cached_tokens": 64}
    counted = read_usage(usage, "messages", text=True).usage
    assert (counted.tokens_in, counted.tokens_cached, counted.unread) == (100, 64, ())


GOOGLE = {"total_input_tokens": 70, "total_output_tokens": 6, "total_cached_tokens": 0}


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        # thoughts and what tools wrote stand beside both, as the total says
        ({"total_thought_tokens": 3, "total_tool_use_tokens": 100, "total_tokens": 179}, (170, 9, {})),
        (
            {"total_tokens": 76, "input_tokens_by_modality": [{"modality": "image", "tokens": 63}]},
            (70, 6, {"image_in": 63}),
        ),
    ],
)
def test_interactions_of_google_are_read(more, counts):
    usage = read_usage({**GOOGLE, **more}, "chat", text=True).usage
    assert (usage.tokens_in, usage.tokens_out, usage.more, usage.unread) == (*counts, ())
    assert uncovered({**GOOGLE, **more}, usage) == []


def test_a_text_of_gemini_is_not_written_for_tokens_that_nobody_counts():
    counts = {"promptTokenCount": 3, "totalTokenCount": 3}
    assert read_usage(counts, "gemini", text=True).problem == "usage.candidatesTokenCount is missing"
    assert read_usage(counts, "gemini").usage.tokens_out == 0  # it was blocked
    assert read_usage({"prompt_tokens": 3, "total_tokens": 3}, "embeddings", text=True).usage.tokens_out == 0


@pytest.mark.parametrize(
    "vendor",
    [
        {**PLAIN, "prompt_tokens": 90, "total_tokens": 140},  # other totals
        {**PLAIN, **CACHED},  # another part than the one named outside
        {**PLAIN, "server_tool_use": {"web_search_requests": 1}, "prompt_tokens_details": {"cached_tokens": 0}},
    ],
)
def test_a_vendor_s_own_usage_that_says_otherwise_is_not_passed_over(vendor):
    outer = {"inputTokens": 100, "outputTokens": 50, "totalTokens": 150, "cachedInputTokens": 9}
    usage = read_usage({**outer, "raw": vendor}, "chat", text=True).usage
    assert usage.unread or usage.web_searches == 1


def test_what_the_vendor_of_an_ai_sdk_leaves_out_is_not_lost():
    outer = {"inputTokens": 100, "outputTokens": 50, "totalTokens": 150, "outputTokenDetails": {"reasoningTokens": 30}}
    counted = read_usage({**outer, "raw": COUNTS}, "chat", text=True).usage
    assert (counted.tokens_in, counted.tokens_out, counted.tokens_reasoning, counted.unread) == (100, 50, 30, ())
