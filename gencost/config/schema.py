"""The schema of ``conf/``: names, types and defaults of every key that is not an object with a ``_target_``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gencost.config.model_schema import ModelConfig
from gencost.errors import ConfigError, nearest


@dataclass
class MetricsDBConfig:
    """The database where calls are recorded.

    Attributes:
        url: null means ``LLMOPT_DB_URL``, else ``llmopt_stage1.sqlite`` in the working folder.
    """

    url: str | None = None


TRACE_MODES = ("sample", "all", "errors", "none")


@dataclass
class TracesConfig:
    """The choice of calls that become MLflow traces.

    Attributes:
        mode: ``sample`` spaces them evenly over the calls of a cell, ``all`` takes every one, ``errors`` the failed
            ones, ``none`` none.
        max: the most of a cell, where the mode is ``sample`` or ``errors``.
    """

    mode: str = "sample"
    max: int = 200

    def __post_init__(self) -> None:
        """Refuse a mode that does not exist."""
        if self.mode not in TRACE_MODES:
            choices = ", ".join(TRACE_MODES)
            raise ConfigError(
                f"tracking.traces.mode={self.mode!r}: choose from {choices}{nearest(self.mode, TRACE_MODES)}"
            )
        if self.max < 0:
            raise ConfigError(f"tracking.traces.max={self.max}: give a number >= 0")


@dataclass
class TrackingConfig:
    """Whether and where MLflow runs are kept.

    Attributes:
        enabled: false makes no MLflow run.
        uri: null means ``MLFLOW_TRACKING_URI``, else ``sqlite:///mlflow.db`` in the working folder.
        live_s: seconds between the moments whose metrics appear while a cell runs.
        series_max: calls of a cell above which its per-call metric series are thinned; the artifact keeps every call.
        patience_s: how long MLflow is waited for at the end while it makes no progress, seconds.
        traces: which calls become traces.
    """

    enabled: bool = True
    uri: str | None = None
    live_s: int = 3
    series_max: int = 10_000
    patience_s: float = 60.0
    traces: TracesConfig = field(default_factory=TracesConfig)

    def __post_init__(self) -> None:
        """Refuse moments that are too close."""
        if self.live_s < 1:
            raise ConfigError(f"tracking.live_s={self.live_s}: give at least 1 second")


@dataclass
class ReportConfig:
    """The files that are written at the end.

    Attributes:
        csv: write ``<name>_results.csv``, one row a call.
        plots: write the figures.
        html: write ``<name>_report.html`` of a multirun; ``gencost report`` writes it of anything, any time.
    """

    csv: bool = True
    plots: bool = True
    html: bool = True


@dataclass
class ReadingConfig:
    """The reading of an answer before it is scored; see ``gencost.quality.reading.Reading``.

    Attributes:
        thoughts: ``strip`` leaves out inline thoughts, ``keep`` scores them, ``fail`` gives such an answer no score.
        fences: ``unwrap`` reads an answer that is one fenced block as what is inside; ``keep`` leaves it.
        unicode: the normal form, ``NFC`` or ``NFKC``; ``keep`` changes nothing.
        newlines: ``lf`` makes all ends of lines line feeds; ``keep`` changes nothing.
    """

    thoughts: str = "strip"
    fences: str = "keep"
    unicode: str = "NFC"
    newlines: str = "lf"


@dataclass
class ScoringConfig:
    """The running of scorers.

    Attributes:
        timeout_s: most seconds that one score may take; null has no limit.
    """

    timeout_s: float | None = 10.0


@dataclass
class RetryConfig:
    """The policy of retries; see ``gencost.sending.retry.Retry``.

    Attributes:
        tries: the most tries on the wire; 1 never retries.
        base_s: the longest first wait, seconds.
        cap_s: the longest wait of our own choice, seconds.
        max_s: the longest that tries and the waits between them may take, seconds.
        longest_wait_s: a server that asks to wait longer is not asked again, seconds.
        give_up_after: a cell ends if as many first calls all fail for good; null goes on.
    """

    tries: int = 4
    base_s: float = 0.5
    cap_s: float = 30.0
    max_s: float = 1500.0
    longest_wait_s: float = 120.0
    give_up_after: int | None = 20


@dataclass
class LimitsConfig:
    """The limits of the provider's account, over all cells; null means no limit.

    Attributes:
        requests_per_min: tries a minute.
        tokens_per_min: estimated input + largest output tokens a minute.
        in_flight: tries at once.
    """

    requests_per_min: float | None = None
    tokens_per_min: float | None = None
    in_flight: int | None = None


@dataclass
class BudgetConfig:
    """The money that the whole sweep may spend.

    Attributes:
        usd: null has no limit.
        allow_unpriced: true lets models without a price run beside a budget that cannot count them.
    """

    usd: float | None = None
    allow_unpriced: bool = False


@dataclass
class CacheConfig:
    """Answers recorded earlier, given again.

    Attributes:
        enabled: true asks the metrics DB before the provider.
    """

    enabled: bool = False


@dataclass
class DecisionConfig:
    """The conditions that a cell must meet to be chosen; see ``gencost.decision.criteria.Criteria``.

    Attributes:
        reference: the cell that is kept unless another is shown to be as good, by its name in the table; null is the
            one of highest list price, and where no cell has one that of highest mean cost; ``best`` asks of every cell
            to be not inferior to any other.
        margin: how much lower than the reference's the quality may be.
        max_p95_ms: highest 95th percentile of latency, ms; null means no limit.
        max_ttft_p95_ms: highest 95th percentile of the time to first token, ms; null means no limit.
        min_quality: lowest mean quality; null means no limit.
        errors: ``fail`` gives a failed call the score 0; ``ignore`` leaves its prompt out.
        sequential: stop paying for cells that are already decided.
        rare_cost: how many times its mean a call of a cell may cost that was not seen; null allows for none.
        score: the scorer that decides; null is the key ``score``, else the first of ``quality``.
    """

    reference: str | None = None
    margin: float = 0.02
    max_p95_ms: float | None = None
    max_ttft_p95_ms: float | None = None
    min_quality: float | None = None
    errors: str = "fail"
    sequential: bool = False
    rare_cost: float | None = None
    score: str | None = None


@dataclass
class TrafficConfig:
    """The traffic of the application that the decision is for.

    Attributes:
        calls_per_month: of the application, for what a switch saves each month; null if it is not known.
    """

    calls_per_month: float | None = None


@dataclass
class Config:
    """Top-level keys of ``conf/config.yaml``; groups with a ``_target_`` are checked against the fields of its class.

    Attributes:
        name: names the experiment in the DB, in MLflow and in file names.
        n: how many requests are drawn from the prompt set; null asks every sample once.
        repeats: how often each drawn request is made.
        shards: into how many parts the calls of the cell are dealt; they come back as one cell of the sweep.
        shard: which of these parts this is, from 0; null is right only for a cell that is not split.
        seed: of the draw and of the mock.
        score: the scorer whose mean is the cell's quality; null is the first of ``quality``.
        cell_names: names of cells in tables, figures and MLflow: a cell, as any command takes it -> its name; a cell
            that is not among them is named by what differs between the cells; null names all of them so.
        objective: names of metrics of a cell that an optimising sweeper is given, in this order; empty gives none.
        resume: go on with the unfinished cells of the last sweep of the same cells.
        retry_errors: with ``resume``, also ask again what failed.
        dry_run: make no call; say what it would cost and how long it would take.
    """

    name: str = "baseline"
    n: int | None = None
    repeats: int = 1
    shards: int = 1
    shard: int | None = None
    seed: int = 0
    score: str | None = None
    cell_names: Any = None  # a mapping, as Hydra adds no keys to a node of the schema
    objective: list[str] = field(default_factory=list)
    resume: bool = False
    retry_errors: bool = False
    dry_run: bool = False
    model: ModelConfig = field(default_factory=ModelConfig)
    provider: dict[str, Any] = field(default_factory=dict)
    pricing: dict[str, Any] = field(default_factory=dict)
    prompts: dict[str, Any] = field(default_factory=dict)
    quality: dict[str, Any] = field(default_factory=dict)
    reading: ReadingConfig = field(default_factory=ReadingConfig)
    scoring: ScoringConfig = field(default_factory=ScoringConfig)
    load: dict[str, Any] = field(default_factory=dict)
    policy: dict[str, Any] = field(default_factory=dict)
    source: dict[str, Any] = field(default_factory=dict)
    retry: RetryConfig = field(default_factory=RetryConfig)
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    budget: BudgetConfig = field(default_factory=BudgetConfig)
    cache: CacheConfig = field(default_factory=CacheConfig)
    decision: DecisionConfig = field(default_factory=DecisionConfig)
    traffic: TrafficConfig = field(default_factory=TrafficConfig)
    metrics_db: MetricsDBConfig = field(default_factory=MetricsDBConfig)
    tracking: TrackingConfig = field(default_factory=TrackingConfig)
    report: ReportConfig = field(default_factory=ReportConfig)
