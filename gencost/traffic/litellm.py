"""LiteLLM: the StandardLoggingPayload of its callbacks and buckets, and the rows of its proxy's SpendLogs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from gencost.metrics_db.other_database import foreign_rows, is_url
from gencost.providers.answer import Answer
from gencost.traffic.bodies import answer_of, with_usage
from gencost.traffic.fact_map import Facts
from gencost.traffic.failures import failure
from gencost.traffic.logged import LeftOut, LoggedCall, UnreadableRecordError
from gencost.traffic.other_usage import with_fuller
from gencost.traffic.records import Placed, files_of
from gencost.traffic.rows_within import rows_within
from gencost.traffic.source import Item, LogSource, digest_of
from gencost.traffic.sums import SUMS, refuse_sums
from gencost.traffic.table_files import rows_of
from gencost.traffic.values import between_ms, count, moment, parsed, tags_of, text, truth, usd

_FACTS = (
    *("id", "response_id", "started", "ended", "first_token", "provider", "model", "response_model", "operation"),
    *(
        "status",
        "stream",
        "usage",
        "usage_more",
        "tokens_in",
        "tokens_out",
        "tokens_total",
        "service_tier",
        "response",
        "prompt",
    ),
    *("request", "params", "cost", "cache_hit", "retries", "error", "error_code", "error_class"),
    *("site", "tags", "more_tags", "session", "user", "internal"),
)
_JSON = ("metadata", "messages", "response", "proxy_server_request", "request_tags", "model_parameters")
_TABLE = "LiteLLM_SpendLogs"
# Calls that ask no model: https://docs.litellm.ai/docs/proxy/spend_logs (read 2026-11-26).
_NO_CALLS = ("mcp", "batch", "file", "health", "vector_store", "search", "ocr_list", "container")
_NEITHER = "neither a StandardLoggingPayload nor a row of SpendLogs"
# A record with none of these tells nothing of a call: a table of something else, which has a model and an id.
_TELLING = ("operation", "started", "usage", "tokens_in", "tokens_total", "prompt", "response", "cost", "error")
_HEALTH = "litellm-internal-health-check"
# Of these the usage's ``cost`` is the provider's own charge; of all others LiteLLM writes its catalogue's there.
_CHARGING = ("openrouter", "perplexity", "vercel_ai_gateway")
_REQUEST = frozenset(
    """frequency_penalty logit_bias logprobs max_completion_tokens max_output_tokens max_tokens n parallel_tool_calls
    presence_penalty reasoning reasoning_effort response_format seed service_tier stop stream temperature thinking
    tool_choice tools top_k top_logprobs top_p""".split()  # noqa: SIM905 - a list to read
)


@dataclass(frozen=True, kw_only=True)
class LiteLLM(LogSource):
    """LiteLLM's logs: files of JSON, CSV or Parquet, or the URL of the proxy's database."""

    name: ClassVar[str] = "litellm"
    tool: ClassVar[str] = "LiteLLM"
    facts: ClassVar[tuple[str, ...]] = _FACTS

    def files(self, path: str) -> list[str]:
        """A database has one name."""
        return [path] if is_url(path) else super().files(path)

    def read(self, file: str) -> Iterator[Item]:
        """Read a file, or the table of a database."""
        if not is_url(file):
            (path,) = files_of(file)
            yield from self.items(rows_of(path))
            return
        placed = ((f"{_TABLE}:{number}", row) for number, row in enumerate(foreign_rows(file, _TABLE), start=1))
        yield from self.items(placed)

    def unfolded(self, place: str, record: Mapping[str, Any]) -> Iterable[Placed]:
        """Return the rows inside the answer of the proxy's API."""
        return rows_within(place, record, self.facts_of)

    def calls(self, record: Mapping[str, Any]) -> Iterator[LoggedCall | LeftOut]:
        """Read one payload or row."""
        if texts := [key for key in _JSON if type(record.get(key)) is str]:
            record = {**record, **{key: parsed(record[key]) for key in texts}}
        facts = self.facts_of.all(record)
        refuse_sums(record, facts, self.facts_of.read)
        operation = str(facts.get("operation") or "")
        if any(word in operation for word in _NO_CALLS):
            yield LeftOut(why="not a model's call")
            return
        provider, model = _model(facts)
        if all(facts.get(name) is None for name in _TELLING):
            raise UnreadableRecordError(_NEITHER)
        if model is None:
            yield _without_model(record, facts)
            return
        failed = str(facts.get("status") or "success").lower() not in ("success", "ok")
        yield LoggedCall(
            provider=provider,
            model=model,
            **_ids(facts, record, failed=failed),
            **_times(facts, failed=failed),
            **_asked(facts),
            **self._place(facts, record),
            from_cache=truth(facts.get("cache_hit")) is True,
            answer=_answer(facts, provider, operation),
            source_cost_usd=usd(facts.get("cost")),
            attempts=1 + (count(facts.get("retries")) or 0),
            lost=("cached and reasoning tokens",) if _has_totals_alone(facts) else (),
            **(_failure(facts) if failed else {}),
        )

    def _place(self, facts: Facts, record: Mapping[str, Any]) -> dict[str, Any]:
        tags = tags_of(facts.get("tags"))
        tags |= {name: str(value) for name, value in self.facts_of.each(record, "more_tags") if not _nested(value)}
        internal = facts.get("internal") is not None or _HEALTH in tags
        return {
            "site": text(facts.get("site")),
            "tags": tags,
            "session": text(facts.get("session")),
            "user": text(facts.get("user")),
            "internal": internal,
        }


def _without_model(record: Mapping[str, Any], facts: Facts) -> LeftOut:
    """Leave out a record that names no model.

    Raises:
        UnreadableRecordError: it is not one of LiteLLM's, or sums calls.
    """
    if "call_type" not in record and "startTime" not in record:
        raise UnreadableRecordError(_NEITHER)
    if usd(facts.get("cost")):
        raise UnreadableRecordError(f"a cost of {facts['cost']} without a model: {SUMS}")
    return LeftOut(why="no model is named")


def _model(facts: Facts) -> tuple[str, str | None]:
    provider, model = text(facts.get("provider")), text(facts.get("model"))
    if model is None:
        return "unknown", None
    if provider is None:
        provider, slash, rest = model.partition("/")
        return (provider, rest) if slash else ("litellm", model)
    return provider, model.removeprefix(f"{provider}/")


def _ids(facts: Facts, record: Mapping[str, Any], *, failed: bool) -> dict[str, Any]:
    """A call that is tried again keeps its id: each failure is a call of its own."""
    named = text(facts.get("id"))
    known_as = named or digest_of(record)
    if failed:
        known_as = f"{known_as} failed at {text(facts.get('started'))}"
    return {"known_as": known_as, "source_id": named, "response_id": text(facts.get("response_id"))}


def _times(facts: Facts, *, failed: bool) -> dict[str, Any]:
    start, end = facts.get("started"), facts.get("ended")
    first, latency = facts.get("first_token"), between_ms(start, end)
    streamed = truth(facts.get("stream"))
    ttft = between_ms(start, first)
    if streamed is None:  # SpendLogs does not say it; the first token of a whole answer is its end
        streamed = ttft is not None and latency is not None and ttft < latency - 1
    return {"ts": moment(start), "latency_ms": latency, "ttft_ms": ttft if streamed and not failed else None}


def _asked(facts: Facts) -> dict[str, Any]:
    request = facts.get("request")
    body = request.get("body", request) if isinstance(request, dict) else {}
    body = body if isinstance(body, dict) else {}
    turns = facts.get("prompt") or body.get("messages") or body.get("input")
    system = body.get("system")
    if system and isinstance(turns, list) and not any(_role(turn) == "system" for turn in turns):
        turns = [{"role": "system", "content": system}, *turns]
    given = facts.get("params")
    params = given if isinstance(given, dict) else {key: body[key] for key in _REQUEST & body.keys()}
    return {"messages": turns, "params": params}


def _answer(facts: Facts, provider: str, operation: str) -> Answer:
    body, usage = facts.get("response"), _usage(facts, provider)
    tier = facts.get("service_tier")
    if isinstance(body, dict) and usage and "embedding" not in operation:
        answer = answer_of({**body, "usage": usage, "service_tier": tier})
    else:
        answer = answer_of(body)
    if answer.reading.raw is None or "embedding" in operation:
        answer = with_usage(answer, usage, "embeddings" if "embedding" in operation else "chat", tier)
    sent = body.get("usage") if isinstance(body, dict) else None
    if isinstance(sent, dict) and sent:
        answer = with_fuller(answer, (_without_catalogue(sent, provider),), tier)
    served = text(facts.get("response_model"))
    return answer if served in (None, answer.response_model) else replace(answer, response_model=served)


def _usage(facts: Facts, provider: str) -> Mapping[str, Any]:
    usage = facts.get("usage")
    if isinstance(usage, dict) and any(usage.values()):
        return _without_catalogue(usage, provider)
    names = {"prompt_tokens": "tokens_in", "completion_tokens": "tokens_out", "total_tokens": "tokens_total"}
    counts = {name: count(facts.get(fact)) for name, fact in names.items()}
    more = facts.get("usage_more")
    return {**counts, **(more if isinstance(more, dict) else {})} if any(counts.values()) else {}


def _without_catalogue(usage: Mapping[str, Any], provider: str) -> Mapping[str, Any]:
    """A usage without the cost that LiteLLM's catalogue gives it."""
    charged = provider in _CHARGING or isinstance(usage.get("cost"), dict)
    return usage if charged or "cost" not in usage else {key: it for key, it in usage.items() if key != "cost"}


def _has_totals_alone(facts: Facts) -> bool:
    """Whether three totals are all that a log has of the usage, so that their parts are unknown and not 0."""
    body = facts.get("response")
    elsewhere = (facts.get("usage"), facts.get("usage_more"), body.get("usage") if isinstance(body, dict) else None)
    told = any(isinstance(usage, dict) and any(usage.values()) for usage in elsewhere)
    return not told and bool(count(facts.get("tokens_in"))) and bool(count(facts.get("tokens_out")))


def _failure(facts: Facts) -> dict[str, Any]:
    code, kind = facts.get("error_code"), facts.get("error_class")
    return failure(status=code, kind=kind, message=facts.get("error"))


def _role(turn: Any) -> Any:
    return turn.get("role") if isinstance(turn, dict) else None


def _nested(value: Any) -> bool:
    return isinstance(value, dict | list)
