"""Real producers log calls whose usage is known: the imported bill is that of the same calls made by GenCost.

They need an environment of their own, whose Python ``GENCOST_PRODUCERS`` names: ``pip install`` of ``PACKAGES``;
LiteLLM is that of ``GENCOST_LITELLM``, promptfoo the program ``GENCOST_PROMPTFOO``: ``npm install promptfoo`` (1.4 GB).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from traffic.imports import calls, gencost
from traffic.known_usage import serving
from traffic.producers import asked

from gencost import UnifiedLLM
from gencost.providers.anthropic import AnthropicProvider
from gencost.providers.openai import OpenAIProvider

pytestmark = pytest.mark.peer

PRODUCERS = Path(__file__).parent / "producers"
PACKAGES = (
    "openai anthropic opentelemetry-exporter-otlp-json-file opentelemetry-instrumentation-genai-openai "
    "opentelemetry-instrumentation-genai-anthropic openinference-instrumentation-openai "
    "opentelemetry-instrumentation-openai inspect_ai mlflow"
)
QUIET = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
    "INSPECT_DISPLAY": "none",
    "MLFLOW_MODEL_CATALOG_URI": "",
}


@dataclass(frozen=True)
class Producer:
    """A producer.

    Attributes:
        words: its script and what that is given before the address and the log.
        source: of the import.
        log: a file, or a folder.
        keys: of the import.
        lost: what its log says otherwise: prompt, column of ``responses``, and what is told instead.
        streams: whether it streams the prompt that can be.
        prompts: whether the log has them; calls without are told apart by their order.
    """

    words: tuple[str, ...]
    source: str
    log: str = "log.jsonl"
    keys: tuple[str, ...] = ()
    lost: tuple[tuple[str, str, object], ...] = ()
    streams: bool = True
    prompts: bool = True


GENAI = "opentelemetry.instrumentation.genai"
# A row of SpendLogs has the served model in a stored response alone.
_NOT_SERVED = tuple((prompt, "response_model", None) for prompt in asked.PROMPTS)


def _not_by_time(prompt: str) -> tuple[tuple[str, str, object], ...]:
    """What Anthropic's 600 tokens written for five minutes and 400 for an hour are where the log has the sum alone.

    Claude Haiku 4.5, USD per 1e6 tokens: 1 in, 0.10 read, 1.25 written for five minutes, 5 out.
    """
    pico_usd = (20 + len(prompt)) * 1_000_000 + 100 * 100_000 + 1000 * 1_250_000 + 30 * 5_000_000
    return (prompt, "usage_tokens_cache_write", 1000), (prompt, "cost_pico_usd", pico_usd)


SEEN = {
    "genai-openai": Producer(("otel.py", f"{GENAI}.openai", "OpenAIInstrumentor"), "otlp"),
    "genai-anthropic": Producer(("otel.py", f"{GENAI}.anthropic", "AnthropicInstrumentor"), "otlp"),
    "openllmetry": Producer(
        ("otel.py", "opentelemetry.instrumentation.openai", "OpenAIInstrumentor"),
        "otlp",
        lost=((asked.STREAMED, "usage_tokens_reasoning", 0),),
    ),
    "openinference": Producer(("otel.py", "openinference.instrumentation.openai", "OpenAIInstrumentor"), "otlp"),
    "litellm": Producer(
        ("litellm_callback.py", "payload"), "litellm", lost=((asked.STREAMED, "response_model", asked.OPENAI),)
    ),
    "litellm-spend": Producer(("litellm_callback.py", "spend"), "litellm", prompts=False, lost=_NOT_SERVED),
    "inspect": Producer(("inspect_eval.py",), "inspect", log="logs", streams=False),
    "mlflow": Producer(("mlflow_autolog.py",), "mlflow", keys=("provider=openai",)),
    "promptfoo": Producer(
        ("promptfoo_eval.py", "openai"), "promptfoo", log="log.json", streams=False, lost=_NOT_SERVED
    ),
    "promptfoo-anthropic": Producer(
        ("promptfoo_eval.py", "anthropic"),
        "promptfoo",
        log="log.json",
        lost=_NOT_SERVED + sum(map(_not_by_time, asked.PROMPTS), ()),
    ),
}
COUNTS = ("usage_tokens_in", "usage_tokens_cached", "usage_tokens_cache_write", "usage_tokens_out")
FACTS = (*COUNTS, "usage_tokens_reasoning", "response_model", "cost_pico_usd")


def python_of(name: str) -> str:
    if name.startswith("litellm"):
        program = os.environ.get("GENCOST_LITELLM")
        if program is None:
            pytest.skip("litellm is not here: pip install 'litellm[proxy]' in a venv of its own, set GENCOST_LITELLM")
        return str(Path(program).with_name("python"))
    if name.startswith("promptfoo"):
        if "GENCOST_PROMPTFOO" not in os.environ:
            pytest.skip(
                "promptfoo is not here: npm install promptfoo in a folder of its own, set GENCOST_PROMPTFOO to "
                "node_modules/.bin/promptfoo there"
            )
        return sys.executable
    python = os.environ.get("GENCOST_PRODUCERS")
    if python is None:
        pytest.skip(f"the producers are not here: pip install {PACKAGES} in a venv of its own, set GENCOST_PRODUCERS")
    return python


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving() as url:
        yield url


def by_gencost(url: str, *, anthropic: bool, streams: bool, monkeypatch) -> dict[str, tuple]:
    """The facts of the same calls, made by GenCost."""
    monkeypatch.setenv("LOCAL_KEY", "local")
    facts = {}
    for prompt in asked.PROMPTS:
        if anthropic:
            provider, model = AnthropicProvider(name="anthropic", base_url=url, api_key_env="LOCAL_KEY"), asked.CLAUDE
        else:
            stream = streams and prompt == asked.STREAMED
            provider = OpenAIProvider(name="openai", base_url=f"{url}/v1", api_key_env="LOCAL_KEY", stream=stream)
            model = asked.OPENAI
        with UnifiedLLM(provider=provider, model=model, params={"max_tokens": 50}, writer=None) as llm:
            record = llm.complete(prompt)
        usage = record.response.usage
        counts = (usage.tokens_in, usage.tokens_cached, usage.tokens_cache_write, usage.tokens_out)
        facts[prompt] = (*counts, usage.tokens_reasoning, record.response.response_model, record.cost.pico_usd)
    return facts


@pytest.mark.parametrize("name", SEEN)
def test_the_imported_bill_is_that_of_the_calls(name, server, tmp_path, capsys, monkeypatch):
    producer = SEEN[name]
    python, log = python_of(name), str(tmp_path / producer.log)
    words = [python, str(PRODUCERS / producer.words[0]), *producer.words[1:], server, log]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, env={**os.environ, **QUIET})
    assert done.returncode == 0, done.stderr[-3000:]
    monkeypatch.chdir(tmp_path)
    printed = gencost(capsys, "import", producer.source, log, "texts=keep", *producer.keys)
    rows = calls(f"p.text, {', '.join(f'a.{fact}' for fact in FACTS)}")
    imported = {text: facts for text, *facts in rows}
    if not producer.prompts:
        imported = {prompt: facts for prompt, (_, *facts) in zip(asked.PROMPTS, rows, strict=True)}

    right = by_gencost(server, anthropic="anthropic" in name, streams=producer.streams, monkeypatch=monkeypatch)
    assert set(imported) == set(right), printed
    for prompt, facts in right.items():
        lost = {fact: rows for at, fact, rows in producer.lost if at == prompt}
        assert dict(zip(FACTS, imported[prompt], strict=True)) == dict(zip(FACTS, facts, strict=True)) | lost, printed
