"""Warnings and notes about the results of a cell: a line each, with its remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from gencost.analysis.overhead import FAILED_TRIES
from gencost.analysis.server_times import STALL_MS
from gencost.analysis.summary import CellSummary
from gencost.pricing.names import may_stand_for
from gencost.report.in_flight import behind_schedule, client_bound, places
from gencost.report.numbers import ms, usd
from gencost.text.counted import ARE, HAVE, WERE, counted, counted_of
from gencost.types import PICO_PER_USD

_SAME_COST = 0.005
_SAME_USD = 1e-6
_LINES, _NAMES, _KINDS = 3, 3, 4
_UNLIKE_CACHED = 0.1
_EXAMPLE = 200

Check = Callable[[CellSummary], str | None]


def warnings(summaries: Sequence[CellSummary]) -> list[str]:
    """Return the warnings, which must not be overlooked."""
    answers = (_unscored, _cut, _blank, _other_model)
    checks = (
        _stopped,
        _failed,
        _shards,
        *answers,
        _unpriced,
        _pending,
        _lost,
        _untimed,
        client_bound,
        _provider,
        behind_schedule,
        _tracking,
    )
    return [*_lines(summaries, checks), *_prefix_cache(summaries)]


def notes(summaries: Sequence[CellSummary]) -> list[str]:
    """Return the notes on money that was spent or saved besides the results."""
    roles = dict.fromkeys(role for summary in summaries for role in summary.overhead.calls)
    beside = (partial(_beside, role) for role in roles if role != FAILED_TRIES)
    return _lines(
        summaries, (*beside, _failed_tries, _in_all, _rates, _cached, _dated_model, _decided, places, *_TIMES)
    )


def _lines(summaries: Sequence[CellSummary], checks: Iterable[Check]) -> list[str]:
    """Write the lines of checks: equal ones of several cells once, and at most three of each kind."""
    lines = []
    for check in checks:
        cells_of: dict[str, list[str]] = {}
        for summary in summaries:
            text = check(summary)
            if text is not None:
                cells_of.setdefault(text, []).append(summary.cell)
        all_of_them = len(summaries)
        lines += [f"{_names(cells, all_of_them)}: {text}" for text, cells in list(cells_of.items())[:_LINES]]
        more = sum(len(cells) for cells in list(cells_of.values())[_LINES:])
        lines += [f"{counted(more, 'more cell')}: the like of the line above."] if more else []
    return lines


def _names(cells: Sequence[str], of: int) -> str:
    if len(cells) == of > _NAMES:
        return f"all {of:,} cells"
    more = [f"{len(cells) - _NAMES:,} more"] if len(cells) > _NAMES else []
    return "; ".join([*cells[:_NAMES], *more])


def _beside(role: str, summary: CellSummary) -> str | None:
    calls, pico = summary.overhead.calls.get(role), summary.overhead.pico_usd.get(role)
    if calls is None:
        return None
    beside = counted(calls, f"{role} call is", f"{role} calls are")
    return f"{beside} not in the table and cost {usd(None if pico is None else pico / PICO_PER_USD)}."


def _failed_tries(summary: CellSummary) -> str | None:
    pico = summary.overhead.pico_usd.get(FAILED_TRIES)
    return f"tries that failed cost {usd(pico / PICO_PER_USD)} beside the table." if pico else None


def _in_all(summary: CellSummary) -> str | None:
    """Say what the total cost of the answers becomes with all other calls."""
    every, answers = summary.all_calls_pico_usd, summary.cost_pico_usd_total
    if every is None or every == answers:
        return None
    total = usd(None if answers is None else answers / PICO_PER_USD)
    return f"in all {usd(every / PICO_PER_USD)}, as gencost bill says; the total cost is that of the answers, {total}."


def _rates(summary: CellSummary) -> str | None:
    return " ".join(summary.price_notes) or None


def _cached(summary: CellSummary) -> str | None:
    saved = usd(None if summary.saved_pico_usd is None else summary.saved_pico_usd / PICO_PER_USD)
    return f"{counted(summary.cached, 'answer')} came from the cache, which saved {saved}." if summary.cached else None


def _server(summary: CellSummary) -> str | None:
    """Report the time that a server states, and the rest of the latency."""
    times = summary.server
    if not times.server_calls:
        return None
    first = times.ttft_client_minus_server_p50_ms
    until = "" if first is None else f"; until the first token {ms(first)} ms (p50)"
    beside = f"{ms(times.client_minus_server_p50_ms)} ms (p50), {ms(times.client_minus_server_p95_ms)} ms (p95)"
    return (
        f"the server says it took {ms(times.server_p50_ms)} ms (p50, {counted(times.server_calls, 'answer')}); client "
        f"minus server: {beside}{until}."
    )


def _between_pieces(summary: CellSummary) -> str | None:
    """Say how evenly the pieces of streams arrived."""
    times = summary.server
    if not times.chunk_calls:
        return None
    figures = (times.inter_token_p50_ms, times.inter_token_p95_ms, times.inter_token_p99_ms)
    stalled = counted_of(times.stalled_calls or 0, times.chunk_calls, "answer")
    stalls = f"{stalled} stalled for more than {STALL_MS / 1000:g} s"
    return (
        f"between pieces of a stream: {' / '.join(map(ms, figures))} ms (p50 / p95 / p99), at most "
        f"{ms(times.inter_token_max_ms)} ms; {stalls}."
    )


_TIMES: tuple[Check, ...] = (_server, _between_pieces)


def _decided(summary: CellSummary) -> str | None:
    """Say how many calls a race saved: of the decided cells, and of the reference, which goes on while one is open."""
    raced = summary.run.status == "finished" and summary.run.kind is None  # else they were skipped for another reason
    if not summary.skipped or not (raced or summary.run.decided_json is not None):
        return None
    return f"decided early; {counted_of(summary.skipped, summary.n, 'call', WERE)} not made."


def _shards(summary: CellSummary) -> str | None:
    run = summary.run
    if run.shards is None or len(run.parts) == run.shards:
        return None
    return f"{len(run.parts)} of {run.shards} shards: the calls of the others are not in the figures."


def _failed(summary: CellSummary) -> str | None:
    """Say how many calls failed, by error type, each with an example."""
    errors = [failure for failure in summary.outcome.failed if failure.status == "error"]
    if not errors:
        return None
    kinds = [f"{failure.kind} {failure.calls:,}{_example(failure.message)}" for failure in errors[:_KINDS]]
    more = [f"{counted(len(errors) - _KINDS, 'more type')}"] if len(errors) > _KINDS else []
    return f"{counted_of(summary.errors, summary.n, 'call')} failed: {'; '.join([*kinds, *more])}."


def _example(text: str | None) -> str:
    line = _line(text)
    return f", e.g. {line}" if line else ""


def _line(text: str | None) -> str:
    line = " ".join((text or "").split())
    return f"{line[:_EXAMPLE]}{'...' * (len(line) > _EXAMPLE)}"


def _stopped(summary: CellSummary) -> str | None:
    """Say why the cell failed, where its calls and scores do not show it."""
    if summary.run.status != "failed" or summary.run.error_message is None or summary.outcome.why_nothing is not None:
        return None
    return f"failed: {summary.run.error_message}"


def _unscored(summary: CellSummary) -> str | None:
    primary = {} if summary.run.score is None else {summary.run.score: 0}
    counts = {**primary, **summary.score_counts}
    parts = [
        f"{scorer} could not score {summary.ok - n:,} of {summary.ok:,}{_reasons(summary, scorer)}"
        for scorer, n in counts.items()
        if n < summary.ok
    ]
    return f"{'; '.join(parts)} (each: scores.explanation)." if parts else None


def _reasons(summary: CellSummary, scorer: str) -> str:
    """Count why a scorer gave no value, the most frequent reasons first."""
    named = list(summary.outcome.unscored.get(scorer, {}).items())
    reasons = "; ".join(f"{n:,}: {_line(why)}" for why, n in named[:_LINES])
    more = f"; and {counted(len(named) - _LINES, 'other reason')}" if len(named) > _LINES else ""
    return f" ({reasons}{more})" if named else ""


def _cut(summary: CellSummary) -> str | None:
    n = summary.answers.cut
    cut = counted_of(n, summary.ok, "answer", WERE)
    return f"{cut} cut off at a limit of tokens: raise max_tokens." if n else None


def _blank(summary: CellSummary) -> str | None:
    facts = summary.answers
    kinds = {"empty": facts.empty, "a thought without an answer": facts.only_thinking}
    parts = [f"{counted_of(n, summary.ok, 'answer', ARE)} {what}" for what, n in kinds.items() if n]
    return f"{'; '.join(parts)}." if parts else None


def _other_model(summary: CellSummary) -> str | None:
    return _served(summary, same=False)


def _dated_model(summary: CellSummary) -> str | None:
    return _served(summary, same=True)


def _served(summary: CellSummary, *, same: bool) -> str | None:
    """Say which model answered: the one that was asked, under a longer name (``same``), or another."""
    parts = [
        f"{counted_of(n, summary.ok, 'answer')} came from {served}, asked was {asked}"
        for (asked, served), n in summary.answers.served.items()
        if may_stand_for(asked, served, declared=False) is same
    ]
    more = f"; and {counted(len(parts) - _LINES, 'other model')}" if len(parts) > _LINES else ""
    return f"{'; '.join(parts[:_LINES])}{more}." if parts else None


def _prefix_cache(summaries: Sequence[CellSummary]) -> Iterator[str]:
    """Say where some cells of one model found their prompts in the server's cache and others did not."""
    shares: dict[tuple[str, ...], dict[str, float]] = {}
    for summary in summaries:
        share = summary.answers.cached_input_share
        if share is not None:
            shares.setdefault(summary.answers.asked, {})[summary.cell] = share
    for asked, by_cell in shares.items():
        least, most = min(by_cell, key=lambda cell: by_cell[cell]), max(by_cell, key=lambda cell: by_cell[cell])
        if by_cell[most] - by_cell[least] >= _UNLIKE_CACHED:
            yield (
                f"{', '.join(asked)} had {by_cell[most]:.0%} of the input of {most} in its prompt cache and "
                f"{by_cell[least]:.0%} of that of {least}: later calls find what earlier ones left there, so cost and "
                "time to first token of these cells are not comparable. Warm all alike (load.warmup=<number of "
                "prompts>), or turn the server's prefix cache off."
            )


def _unpriced(summary: CellSummary) -> str | None:
    if not summary.unpriced:
        return None
    named = list(summary.cost_reasons.items())
    why = "; ".join(f"{n:,}: {reason}" for reason, n in named[:_LINES])
    more = f"; and {counted(len(named) - _LINES, 'other reason')}" if len(named) > _LINES else ""
    unpriced = counted_of(summary.unpriced, summary.ok, "answer", HAVE)
    rest = "; the costs above are those of the others" if summary.unpriced < summary.ok else ""
    return f"{unpriced} no known cost{rest}. {why or 'No reason is recorded'}{more}."


def _pending(summary: CellSummary) -> str | None:
    if not summary.pending:
        return None
    return f"{counted(summary.pending, 'call was', 'calls were')} sent without a known end and may be billed."


def _lost(summary: CellSummary) -> str | None:
    lost = counted(summary.overhead.lost, "call was", "calls were")
    return f"{lost} in flight at a crash and may have been billed twice." if summary.overhead.lost else None


def _untimed(summary: CellSummary) -> str | None:
    if not summary.untimed:
        return None
    why = "none was recorded, or this process stood still meanwhile"
    untimed = counted(summary.untimed, "answer has", "answers have")
    return f"{untimed} no latency ({why}): the times are those of the others."


def _provider(summary: CellSummary) -> str | None:
    charged = summary.provider_cost
    if charged is None:
        return None
    same = max(_SAME_COST * max(charged.charged_usd, charged.ours_usd), _SAME_USD)
    if abs(charged.charged_usd - charged.ours_usd) <= same:
        return None
    return (
        f"the provider says it charged {usd(charged.charged_usd)} for {counted(charged.calls, 'call')} that cost "
        f"{usd(charged.ours_usd)} by the registry: check the rates."
    )


def _tracking(summary: CellSummary) -> str | None:
    why = summary.run.mlflow_error
    return f"MLflow lacks part of it ({why}). Catch up with: gencost mlflow sync" if why else None
