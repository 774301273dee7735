"""Bodies and streams of Gemini's own protocol, after Google's documentation."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from scripted import http, request, sse

from gencost.config.cell import compose_cell
from gencost.errors import ConfigError
from gencost.messages.read import read_messages
from gencost.providers.gemini import GeminiProvider
from gencost.providers.gemini_turns import gemini_contents
from gencost.providers.params import gemini_params
from gencost.types import Usage
from gencost.usage.items import of_gemini
from gencost.values.portable import checked

COUNTS = {"promptTokenCount": 10, "candidatesTokenCount": 5, "thoughtsTokenCount": 20, "totalTokenCount": 35}
CALL = {"functionCall": {"name": "get_weather", "args": {"city": "Oslo"}, "id": "c1"}}
BODY = {
    "candidates": [
        {
            "content": {"role": "model", "parts": [{"text": "hm", "thought": True}, {"text": "Hi"}, CALL]},
            "finishReason": "STOP",
            "index": 0,
        }
    ],
    "usageMetadata": {**COUNTS, "cachedContentTokenCount": 4},
    "modelVersion": "gemini-3.8-flash",
}


def plain(url):
    return GeminiProvider(name="google", base_url=url)


def streaming(url):
    return GeminiProvider(name="google", base_url=url, stream=True)


def chunk(*parts, finish=None, counts=None):
    candidate = {"content": {"parts": list(parts)}, **({"finishReason": finish} if finish else {})}
    return {"candidates": [candidate], **({"usageMetadata": counts} if counts else {}), "modelVersion": "m"}


def test_thoughts_are_counted_in_the_output_and_shown_apart(ask):
    response, said = ask(plain, http(BODY), system="Be brief.")
    # 5 of the text + 20 thought = 25 out
    assert response.usage == Usage(tokens_in=10, tokens_out=25, tokens_cached=4, tokens_reasoning=20)
    assert (response.text, response.reasoning, response.finish_reason) == ("Hi", "hm", "STOP")
    assert [(call.id, call.name, call.arguments) for call in response.tool_calls] == [
        ("c1", "get_weather", '{"city": "Oslo"}')
    ]
    assert response.response_model == "gemini-3.8-flash"
    assert said.heads[0].startswith("POST /v1/models/m:generateContent HTTP")
    assert said.bodies[0] == {
        "contents": [{"role": "user", "parts": [{"text": "hello"}]}],
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
    }


def test_a_stream_is_put_together_and_its_first_thought_is_the_first_token(ask):
    events = [
        chunk({"text": "hm", "thought": True}),
        chunk({"text": "Hel"}, counts={"promptTokenCount": 10, "totalTokenCount": 10}),
        chunk({"text": "lo"}, CALL, finish="MAX_TOKENS", counts=COUNTS),
    ]
    response, said = ask(streaming, sse(*events, done=False))
    assert (response.text, response.reasoning, response.finish_reason) == ("Hello", "hm", "MAX_TOKENS")
    assert response.usage == Usage(tokens_in=10, tokens_out=25, tokens_reasoning=20)
    assert response.ttft_ms is not None
    assert len(response.tool_calls) == 1
    assert "POST /v1/models/m:streamGenerateContent?alt=sse HTTP" in said.heads[0]


def test_a_stream_without_its_reason_is_truncated_and_an_error_keeps_its_type(ask):
    assert ask(streaming, sse(chunk({"text": "Hel"}), done=False))[0].error_type == "truncated"
    failed = {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}
    assert ask(streaming, sse(chunk({"text": "Hel"}), failed, done=False))[0].error_type in {
        "overloaded",
        "server_error",
    }


def test_each_candidate_is_a_choice_by_its_index(ask):
    two = [{**BODY["candidates"][0], "index": n, "content": {"parts": [{"text": t}]}} for n, t in ((1, "b"), (0, "a"))]
    response, _ = ask(plain, http({**BODY, "candidates": two}))
    assert response.text == "a"
    assert [(choice["index"], choice["text"]) for choice in response.choices] == [(0, "a"), (1, "b")]


def test_a_blocked_prompt_is_an_answer_without_a_text_and_its_reason(ask):
    counts = {"promptTokenCount": 10, "totalTokenCount": 10}
    response, _ = ask(plain, http({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": counts}))
    assert (response.text, response.finish_reason) == ("", "SAFETY")
    assert ask(plain, http({"modelVersion": "m"}))[0].error_type == "invalid_body"


WEATHER = [
    {"role": "user", "content": "Weather in Oslo and Rome?"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": at, "type": "function", "function": {"name": "get_weather", "arguments": json.dumps({"city": city})}}
            for at, city in (("a", "Oslo"), ("b", "Rome"))
        ],
    },
    {"role": "tool", "tool_call_id": "a", "content": '{"c": 3}'},
    {"role": "tool", "tool_call_id": "b", "content": "17 degrees"},
]


def test_functions_and_their_results_are_turns_of_model_and_user():
    system, contents = gemini_contents(read_messages(WEATHER), signed=True)
    assert system is None
    calls = [
        {"functionCall": {"id": at, "name": "get_weather", "args": {"city": c}}}
        for at, c in (("a", "Oslo"), ("b", "Rome"))
    ]
    calls[0]["thoughtSignature"] = "skip_thought_signature_validator"
    results = [("a", {"c": 3}), ("b", {"result": "17 degrees"})]
    assert contents[1:] == [
        {"role": "model", "parts": calls},
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"id": at, "name": "get_weather", "response": said}} for at, said in results
            ],
        },
    ]
    _, unsigned = gemini_contents(read_messages(WEATHER), signed=False)
    assert "thoughtSignature" not in unsigned[1]["parts"][0]


def test_images_and_files_are_data_or_addresses(tmp_path):
    (tmp_path / "a.png").write_bytes(b"x")
    parts = [{"type": "image", "path": "a.png"}, {"type": "file", "file_url": "https://x.org/a.pdf"}]
    _, contents = gemini_contents(read_messages([{"role": "user", "content": parts}], tmp_path), signed=False)
    assert contents[0]["parts"] == [
        {"inlineData": {"mimeType": "image/png", "data": "eA=="}},
        {"fileData": {"mimeType": "application/pdf", "fileUri": "https://x.org/a.pdf"}},
    ]


TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}


def test_parameters_are_fields_of_the_generation_or_of_the_body():
    params = {"max_tokens": 9, "temperature": 0, "top_p": 0.5, "seed": 7, "stop": "END", "n": 2, "top_k": 4}
    assert gemini_params(params) == {
        "generationConfig": {
            "maxOutputTokens": 9,
            "temperature": 0,
            "topP": 0.5,
            "seed": 7,
            "stopSequences": ["END"],
            "candidateCount": 2,
            "topK": 4,
        }
    }
    assert gemini_params({"tools": [TOOL, {"googleSearch": {}}], "tool_choice": "required", "safetySettings": []}) == {
        "tools": [
            {"functionDeclarations": [{"name": "f", "description": "d", "parametersJsonSchema": {"type": "object"}}]},
            {"googleSearch": {}},
        ],
        "safetySettings": [],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
    }
    wanted = gemini_params({"response_format": checked("response_format", {"type": "object"})})
    assert wanted["generationConfig"] == {
        "responseMimeType": "application/json",
        "responseJsonSchema": {"type": "object"},
    }


@pytest.mark.parametrize(
    ("model", "level", "thought"),
    [
        ("gemini-3.8-flash", "low", {"includeThoughts": True, "thinkingLevel": "low"}),
        ("gemini-2.5-flash", "low", {"includeThoughts": True, "thinkingBudget": 1024}),
        ("gemini-2.5-flash", "none", {"includeThoughts": False, "thinkingBudget": 0}),
        ("gemini-3.8-flash", 500, {"includeThoughts": True, "thinkingBudget": 500}),
    ],
)
def test_thought_is_a_level_or_a_budget_as_the_model_takes_it(model, level, thought):
    cell = compose_cell(["model=any", "provider=gemini", f"model.name={model}", f"model.reasoning={level}"])
    body = cell.provider.body(replace(request(**cell.params), model=model))
    assert body["generationConfig"] == {"maxOutputTokens": 1024, "thinkingConfig": thought}


def test_marks_of_a_cache_are_refused():
    cell = compose_cell(["model=gemini_3_8_flash", "provider=gemini", "model.cache=system"])
    with pytest.raises(ConfigError, match="provider google caches by itself; name a cache of your own"):
        cell.provider.check_params(cell.params)


def test_searches_are_billed_by_query_since_gemini_3():
    grounded = [{"webSearchQueries": ["a", "b"]}, {"webSearchQueries": ["b"]}]
    assert of_gemini(grounded, "gemini-3.8-flash") == {"web_search": 2}
    assert of_gemini(grounded, "gemini-2.5-flash") == {"web_search": 1}
    assert of_gemini(grounded, "publishers/google/models/gemini-2.5-flash") == {"web_search": 1}
    assert of_gemini([{}], "gemini-3.8-flash") == {}


def test_a_stream_that_comes_as_one_list_is_read_whole_or_truncated(ask):
    """A relay that drops ``alt=sse`` gets a list of chunks; the first one alone is not the answer."""
    first, last = chunk({"text": "Hel"}), chunk({"text": "lo"}, finish="STOP")
    answer, _ = ask(streaming, http([first, last]))
    assert (answer.text, answer.finish_reason) == ("Hello", "STOP")
    error, _ = ask(streaming, http([first, first]))
    assert (error.error_type, error.text) == ("truncated", "HelHel")
