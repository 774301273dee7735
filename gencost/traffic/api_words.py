"""The words of APIs among what is sent along; any other name or text is a person's.

A list, and not the look of a word: ``Ada_Lovelace`` looks like the name of a parameter, too. Sources (read 2026-11-26):
those of ``gencost.providers.key_tables``, the servers of vLLM, llama.cpp and Ollama, and what LiteLLM, Inspect and
OpenTelemetry (``gen_ai.request.*``) name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gencost.values.portable import KEYS, WORDS

NAMES = frozenset(
    """
    model models stream stream_options include_usage include_obfuscation store background timeout max_retries
    max_prompt_tokens max_tool_calls max_connections num_predict num_ctx num_keep num_gpu num_thread num_retries
    top_k topK top_a min_p minP typical_p tfs_z xtc_probability xtc_threshold mirostat mirostat_eta mirostat_tau
    dynatemp_range dynatemp_exponent repeat_penalty repeat_last_n repetition_penalty length_penalty
    frequency_penalty frequencyPenalty presence_penalty presencePenalty dry_multiplier dry_base dry_allowed_length
    logprobs top_logprobs prompt_logprobs logit_bias responseLogprobs best_of num_choices choice.count
    min_tokens n_predict n_keep n_probs id_slot cache_prompt keep_alive ignore_eos include_stop_str_in_output
    skip_special_tokens spaces_between_special_tokens add_generation_prompt continue_final_message echo
    truncate_prompt_tokens early_stopping use_beam_search priority safe_prompt penalize_nl samplers
    stop tools tool_choice parallel_tool_calls parallel_function_calling functions function_call response_format
    response_schema responseSchema responseJsonSchema responseMimeType json_mode strict format guided_json guided_regex
    guided_choice grammar structured_outputs metadata labels user safety_identifier prompt_cache_key
    prompt_cache_retention session_id previous_response_id conversation instructions include prediction modalities
    audio voice speed text web_search_options search_parameters enable_thinking thinking_budget thinking_level
    thinkingBudget thinkingLevel includeThoughts include_thoughts thinkingConfig thinking_config budget_tokens effort
    reasoning_effort reasoning_tokens reasoning_summary reasoning_history reasoning_format include_reasoning summary
    verbosity truncation context_management service_tier inference_geo container mcp_servers betas output_config
    speculative speculative_config extra_body extra_query
    extra_headers options config generationConfig generation_config
    safetySettings safety_settings toolConfig tool_config cachedContent cached_content systemInstruction
    system_instruction mediaResolution google provider allow_fallbacks require_parameters transforms plugins route
    encoding_format dimensions input_type task_type outputDimensionality truncate size quality style
    output_format output_compression moderation language temperature_inc include_raw raw cache cache_control ttl
    chat_template chat_template_kwargs documents citations connectors attempt_timeout max_attempts batch
    """.split()  # noqa: SIM905 - a list to read
) | {*KEYS, *WORDS}
"""Names of parameters, at any depth."""

_OBJECTS = frozenset(
    """
    stream_options thinking thinkingConfig thinking_config reasoning options config generationConfig generation_config
    extra_body google provider output_config cache cache_control audio speculative_config
    """.split()  # noqa: SIM905 - a list to read
)
"""Names whose object has parameters, and no names of a person's own, as ``metadata`` and ``tools`` have."""

_VALUES = frozenset(
    """
    auto default none null low medium high xhigh max minimal flex priority scale batch standard standard_only hd on off
    float base64 disabled enabled adaptive concise detailed json json_object text search_document search_query fast
    """.split()  # noqa: SIM905 - a list to read
)
_PERSONS = frozenset({"user", "safety_identifier", "prompt_cache_key", "session_id", "metadata", "labels"})
_MOST_OF_A_MODEL = 128


def is_plain(name: str, value: Any) -> bool:
    """Whether what is sent under a name says nothing that a person wrote: numbers, truths, words of the API.

    Args:
        name: of the parameter.
        value: plain JSON; the names in an object are held to the same.
    """
    if value is None:
        return True
    if name in _PERSONS:
        return False
    if isinstance(value, bool | int | float):
        return True
    if isinstance(value, str):
        return value in _VALUES or (name == "model" and len(value.split()) == 1 and len(value) <= _MOST_OF_A_MODEL)
    return isinstance(value, Mapping) and _has_plain_names(name, value) and all(is_plain(*it) for it in value.items())


def _has_plain_names(name: str, value: Mapping[str, Any]) -> bool:
    """Whether an object's names are the API's: of parameters, or ids of tokens."""
    if name == "logit_bias":
        return all(str(token).isascii() and str(token).isdigit() for token in value)
    return name in _OBJECTS and value.keys() <= NAMES
