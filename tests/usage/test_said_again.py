"""Numbers that say again what others say, a total or the rest of it: where they do not, tokens are missing."""

from __future__ import annotations

import pytest
from usage.test_spellings_of_counts import PLAIN

from gencost.audit.coverage import uncovered
from gencost.usage import read_usage

COUNTS = {"input_tokens": 100, "output_tokens": 50}
GEMINI = {"promptTokenCount": 345, "candidatesTokenCount": 51, "totalTokenCount": 396}


@pytest.mark.parametrize(
    ("usage", "protocol"),
    [
        ({**PLAIN, "input_tokens": 100, "output_tokens": 50}, "chat"),
        ({**PLAIN, "input_tokens": 36, "prompt_tokens_details": {"cached_tokens": 64}}, "chat"),  # without the cache
        ({**PLAIN, "prompt_tokens_details": {"text_tokens": 60, "audio_tokens": 40}}, "chat"),
        ({**PLAIN, "prompt_tokens_details": {"text_tokens": 100, "cached_tokens": 64}}, "chat"),
        ({**PLAIN, "completion_tokens_details": {"text_tokens": 20, "reasoning_tokens": 30}}, "chat"),
        ({**PLAIN, "completion_tokens_details": {"text_tokens": 0, "accepted_prediction_tokens": 7}}, "chat"),
        # nor do those that litellm makes of them
        ({**PLAIN, "prompt_tokens_details": {"text_tokens": 70}}, "chat"),
        ({**COUNTS, "cache_read_input_tokens": 64, "prompt_tokens": 164, "completion_tokens": 50}, "messages"),
        ({**COUNTS, "cache_read_input_tokens": 64, "prompt_tokens": 100}, "messages"),
        # Gemini's kinds leave out what declares tools, and PDFs are a kind without a rate
        ({**GEMINI, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 277}]}, "gemini"),
        (
            {
                **GEMINI,
                "cachedContentTokenCount": 230,
                "cacheTokensDetails": [
                    {"modality": "TEXT", "tokenCount": 58},
                    {"modality": "DOCUMENT", "tokenCount": 172},
                ],
                "promptTokensDetails": [
                    {"modality": "TEXT", "tokenCount": 87},
                    {"modality": "DOCUMENT", "tokenCount": 258},
                ],
            },
            "gemini",
        ),
    ],
)
def test_what_agrees_is_read_whole_and_an_audit_finds_it_in_the_counts(usage, protocol):
    counted = read_usage(usage, protocol, text=True).usage
    assert (counted.unread, uncovered(usage, counted)) == ((), [])


@pytest.mark.parametrize(
    ("usage", "protocol", "named"),
    [
        ({**PLAIN, "input_tokens": 30}, "chat", "input_tokens=30"),
        ({**PLAIN, "output_tokens": 7}, "chat", "output_tokens=7"),
        ({**COUNTS, "prompt_tokens": 40}, "messages", "prompt_tokens=40"),
        ({**COUNTS, "input_tokens_details": {"cached_tokens": 9}, "prompt_tokens": 8}, "responses", "prompt_tokens=8"),
    ],
)
def test_what_does_not_agree_is_named(usage, protocol, named):
    (unread,) = read_usage(usage, protocol, text=True).usage.unread
    assert unread.startswith(f"{named} is neither all of the ")
