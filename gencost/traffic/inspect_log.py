"""Inspect: each call of a model in an evaluation's log, ``.json`` or ``.eval``.

Source: https://inspect.aisi.org.uk/eval-logs.html, version 2 of the log (run with 0.3.285 on 2026-11-26).
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from gencost.providers.answer import Answer, tool_call
from gencost.traffic.bodies import answer_of, with_usage
from gencost.traffic.failures import failure
from gencost.traffic.logged import BadRecord, LeftOut, LoggedCall, UnreadableRecordError
from gencost.traffic.records import LogFileError, Placed, files_of, opened
from gencost.traffic.source import Item, LogSource
from gencost.traffic.values import between_ms, count, duration_ms, moment, text, usd

_ZSTANDARD = 93
_VALUES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
_ATTACHMENT = "attachment://"
_MOST_HEADER = 30
_JUDGES = ("grader", "judge", "critic")


@dataclass(frozen=True, kw_only=True)
class InspectLog(LogSource):
    """Inspect's logs.

    Attributes:
        provider: the part of a price key before the colon, for all models; null takes Inspect's name of it.
    """

    provider: str | None = None

    name: ClassVar[str] = "inspect"
    tool: ClassVar[str] = "Inspect"
    facts: ClassVar[tuple[str, ...]] = (
        *("model", "model_served", "started", "ended", "latency_s", "usage", "wire", "response_id", "answer", "error"),
        *("retries", "cached", "params", "role", "cost_usd"),
    )

    def read(self, file: str) -> Iterator[Item]:
        """Read a log, ``.eval`` sample by sample."""
        (path,) = files_of(file)
        yield from self.items(_eval(path) if zipfile.is_zipfile(path) else _whole(path))

    def calls(self, record: Mapping[str, Any]) -> Iterator[LoggedCall | LeftOut]:
        """Read the calls of one sample."""
        evaluation, sample = record["eval"], record["sample"]
        events = [it for it in sample.get("events") or () if it.get("event") == "model"]
        if not events and not sample.get("model_usage"):
            yield LeftOut(why="a sample without a model's call")
        events = events or _only_event(sample)
        for number, event in enumerate(events):
            last = number == len(events) - 1
            yield self._call(event, sample, evaluation, scored=last)

    def _call(
        self, event: Mapping[str, Any], sample: Mapping[str, Any], evaluation: Mapping[str, Any], *, scored: bool
    ) -> LoggedCall:
        provider, model = _provider_and_model(text(self.value(event, "model")) or "")
        place = f"{evaluation.get('eval_id')}:{sample.get('id')}:{sample.get('epoch')}:{event.get('timestamp')}"
        named = text(event.get("uuid")) or place
        role, error = text(self.value(event, "role")), self.value(event, "error")
        return LoggedCall(
            known_as=named,
            source_id=named,
            response_id=text(self.value(event, "response_id")),
            provider=self.provider or provider,
            model=model,
            answer=None if error is not None else self._answer(event),
            messages=_messages(event, sample),
            params=_params(self.value(event, "params"), event),
            attempts=1 + (count(self.value(event, "retries")) or 0),
            source_cost_usd=usd(self.value(event, "cost_usd")),
            internal=role in _JUDGES,
            scores=_scores(sample) if scored and role is None else {},
            **self._times(event),
            **_of_sample(sample),
            **_of_evaluation(evaluation),
            **({} if error is None else failure(message=error)),
        )

    def _times(self, event: Mapping[str, Any]) -> dict[str, Any]:
        start, cached = self.value(event, "started"), self.value(event, "cached") == "read"
        latency = duration_ms(self.value(event, "latency_s"), per_ms=1000)
        latency = between_ms(start, self.value(event, "ended")) if latency is None else latency
        return {"ts": moment(start), "latency_ms": None if cached else latency, "from_cache": cached}

    def _answer(self, event: Mapping[str, Any]) -> Answer:
        """The answer, with the counts as the provider sent them where the log has them."""
        output = self.value(event, "answer")
        output = output if isinstance(output, dict) else {}
        choice: Mapping[str, Any] = next(iter(output.get("choices") or ()), {})
        message = choice.get("message") or {}
        calls = message.get("tool_calls") or ()
        answer = Answer(
            text=_text(message.get("content")),
            finish_reason=text(choice.get("stop_reason")),
            response_model=text(self.value(event, "model_served")),
            tool_calls=tuple(tool_call(it.get("id"), it.get("function"), it.get("arguments")) for it in calls),
        )
        wire = self.value(event, "wire")
        if isinstance(wire, dict) and wire.get("usage"):
            sent = answer_of({"role": "assistant", **wire} if isinstance(wire.get("content"), list) else wire)
            if sent.reading.usage is not None:
                return with_usage(answer, wire["usage"], _protocol(wire), wire.get("service_tier"))
        return with_usage(answer, self.value(event, "usage"), "inspect")


def _only_event(sample: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The only call of a sample that was logged without its events, made of its output; none if it made no call.

    Raises:
        UnreadableRecordError: it made several calls, of which only a sum is there.
    """
    used, output = sample.get("model_usage") or {}, sample.get("output") or {}
    if not used:
        return []
    if list(used.values()) != [output.get("usage")]:
        raise UnreadableRecordError("model_usage sums calls whose events are not in the log")
    (model,) = used
    return [{"model": model, "output": output, "timestamp": sample.get("started_at"), "input": _asked(sample)}]


def _asked(sample: Mapping[str, Any]) -> list[Any]:
    """The messages before the answer, which is the last one."""
    return [it for it in (sample.get("messages") or ())[:-1] if isinstance(it, Mapping)]


def _of_sample(sample: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "prompt_id": text(sample.get("id")),
        "repeat": max(0, (count(sample.get("epoch")) or 1) - 1),
        "reference": text(sample.get("target")),
    }


def _of_evaluation(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "site": text(evaluation.get("task")),
        "cell": f"{evaluation.get('task')} {evaluation.get('model')}",
        "tags": {str(tag): "true" for tag in evaluation.get("tags") or ()},
    }


def _protocol(wire: Mapping[str, Any]) -> str:
    if isinstance(wire.get("choices"), list):
        return "chat"
    return "responses" if isinstance(wire.get("output"), list) else "messages"


def _provider_and_model(named: str) -> tuple[str, str]:
    """``openai-api/local/gpt-4o-mini`` -> local, gpt-4o-mini; ``openai/azure/gpt-4o`` -> azure, gpt-4o."""
    provider, _, rest = named.partition("/")
    if provider in ("openai-api", "azureai", "hf-inference-providers") and "/" in rest:
        provider, _, rest = rest.partition("/")
    for service in ("azure", "bedrock", "vertex"):
        if rest.startswith(f"{service}/"):
            provider, rest = service, rest.removeprefix(f"{service}/")
    return (provider, rest) if rest else ("unknown", named or "unknown")


def _messages(event: Mapping[str, Any], sample: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The messages of a call: its own, or ranges of those of the whole sample."""
    pool = (sample.get("events_data") or {}).get("messages") or []
    turns = list(event.get("input") or ())
    for start, end in event.get("input_refs") or ():
        turns += pool[start:end]
    attachments = sample.get("attachments") or {}
    return [_turn(turn, attachments) for turn in turns]


def _turn(turn: Mapping[str, Any], attachments: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = {"role": turn.get("role"), "content": _attached(turn.get("content"), attachments)}
    if turn.get("tool_calls"):
        plain["tool_calls"] = [
            {"id": it.get("id"), "function": {"name": it.get("function"), "arguments": it.get("arguments")}}
            for it in turn["tool_calls"]
        ]
    return {**plain, **({"tool_call_id": turn["tool_call_id"]} if turn.get("tool_call_id") else {})}


def _attached(value: Any, attachments: Mapping[str, Any]) -> Any:
    if isinstance(value, str) and value.startswith(_ATTACHMENT):
        return attachments.get(value.removeprefix(_ATTACHMENT), value)
    if isinstance(value, list):
        return [_attached(it, attachments) for it in value]
    return {key: _attached(it, attachments) for key, it in value.items()} if isinstance(value, dict) else value


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(text(it.get("text")) or "" for it in content if isinstance(it, Mapping))
    return text(content) or ""


def _params(config: Any, event: Mapping[str, Any]) -> dict[str, Any]:
    params = {name: it for name, it in (config or {}).items() if it is not None}
    return {**params, **({"tools": event["tools"]} if event.get("tools") else {})}


def _scores(sample: Mapping[str, Any]) -> dict[str, float | None]:
    scores: dict[str, float | None] = {}
    for name, score in (sample.get("scores") or {}).items():
        value = score.get("value") if isinstance(score, Mapping) else score
        if isinstance(value, str):
            value = _VALUES.get(value)
        if value is None or isinstance(value, bool | int | float):
            scores[str(name)] = None if value is None else float(value)
    return scores


def _whole(path: Path) -> Iterator[Placed | BadRecord]:
    """Read a log that is one JSON document."""
    try:
        with opened(path) as content:
            log = json.load(content)
    except (ValueError, RecursionError) as error:
        raise LogFileError(f"{path}: not JSON: {error}") from None
    if not isinstance(log, dict) or "eval" not in log:
        yield BadRecord(place=str(path), why="no eval: not a log of Inspect")
        return
    for sample in log.get("samples") or ():
        yield _placed(path, log["eval"], sample)


def _placed(path: Path, evaluation: Any, sample: Mapping[str, Any]) -> Placed:
    place = f"{path} sample {sample.get('id')} epoch {sample.get('epoch')}"
    return place, {"eval": evaluation, "sample": sample}


def _eval(path: Path) -> Iterator[Placed | BadRecord]:
    """Read a log that is a zip of samples."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        start = "header.json" if "header.json" in names else "_journal/start.json"
        try:
            evaluation = json.loads(_member(path, archive, start))["eval"]
        except KeyError:
            raise LogFileError(f"{path}: neither header.json nor _journal/start.json: not a log of Inspect") from None
        for name in sorted(it for it in names if it.startswith("samples/") and it.endswith(".json")):
            try:
                yield _placed(path, evaluation, json.loads(_member(path, archive, name)))
            except (ValueError, RecursionError) as error:
                yield BadRecord(place=f"{path}:{name}", why=f"not JSON: {error}")


def _member(path: Path, archive: zipfile.ZipFile, name: str) -> bytes:
    """Read a member, also one packed by Zstandard, which Python's zipfile does not know before 3.14."""
    info = archive.getinfo(name)
    if info.compress_type != _ZSTANDARD:
        return archive.read(name)
    try:
        zstandard = import_module("zstandard")
    except ImportError:
        raise LogFileError(
            f"{path}: its samples are packed by Zstandard: pip install 'gencost[inspect]', or inspect log dump"
        ) from None
    with path.open("rb") as content:
        content.seek(info.header_offset)
        header = content.read(_MOST_HEADER)
        content.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
        packed = content.read(info.compress_size)
    unpacked: bytes = zstandard.ZstdDecompressor().decompressobj().decompress(packed)
    return unpacked
