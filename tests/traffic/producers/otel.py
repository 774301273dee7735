"""OpenTelemetry spans of an SDK, as lines of OTLP JSON: python otel.py MODULE INSTRUMENTOR URL LOG."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import asked
from opentelemetry import trace
from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor


def by_anthropic(url: str) -> None:
    """Make the calls by Anthropic's SDK."""
    import anthropic

    client = anthropic.Anthropic(base_url=url, api_key="local", max_retries=0)
    for prompt in asked.PROMPTS:
        client.messages.create(model=asked.CLAUDE, max_tokens=50, messages=[{"role": "user", "content": prompt}])


def main(module: str, instrumentor: str, url: str, log: str) -> None:
    """Make the calls, and write their spans."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(FileSpanExporter(path=Path(log))))
    trace.set_tracer_provider(provider)  # Anthropic's SDK writes spans of its own
    getattr(importlib.import_module(module), instrumentor)().instrument(tracer_provider=provider)
    if "anthropic" in module:
        by_anthropic(url)
    else:
        import by_openai

        by_openai.make(url)
    provider.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
