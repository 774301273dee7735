"""promptfoo: the results of an evaluation, from ``promptfoo eval -o out.json`` or ``out.jsonl``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, ClassVar

from gencost.providers.answer import Answer
from gencost.traffic.bodies import answer_of, with_usage
from gencost.traffic.failures import failure
from gencost.traffic.logged import LeftOut, LoggedCall, UnreadableRecordError
from gencost.traffic.other_usage import usages_in, with_fuller
from gencost.traffic.source import LogSource, digest_of
from gencost.traffic.values import count, duration_ms, moment, parsed, text, usd

_ERROR = 2  # failureReason: 0 none, 1 an assertion failed, 2 the call failed
_JUDGE = "assertions"


@dataclass(frozen=True, kw_only=True)
class Promptfoo(LogSource):
    """promptfoo's results."""

    name: ClassVar[str] = "promptfoo"
    tool: ClassVar[str] = "promptfoo"
    facts: ClassVar[tuple[str, ...]] = (
        *("id", "provider", "prompt", "output", "usage", "cached", "cost_usd", "latency_ms", "reason", "error"),
        *("http_status", "raw"),
        *("score", "scores", "test", "prompt_index", "site", "repeat", "model_served", "finish_reason", "judge_usage"),
    )

    def calls(self, record: Mapping[str, Any]) -> Iterator[LoggedCall | LeftOut]:
        """Read an output file, or one result of it."""
        results = record.get("results")
        if isinstance(results, Mapping) and isinstance(results.get("results"), list):
            shared = {"evaluation": record.get("evalId"), "at": results.get("timestamp")}
            listed = results["results"]
        else:
            shared, listed = {"evaluation": record.get("evalId"), "at": record.get("timestamp")}, [record]
        for result in listed:
            if not isinstance(result, Mapping) or "provider" not in result:
                raise UnreadableRecordError("no provider: not a result of promptfoo")
            yield from self._told(result, shared)

    def _told(self, result: Mapping[str, Any], shared: Mapping[str, Any]) -> Iterator[LoggedCall | LeftOut]:
        call = self._call(result, shared)
        yield call
        judged = self.value(result, "judge_usage")
        if isinstance(judged, dict) and (count(judged.get("total")) or 0) > 0:
            yield replace(
                call,
                known_as=f"{call.known_as} {_JUDGE}",
                source_id=None,
                provider="unknown",
                model="judge",
                internal=True,
                answer=with_usage(Answer(text=""), judged, "promptfoo"),
                messages=None,
                latency_ms=None,
                source_cost_usd=None,
                from_cache=False,
                error_type=None,
                scores={},
            )

    def _call(self, result: Mapping[str, Any], shared: Mapping[str, Any]) -> LoggedCall:
        provider, model = _provider_and_model(self.value(result, "provider"))
        named = text(self.value(result, "id"))
        test, prompt = text(self.value(result, "test")) or "0", text(self.value(result, "prompt_index")) or "0"
        place = f"{shared['evaluation']}:{test}:{prompt}:{provider}:{model}"
        reason = count(self.value(result, "reason"))
        failed = reason == _ERROR or (reason is None and self.value(result, "output") is None)
        known_as = named or (place if shared["evaluation"] else digest_of(result))
        cached = self.value(result, "cached") is True
        return LoggedCall(
            known_as=known_as,
            source_id=named,
            provider=provider,
            model=model,
            ts=moment(shared["at"]),
            latency_ms=None if cached else duration_ms(self.value(result, "latency_ms")),
            answer=None if failed else self._answer(result),
            messages=parsed(self.value(result, "prompt")),
            site=self._site(result, prompt),
            cell=f"{provider}:{model}" + (f" prompt {prompt}" if prompt not in ("0", "") else ""),
            source_cost_usd=None if cached else _cost(self.value(result, "cost_usd")),
            from_cache=cached,
            free_from_cache=False,  # it was paid for when it was made: its tokens are not here
            prompt_id=test,
            repeat=count(self.value(result, "repeat")) or 0,
            scores=self._scores(result),
            **(self._failure(result) if failed else {}),
        )

    def _site(self, result: Mapping[str, Any], prompt: str) -> str | None:
        """Name the prompt by its label; by its number where promptfoo, for want of a name, made its text the label."""
        label, asked = text(self.value(result, "site")), text(self.value(result, "prompt")) or ""
        return f"prompt {prompt}" if label is not None and _is_prompt(label, asked) else label

    def _failure(self, result: Mapping[str, Any]) -> dict[str, Any]:
        return failure(status=self.value(result, "http_status"), message=self.value(result, "error"))

    def _answer(self, result: Mapping[str, Any]) -> Answer:
        output = self.value(result, "output")
        if _are_functions(output):
            output = {"role": "assistant", "tool_calls": output}
        answer = answer_of(output) if isinstance(output, str | dict) else Answer(text=text(output) or "")
        served = text(self.value(result, "model_served"))
        finish = text(self.value(result, "finish_reason"))
        answer = replace(answer, response_model=served or answer.response_model, finish_reason=finish)
        counted = with_usage(answer, self._usage(result), "promptfoo")
        return with_fuller(counted, usages_in(self.value(result, "raw")))

    def _usage(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """The counts of the call alone; those of an answer from promptfoo's own cache are left out."""
        usage = self.value(result, "usage")
        if not isinstance(usage, dict) or not count(usage.get("prompt")):
            return {}
        several = {"requests": number} if (number := count(usage.get("numRequests")) or 0) > 1 else {}
        return {name: value for name, value in usage.items() if name not in (_JUDGE, "cached")} | several

    def _scores(self, result: Mapping[str, Any]) -> dict[str, float | None]:
        named = self.value(result, "scores")
        scores = {f"promptfoo_{name}": float(value) for name, value in named.items()} if isinstance(named, dict) else {}
        whole = self.value(result, "score")
        return {"promptfoo": float(whole), **scores} if isinstance(whole, bool | int | float) else {**scores}


def _are_functions(output: Any) -> bool:
    """Whether an output is the functions that OpenAI's answer calls, which it gives in place of the answer."""
    return isinstance(output, list) and bool(output) and all(isinstance(it, dict) and "function" in it for it in output)


def _is_prompt(label: str, asked: str) -> bool:
    """Whether a label is the prompt or its beginning, maybe behind the name of its file, before or after filling in."""
    if "{{" in label or "{%" in label:
        return True
    words, whole = " ".join(label.split()).removesuffix("..."), " ".join(asked.split())
    return whole.startswith((words, words.partition(": ")[2] or words))


def _cost(value: Any) -> Decimal | None:
    """The cost; promptfoo writes 0 for models without a price."""
    cost = usd(value)
    return cost or None


def _provider_and_model(named: Any) -> tuple[str, str]:
    """``openai:chat:gpt-4o-mini`` -> openai, gpt-4o-mini; the words between say by which API."""
    if isinstance(named, Mapping):
        named = named.get("id") or named.get("label")
    provider, _, rest = str(named).partition(":")
    kind, colon, model = rest.partition(":")
    apis = ("chat", "completion", "responses", "messages", "embedding", "embeddings", "text")
    return provider, (model if colon and kind in apis else rest) or provider
