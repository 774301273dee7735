"""The tables of the metrics DB: the documented contract that every reader of it may rely on.

Times are ms (``*_ms``), timestamps UTC, money USD or exact integer pico-USD (1e-12 USD). Unknown is NULL, never 0.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

from gencost.metrics_db.columns import MadeWhenRead, UtcDateTime

NUMBERED = 5
"""The last schema that has a number instead of a revision of ``gencost.metrics_db.migrations``."""

metadata = MetaData()


def _request_id(primary_key: bool = True) -> Column[str]:
    return Column("request_id", String(36), ForeignKey("requests.request_id"), primary_key=primary_key)


schema_version = Table(
    "schema_version",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False, comment="one row: 6, which older code refuses"),
)

stamp = Table(
    "gencost_alembic_version",
    metadata,
    Column("version_num", String(32), primary_key=True, comment="one row: the revision of these tables"),
)

sweeps = Table(
    "sweeps",
    metadata,
    Column("sweep_id", String(36), primary_key=True, comment="one multirun"),
    Column("name", Text, nullable=False, comment="cfg.name, MLflow's experiment name"),
    Column("command", Text, comment="the command line to type again, secrets masked"),
    Column("launcher", Text, comment="Hydra's launcher"),
    Column("user_name", Text),
    Column("git_commit", String(64), comment="of the working folder; NULL outside a git repository"),
    Column("host", Text, comment="of the process that launched it; so is pid"),
    Column("pid", Integer),
    Column("mlflow_run_id", String(64), comment="the parent run; NULL with tracking=none"),
    Column("mlflow_error", Text, comment="why MLflow lacks part of it; NULL = nothing known to be missing"),
    Column("status", String(16), nullable=False, comment="running, else the worst of its cells"),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, comment="NULL while running"),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", String(36), primary_key=True, comment="one cell: one fully resolved config"),
    Column("sweep_id", String(36), index=True, comment="the multirun it belongs to; NULL for a single run"),
    Column("kind", String(16), comment="imported | application; NULL = a cell of an experiment"),
    Column("name", Text, nullable=False, comment="cfg.name, MLflow's experiment name"),
    Column("cell", Text, nullable=False, comment="what sets it apart, e.g. model=small,n=50"),
    Column("mlflow_run_id", String(64), comment="NULL with tracking=none"),
    Column("config_json", Text, nullable=False, comment="resolved config, secrets masked"),
    Column("cell_key", String(64), nullable=False, comment="hash of what defines the calls"),
    Column("shards", Integer, comment="into how many runs the cell is split; NULL = it is whole"),
    Column("shard", Integer, comment="which of them this run is, from 0; NULL = the cell is whole"),
    Column("score", Text, comment="the scorer whose mean is this cell's quality"),
    Column("score_late", Boolean, comment="that scorer scores when the calls are over; NULL = with each call"),
    Column("seed", BigInteger, nullable=False),
    Column("versions_json", Text, nullable=False, comment="versions of Python and of the packages that matter"),
    Column("git_commit", String(64), comment="of the working folder; NULL outside a git repository"),
    Column("command", Text, comment="the command line to type again, secrets masked"),
    Column("overrides", Text, comment="those of this cell, secrets masked"),
    Column("launcher", Text, comment="Hydra's launcher; NULL for a single run"),
    Column("user_name", Text),
    Column("host", Text),
    Column("pid", Integer, comment="the process on that host that makes the calls"),
    Column("prompts_name", Text),
    Column("prompts_digest", String(64), comment="of ids, texts and references of the prompt set"),
    Column("prompts_rows", Integer, comment="samples of the prompt set"),
    Column("mlflow_error", Text, comment="why MLflow lacks part of it; NULL = nothing known to be missing"),
    Column("seen_at", UtcDateTime, comment="when its process last said that it is alive; NULL = it never did"),
    Column("status", String(16), nullable=False, comment="running | finished | failed | interrupted | over_budget"),
    Column("error_message", Text, comment="why it failed; NULL unless failed"),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, comment="NULL while running"),
    Column("loop_lag_p99_ms", Float(53), comment="how late this client's event loop ran; NULL = not watched"),
    Column("decided_json", Text, comment="how a sequential test decided the cell; NULL if none did"),
    Column("client_bound", Boolean, comment="too slow a client for true latencies; NULL = not watched"),
)

prompts = Table(
    "prompts",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("text", Text, nullable=False, comment="the one user message, or JSON of all messages; sha256 is over it"),
    Column(
        "kind",
        String(16),
        nullable=False,
        server_default="text",
        comment="text | conversation; imported: hashed | absent, text is empty",
    ),
)

blobs = Table(
    "blobs",
    metadata,
    Column("sha256", String(64), primary_key=True, comment="of data; prompts.text names it"),
    Column("media_type", Text, nullable=False, comment="e.g. image/png"),
    Column("size", BigInteger, nullable=False, comment="bytes"),
    Column("data", LargeBinary, nullable=False),
)

prices = Table(
    "prices",
    metadata,
    Column("price_id", String(64), primary_key=True, comment="sha256 of block"),
    Column("block", Text, nullable=False, comment="canonical JSON of the rates"),
    Column("source", Text, nullable=False, comment="registry, or genai-prices==x.y.z"),
)

# Partial indexes: ordinary calls have no such value.
_HAS_PARENT, _HAS_KEY = text("parent_request_id IS NOT NULL"), text("cache_key IS NOT NULL")

requests = Table(
    "requests",
    metadata,
    Column("request_id", String(36), primary_key=True),
    Column("run_id", String(36), ForeignKey("runs.run_id"), comment="NULL for a call outside any run"),
    Column("ts", UtcDateTime, nullable=False, comment="when it was born"),
    Column("provider", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("prompt_id", Text, nullable=False),
    Column("category", Text),
    Column("repeat", Integer, nullable=False),
    Column("prompt_sha256", String(64), ForeignKey("prompts.sha256"), nullable=False),
    Column("role", String(16), nullable=False, comment="sample | step | warmup, judge, superseded: no result"),
    Column("parent_request_id", String(36), comment="the answer that a policy had this step or judgement made for"),
    Column("policy_cell", Text, comment="the cell that a live policy asked; NULL = no policy chose it"),
    Column("reference", Text, comment="what the scorers compare with"),
    Column("params_json", Text, nullable=False),
    Column("latency_ms", Float(53), comment="bytes handed to the socket -> last byte of the answer, final attempt"),
    Column("queue_ms", Float(53), comment="due time -> first send"),
    Column("backoff_ms", Float(53), comment="waits between attempts"),
    Column("attempts", Integer, nullable=False, comment="tries on the wire; 0 while pending or if skipped"),
    Column("status", String(16), nullable=False, comment="pending | ok | error | skipped"),
    Column("error_type", Text),
    Column("error_message", Text),
    Column("from_cache", Boolean, nullable=False, comment="answered by GenCost's response cache"),
    Column("cache_key", String(64), comment="hash of what defines the call; NULL with the cache off"),
    Index("ix_requests_run_id", "run_id"),
    Index("ix_requests_cache_key", "cache_key", sqlite_where=_HAS_KEY, postgresql_where=_HAS_KEY),
    Index("ix_requests_parent", "parent_request_id", sqlite_where=_HAS_PARENT, postgresql_where=_HAS_PARENT),
)

responses = Table(
    "responses",
    metadata,
    _request_id(),
    Column("response", Text, nullable=False),
    Column("response_sha256", String(64), comment="of response, NUL and tool_calls_json if any"),
    Column("tool_calls_json", Text, comment="JSON list of {id, name, arguments as sent}; NULL if none was called"),
    Column("reasoning", Text, comment="thoughts shown beside the answer"),
    Column("extra_json", Text, comment="choices: all of several; parts: what else it holds; recorded: of a replay"),
    Column("response_model", Text),
    Column("service_tier", Text),
    Column("region", Text, comment="where it was served, if that may have rates of its own"),
    Column("finish_reason", Text),
    Column("provider_request_id", Text),
    Column("usage_tokens_in", BigInteger, comment="all input tokens, cached and cache-written included"),
    Column("usage_tokens_out", BigInteger, comment="all output tokens, reasoning included"),
    Column("usage_tokens_cached", BigInteger),
    Column("usage_tokens_cache_write", BigInteger, comment="5-minute writes"),
    Column("usage_tokens_cache_write_1h", BigInteger),
    Column("usage_tokens_reasoning", BigInteger),
    Column("usage_web_searches", BigInteger, comment="searches that the provider made for the answer; no tokens"),
    Column("usage_more_json", Text, comment="counts beside these: more (by name), calls inside the call, unread"),
    Column("usage_source", String(16), nullable=False, comment="provider | estimated | missing"),
    Column("usage_reader", String(32), comment="version and protocol of what read it; NULL before revision 0003"),
    Column("billed_items_json", Text, comment="what the answer holds that is billed by the piece, by unit"),
    Column("raw_usage_json", Text, comment="as the provider sent it"),
    Column("ttft_ms", Float(53), comment="-> first content token; NULL if not streamed"),
    Column("server_ms", Float(53), comment="what the server says it took"),
    Column("server_ttft_ms", Float(53), comment="what it says it took until the first token"),
    Column("chunk_times", LargeBinary, comment="arrivals of the pieces of a stream: gencost/values/chunk_times.py"),
    Column("cost_pico_usd", BigInteger, comment="exact, 1e-12 USD; NULL unless priced or free"),
    Column("cost_usd", Double, MadeWhenRead("cost_pico_usd / 1e12"), comment="from cost_pico_usd"),
    Column("cost_status", String(16), nullable=False, comment="priced | free | cached | unpriced | partial"),
    Column("cost_reason", Text, comment="why cost_pico_usd is NULL"),
    Column("cost_basis", String(16), comment="served | requested: the model whose rates these are; recorded: no rates"),
    Column("price_id", String(64), ForeignKey("prices.price_id")),
    Column("other_price_ids", Text, comment="JSON list: rates of the calls inside the call, then of fees on top"),
    Column("saved_pico_usd", BigInteger, comment="what an answer from the cache would have cost; NULL otherwise"),
    Column("provider_cost_usd", Double, comment="what the provider says it charged"),
    Column("quality_proxy", Double, comment="0.6 type-token ratio + 0.4 min(1, words / 400)"),
)

attempts = Table(
    "attempts",
    metadata,
    _request_id(),
    Column("attempt", Integer, primary_key=True, comment="1 for the first try"),
    Column("ts", UtcDateTime, nullable=False),
    Column("service_ms", Float(53), comment="sent -> answered or failed; NULL: a log does not say it"),
    Column("ttft_ms", Float(53)),
    Column("http_status", Integer),
    Column("error_type", Text),
    Column("retry_after_s", Float(53)),
    Column("usage_json", Text, comment="counts other than 0, and their source unless it is the provider"),
    Column("raw_usage_json", Text, comment="of a failed try: as the provider sent it"),
    Column(
        "machine_ms",
        Double,
        comment="its share of the time of its machine; NULL before revision 0003",
    ),
    Column("cost_pico_usd", BigInteger),
    Column("price_id", String(64), comment="of a failed try: the rates it was billed by"),
    Column("response", Text, comment="of a try that broke off: its text until then"),
    sqlite_with_rowid=False,
)

scores = Table(
    "scores",
    metadata,
    _request_id(),
    Column("scorer", String(200), primary_key=True),
    Column("version", String(40), primary_key=True),
    Column("value", Double, comment="NULL: the scorer could not score"),
    Column("explanation", Text),
    Column("judge_request_id", String(36), comment="the request that a judge made to score; the first of several"),
    Column("ts", UtcDateTime, comment="when it was scored; NULL before schema version 4"),
    sqlite_with_rowid=False,
)

corrections = Table(
    "corrections",
    metadata,
    _request_id(),
    Column("reader", String(32), primary_key=True, comment="version and protocol of what read the usage again"),
    Column("ts", UtcDateTime, primary_key=True, comment="when; of several, the newest counts"),
    Column("usage_json", Text, comment="the counts as read again; NULL = none that can be true"),
    Column("cost_pico_usd", BigInteger, comment="exact, 1e-12 USD; NULL unless priced or free"),
    Column("cost_status", String(16), nullable=False, comment="priced | free | unpriced | partial"),
    Column("cost_reason", Text, comment="why cost_pico_usd is NULL"),
    Column("price_id", String(64), ForeignKey("prices.price_id")),
    Column("other_price_ids", Text, comment="as in responses"),
)

traffic = Table(
    "traffic",
    metadata,
    _request_id(),
    Column("site", Text, comment="where the call is made: a prompt's name, an agent or a route; NULL if unknown"),
    Column("tags_json", Text, comment="JSON object of texts; NULL without any"),
    Column("session", Text, comment="the conversation it belongs to; a digest unless texts are kept"),
    Column("user_hash", String(64), comment="digest of who asked, never the name"),
    Column("source", String(32), nullable=False, comment="whose log it is from, e.g. litellm; application for our own"),
    Column("source_id", Text, comment="the log's own id of the call; NULL if it has none, then its digest is the id"),
    Column("source_cost_pico_usd", BigInteger, comment="what that log says it cost, 1e-12 USD; NULL if it does not"),
    Column("internal", Boolean, nullable=False, comment="a judge or a shadow evaluation of the source, no traffic"),
)
