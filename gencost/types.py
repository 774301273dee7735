"""The values that travel between GenCost's parts: frozen, keyword-only, with their units in their names.

Invariant: a value that cannot be true is refused where it is born, so no reader checks again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from gencost.errors import PromptError
from gencost.messages import Message as Message  # noqa: PLC0414 - one of these values
from gencost.messages import PromptKind, ToolCall, kind_of, prompt_sha256, text_of
from gencost.text.safe import storable
from gencost.values.at_once import set_at_once
from gencost.values.call_site import CallSite as CallSite  # noqa: PLC0414 - one of these values
from gencost.values.costs import PICO_PER_USD as PICO_PER_USD  # noqa: PLC0414 - one of these values
from gencost.values.costs import Cost as Cost  # noqa: PLC0414 - one of these values
from gencost.values.costs import CostBasis as CostBasis  # noqa: PLC0414 - one of these values
from gencost.values.costs import CostLine as CostLine  # noqa: PLC0414 - one of these values
from gencost.values.costs import CostStatus as CostStatus  # noqa: PLC0414 - one of these values
from gencost.values.token_counts import Usage as Usage  # noqa: PLC0414 - one of these values, defined in a page of its own

RequestStatus = Literal["pending", "ok", "error", "skipped"]
RequestRole = Literal["sample", "step", "warmup", "judge", "superseded"]
RunStatus = Literal["running", "finished", "failed", "interrupted", "over_budget"]
GREATEST_SEED = 2**63 - 1  # a column of the metrics DB holds it


@dataclass(frozen=True, kw_only=True, slots=True)  # of a million prompts, a dict of each were half of the memory
class Sample:
    """One row of a prompt set.

    Attributes:
        id: unique within its prompt set; comparisons are paired by it.
        messages: the conversation to send, oldest first; never empty.
        reference: the answer that scorers compare with; None without one.
        category: a label to group by; None without one.
        metadata: the row's other columns, as text.
        params: sent along with this sample alone, before those of the model: tools, response_format, max_tokens, ...
        call_site: where in an application it was asked; None for a prompt of an experiment's own.
        text: the prompt as one text, see ``gencost.messages.text_of``.
        prompt_sha256: the key of the ``prompts`` table, see ``gencost.messages.prompt_sha256``.
    """

    id: str
    messages: tuple[Message, ...]
    reference: str | None = None
    category: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    call_site: CallSite | None = None
    text: str = field(init=False, repr=False, compare=False)
    prompt_sha256: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse what no database keeps: what is compared and paired must be what was sent."""
        try:
            turns = {f"message {number}": turn.text for number, turn in enumerate(self.messages, start=1)}
            texts = {**turns, "id": self.id, "reference": self.reference, "category": self.category}
            broken = [name for name, text in texts.items() if text is not None and storable(text) != text]
        except (AttributeError, TypeError):
            wanted = "messages holds gencost.Messages with texts; id, reference and category are texts"
            raise PromptError(f"sample {self.id!r}: {wanted}") from None
        if broken:
            raise PromptError(f"{broken[0]} holds NUL or half of a UTF-16 pair, no valid Unicode: remove it")

    @property
    def kind(self) -> PromptKind:
        """Whether ``text`` is one user message or JSON of a conversation."""
        return kind_of(self.messages)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> str:
            """Make ``text`` and ``prompt_sha256`` when they are first asked for; until then their slots are empty."""
            if name not in ("text", "prompt_sha256"):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            made = text_of(self.messages) if name == "text" else prompt_sha256(self.kind, self.text)
            object.__setattr__(self, name, made)
            return made


@set_at_once
@dataclass(frozen=True, kw_only=True)
class Request:
    """One logical call: sample x repeat x model x params.

    Attributes:
        request_id: a UUID; every stored fact of the call hangs on it.
        run_id: the cell it belongs to; None for a call made outside any run.
        ts: when the request was born, UTC.
        provider: the provider's name, the part of a price key before the colon.
        model: the model's name, the part after the colon.
        sample: what is asked.
        repeat: 0 for the first time this sample is asked in its cell, then 1, 2, ...
        params: sampling parameters sent along (temperature, max_tokens, ...).
        seed: the cell's seed.
        role: ``warmup``, ``judge`` and ``superseded`` (asked again) ones are paid for, but no result of the cell; a
            ``step`` is a call that a live policy has made and that is not, or not yet, its answer.
        cache_key: hash of what defines the call; None with the response cache off.
        policy_cell: the cell that a live policy asked; None for a call that no policy chose.
        call_site: where in an application it is made; None for a prompt of an experiment's own.
    """

    request_id: str
    run_id: str | None
    ts: datetime
    provider: str
    model: str
    sample: Sample
    repeat: int = 0
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    role: RequestRole = "sample"
    cache_key: str | None = None
    policy_cell: str | None = None
    call_site: CallSite | None = None


@set_at_once
@dataclass(frozen=True, kw_only=True)
class Response:
    """The answer of a request's final attempt.

    Attributes:
        text: the answer; may be empty.
        usage: token counts; None if the provider gave none that can be true.
        latency_ms: bytes handed to the socket -> last byte of the answer; None if nobody knows: recorded without
            it, or the process stood still meanwhile.
        ttft_ms: -> first content token; None if the answer was not streamed.
        finish_reason: in the provider's words; None if unknown.
        response_model: the model that the provider says it served; None if it did not.
        service_tier: the tier that the provider says it served, a speed billed apart included; None if it did not, and
            in the record of a call that asked for one ``asked: `` and that.
        machine_ms: what its try took of the time of the machine, see ``Attempt``; None if unknown.
        raw_usage: usage as sent by the provider; None if it sent none.
        usage_reader: version and protocol of the reader, e.g. ``2 chat``; None if no usage was read.
        usage_problem: why the counts that it sent cannot be used, for people; None if they can.
        billed_items: what the answer holds beside its tokens that is billed by the piece, by unit.
        region: where it was served, if the provider says so and that may have rates of its own; None if not.
        provider_request_id: the provider's own id of the call; None if it gave none.
        provider_cost_usd: what the provider says it charged, USD; None if it did not say.
        sent_ns: when its bytes were handed to the socket, by ``time.perf_counter_ns``; None if there was no socket.
        tool_calls: the functions that it calls; empty if it calls none.
        reasoning: the thoughts that were shown beside the answer; None if there were none.
        server_ms: what the server says it took; None if it did not say, as is ``server_ttft_ms``.
        server_ttft_ms: what it says it took until the first token.
        chunk_times: when its pieces came, see ``gencost.values.chunk_times``; None if not recorded, or not streamed.
        choices: every choice, where several were asked for, this one first: ``index``, ``text``, ``finish_reason``,
            ``tool_calls``; empty where there is one.
        recorded: of an answer that is given again: the numbers of its record that no other field is for, which may be
            scores, by their columns, and ``ts``, when it was asked; empty for any other answer.
        cost_is_recorded: ``provider_cost_usd`` was billed then: it is the cost where the registry knows no rates.
        parts: what else it holds, as sent: items, blocks and fields that are neither text, function nor thought.
    """

    text: str
    usage: Usage | None
    latency_ms: float | None
    ttft_ms: float | None = None
    finish_reason: str | None = None
    response_model: str | None = None
    service_tier: str | None = None
    machine_ms: float | None = None
    raw_usage: Mapping[str, Any] | None = None
    usage_reader: str | None = None
    usage_problem: str | None = None
    billed_items: Mapping[str, int] = field(default_factory=dict, hash=False)
    region: str | None = None
    provider_request_id: str | None = None
    provider_cost_usd: Decimal | None = None
    sent_ns: int | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning: str | None = None
    server_ms: float | None = None
    server_ttft_ms: float | None = None
    chunk_times: bytes | None = None
    choices: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)
    recorded: Mapping[str, Any] = field(default_factory=dict, hash=False)
    cost_is_recorded: bool = False
    parts: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)


@set_at_once
@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try on the wire.

    Attributes:
        attempt: 1 for the first try.
        ts: when it was sent, UTC.
        service_ms: sent -> answered or failed; None where a log does not say it.
        ttft_ms: sent -> first content token; None if not streamed or failed before.
        http_status: None where there is no HTTP or no answer came.
        error_type: None if it succeeded.
        retry_after_s: how long the provider asked to wait, seconds; None if it did not.
        usage: None if unknown.
        cost: of this try; None if unknown.
        machine_ms: its share of the time of the machine it ran on, with the others in flight there; None if unknown.
        billed: of a failed try: what it was billed by, an answer without a text; None if nothing is known of it.
        text: of a try that broke off: its text until then; None if nothing came.
    """

    attempt: int
    ts: datetime
    service_ms: float | None
    ttft_ms: float | None = None
    http_status: int | None = None
    error_type: str | None = None
    retry_after_s: float | None = None
    usage: Usage | None = None
    cost: Cost | None = None
    machine_ms: float | None = None
    billed: Response | None = None
    text: str | None = None

    @property
    def cost_pico_usd(self) -> int | None:
        """The cost of the try, 1e-12 USD; None if unknown."""
        return None if self.cost is None else self.cost.pico_usd


@set_at_once
@dataclass(frozen=True, kw_only=True)
class Score:
    """One quality value of one response by one scorer.

    Attributes:
        scorer: its name.
        version: of the scorer; it changes when its definition changes.
        value: in [0, 1] unless the scorer says otherwise; None if it could not score.
        explanation: why, for people; None if there is nothing to say.
        judge_request_id: the request that a judge made to score; None without a judge.
    """

    scorer: str
    version: str
    value: float | None
    explanation: str | None = None
    judge_request_id: str | None = None


@set_at_once
@dataclass(frozen=True, kw_only=True)
class Record:
    """Everything about one request: what the stores receive.

    Attributes:
        request: what was asked.
        status: ``ok``, ``error`` or ``skipped``.
        attempts: every try on the wire, in order.
        response: the answer; None unless ``ok``.
        cost: of the answer; None if there was none.
        scores: one per scorer; empty if there was no answer.
        queue_ms: due time -> first send.
        backoff_ms: waits between attempts.
        error_type: None if ``ok``; so is ``error_message``.
        from_cache: the answer came from GenCost's own response cache.
        saved_pico_usd: what an answer from the cache would have cost, 1e-12 USD; None otherwise or if unknown.
        steps: the calls that a live policy had made before this one, and those of its gate's judge; all of them are
            part of the cost of the answer.
    """

    request: Request
    status: RequestStatus
    attempts: tuple[Attempt, ...] = ()
    response: Response | None = None
    cost: Cost | None = None
    scores: tuple[Score, ...] = ()
    queue_ms: float = 0.0
    backoff_ms: float = 0.0
    error_type: str | None = None
    error_message: str | None = None
    from_cache: bool = False
    saved_pico_usd: int | None = None
    steps: tuple[Record, ...] = ()
