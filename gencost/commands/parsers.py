"""The command line of ``gencost``: every command with its options, and the text that names its function.

No command is imported to describe it, so that ``gencost --help`` is instant.
"""

from __future__ import annotations

import argparse

import gencost
from gencost.commands.options import (
    AS_RECORDED,
    FORMATS,
    PRICING,
    REFERENCE,
    above_zero,
    any_number,
    seed,
    whole,
    with_calls_out,
    with_criteria,
    with_db,
    with_ids,
    with_output,
    with_runs,
)
from gencost.commands.traffic_parsers import bill, importing
from gencost.commands.words import CommandParser as Parser

Commands = argparse._SubParsersAction  # argparse has no public name for it


def parser() -> Parser:
    """Describe every command."""
    top = Parser(
        prog="gencost",
        description="Make calls with gencost run, then look at what is recorded. gencost COMMAND --help says more.",
        epilog="A first look, without a key or a network: gencost run -m model=small,large n=50",
    )
    top.add_argument("--version", action="version", version=f"gencost {gencost.__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for describe in (
        _run,
        _list,
        _compare,
        _power,
        _policy,
        _report,
        bill,
        _audit,
        _reread,
        _reprice,
        _what_if,
        _prices,
        _mlflow,
        _selfcheck,
        _rescore,
        _judge,
        importing,
    ):
        describe(commands)
    return top


def _run(commands: Commands[Parser]) -> None:
    what = "make calls: the same as python -m gencost.run; KEY=VALUE of conf/, -m for a grid"
    run = commands.add_parser("run", help=what, add_help=False)
    run.set_defaults(command="gencost.run:main")


def _list(commands: Commands[Parser]) -> None:
    what = "what is recorded: id, name, time, cells, calls, cost and status of each sweep and single run"
    listing = commands.add_parser("list", help=what, description=what)
    with_ids(listing, "default: the newest 20 commands; of those that are named, each run")
    listing.add_argument("--all", action="store_true", help="not the newest 20 alone; json and csv have all anyway")
    listing.add_argument("--format", choices=FORMATS, default="table", help="default: table, for the terminal")
    with_db(listing)
    listing.set_defaults(command="gencost.commands.list:run")


def _judge(commands: Commands[Parser]) -> None:
    what = "whether a judge tells anything, and how far it agrees with people"
    judge = commands.add_parser("judge", help=what, description=what)
    judge.add_argument("--scorer", metavar="NAME", help="default: every scorer that asked a model")
    judge.add_argument(
        "--labels",
        metavar="FILE",
        help="labels of people: a column request_id or id (of the prompt), maybe run_id, model and repeat, and one of "
        "numbers or words for each person, or a row for each person",
    )
    judge.add_argument("--raters", metavar="COLUMN", nargs="+", help="columns of labels; default: all that hold labels")
    judge.add_argument("--levels", metavar="WORD", nargs="+", help="the words that are labels, worst first")
    judge.add_argument(
        "--scale",
        metavar=("LOW", "HIGH"),
        nargs=2,
        type=any_number,
        help="ends of the scale of the labels; default: those of the judge if they lie on it, else their own",
    )
    with_runs(judge)
    with_db(judge)
    judge.set_defaults(command="gencost.commands.judge:run")


def _compare(commands: Commands[Parser]) -> None:
    compare = commands.add_parser("compare", help="cells side by side: differences with intervals, and the decision")
    with_ids(compare)
    with_output(compare, FORMATS)
    with_criteria(compare)
    compare.add_argument(
        "--baseline",
        metavar="CELL|RUN|FILE",
        help="show differences against this cell, not the reference; or of each cell against its predecessor in an "
        "earlier run or sweep, or in a file of --save-baseline",
    )
    compare.add_argument(
        "--save-baseline",
        metavar="FILE",
        help="write the cells' figures, without texts, for another day's --baseline; not if --fail-if holds",
    )
    compare.add_argument(
        "--fail-if",
        metavar="CONDITION",
        help='exit code 1 if it holds for a cell, e.g. "quality.delta_ci_low < -0.02 or cost.mean_ratio > 1"',
    )
    compare.add_argument("--as-recorded", action="store_true", help=AS_RECORDED)
    compare.add_argument("--junit", metavar="FILE", help="write what --fail-if came to as JUnit XML")
    with_db(compare)
    compare.set_defaults(command="gencost.commands.compare:run")


def _power(commands: Commands[Parser]) -> None:
    power = commands.add_parser("power", help="how many prompts it takes to see a difference in quality")
    power.add_argument("--delta", type=any_number, required=True, help="the difference to be seen, e.g. 0.02")
    power.add_argument("--level", type=any_number, default=0.8, help="the probability of seeing it; default 0.8")
    power.add_argument("--baseline", metavar="CELL", help="only pairs with this cell")
    with_runs(power)
    with_db(power)
    power.set_defaults(command="gencost.commands.power:run")


def _policy(commands: Commands[Parser]) -> None:
    what = "which cell for which prompt: routes and cascades, judged on recorded calls; no call is made"
    policy = commands.add_parser("policy", help=what, description=what)
    policy.add_argument(
        "ids",
        metavar="SWEEP|RUN|KEY=VALUE",
        nargs="*",
        help=f"cells: {REFERENCE}; default: what the last command ran; "
        "policy=NAME of conf/policy, policy.KEY=VALUE, default: every kind that the calls allow",
    )
    with_output(policy, ("table", "markdown", "json"))
    policy.add_argument("--export", metavar="FILE", help="write the policy to use as YAML, for policy=file")
    policy.add_argument(
        "--report", metavar="FILE", help="write the HTML report of the cells, with a section on policies"
    )
    policy.add_argument("--plot", metavar="FILE", help="draw quality over cost, a PNG")
    policy.add_argument("--mlflow", action="store_true", help="log each policy as a run under the sweep's parent")
    policy.add_argument("--uri", metavar="URI", help="with --mlflow: another tracking store than the run's")
    policy.add_argument("--margin", type=any_number, help="how much lower than the best cell's the quality may be")
    policy.add_argument("--seed", type=seed, default=0, help="of folds and resamples; default 0")
    policy.add_argument("--config-dir", metavar="DIR", help="a folder of your own beside conf/")
    with_db(policy)
    policy.set_defaults(command="gencost.commands.policy:run")


def _report(commands: Commands[Parser]) -> None:
    what = "one HTML page: the decision, tables, figures, and texts side by side; it needs no network"
    report = commands.add_parser("report", help=what, description=what)
    with_ids(report)
    report.add_argument("--as-recorded", action="store_true", help=AS_RECORDED)
    report.add_argument("-o", "--output", metavar="FILE", default="report.html", help="default: report.html")
    with_criteria(report)
    with_db(report)
    report.set_defaults(command="gencost.commands.report:run")


def _audit(commands: Commands[Parser]) -> None:
    what = "recompute every figure of one call, of some runs or of the whole DB; exit code 1 if one is not reproduced"
    audit = commands.add_parser("audit", help=what, description=what)
    audit.add_argument(
        "request", nargs="?", metavar="REQUEST_ID", help="its first characters will do; or that of a run"
    )
    audit.add_argument("--all", action="store_true", help="every call of the metrics DB")
    with_runs(audit)
    with_db(audit)
    audit.set_defaults(command="gencost.commands.audit:run")


def _reread(commands: Commands[Parser]) -> None:
    what = "read recorded usage again with today's reader: what changes, and with --apply corrections"
    again = commands.add_parser("reread", help=what, description=what)
    again.add_argument("--all", action="store_true", help="every call of the metrics DB")
    again.add_argument("--apply", action="store_true", help="keep what changes in the table corrections")
    with_runs(again)
    with_db(again)
    again.set_defaults(command="gencost.commands.reread:run")


def _reprice(commands: Commands[Parser]) -> None:
    reprice = commands.add_parser("reprice", help="what recorded tokens would cost under other rates or on another day")
    reprice.add_argument(
        "--at", metavar="DATE", help="take the rates of this day, YYYY-MM-DD; default: of each call's day"
    )
    with_calls_out(reprice)
    reprice.set_defaults(command="gencost.commands.reprice:run")


def _what_if(commands: Commands[Parser]) -> None:
    what_if = commands.add_parser("whatif", help="what recorded calls would cost with another model; an estimate")
    what_if.add_argument("--model", required=True, metavar="PROVIDER:MODEL")
    with_calls_out(what_if)
    what_if.set_defaults(command="gencost.commands.whatif:run")


def _prices(commands: Commands[Parser]) -> None:
    prices = commands.add_parser("prices", help="look at the price registry")
    actions = prices.add_subparsers(required=True, metavar="ACTION")
    every = actions.add_parser("list", help="every price")
    every.set_defaults(command="gencost.commands.prices:show_all")
    show = actions.add_parser("show", help="one price")
    show.add_argument("key", metavar="PROVIDER:MODEL")
    show.set_defaults(command="gencost.commands.prices:show")
    check = actions.add_parser(
        "check", help="against genai-prices, and how old; exit code 1 if there is something to look at"
    )
    check.set_defaults(command="gencost.commands.prices:check")
    for action in (every, show, check):
        action.add_argument("--pricing", metavar="FILE", help=PRICING)


def _mlflow(commands: Commands[Parser]) -> None:
    mlflow = commands.add_parser("mlflow", help="bring MLflow into line with the metrics DB")
    actions = mlflow.add_subparsers(required=True, metavar="ACTION")
    sync = actions.add_parser(
        "sync",
        help="log what MLflow lacks, into an empty store everything",
        description="Without --sweep, --run or --all: the runs of which MLflow is known to lack something.",
    )
    with_runs(sync).add_argument("--all", action="store_true", help="every run of the metrics DB")
    sync.set_defaults(command="gencost.commands.mlflow:sync")
    repair = actions.add_parser(
        "repair",
        help="end what a crash left running",
        description="Without --sweep or --run: the runs of this host whose process is gone. Others must be named.",
    )
    with_runs(repair)
    repair.set_defaults(command="gencost.commands.mlflow:repair")
    for action in (sync, repair):
        action.add_argument("--uri", metavar="URI", help="of the tracking store; default: the one of the run")
        with_db(action)


def _selfcheck(commands: Commands[Parser]) -> None:
    selfcheck = commands.add_parser(
        "selfcheck", help="how true latencies are on this machine: the engine against a server that knows its times"
    )
    selfcheck.add_argument(
        "--service-ms", type=above_zero, nargs="+", default=[50.0, 100.0], help="true latencies to try"
    )
    selfcheck.add_argument(
        "--in-flight", type=whole, nargs="+", help="calls at once to try; default: 1 16 64 256, of streams 8 64 256 512"
    )
    selfcheck.add_argument("--streams", action="store_true", help="streams of 50 tokens, one each 20 ms, instead")
    selfcheck.add_argument(
        "--processes", type=whole, nargs="+", default=[1], help="of streams: how many processes ask for them, to try"
    )
    selfcheck.add_argument(
        "--record-chunks", action="store_true", help="what provider.record_chunks costs at 64 streams, one line"
    )
    selfcheck.add_argument("-n", type=whole, default=4000, help="most calls of one line")
    selfcheck.set_defaults(command="gencost.commands.selfcheck:run")


def _rescore(commands: Commands[Parser]) -> None:
    rescore = commands.add_parser(
        "rescore", help="score recorded answers again, or by other scorers, without asking again"
    )
    rescore.add_argument(
        "overrides",
        nargs="*",
        metavar="KEY=VALUE",
        help="quality=[exact_match,judge] and its keys, score=, budget.usd=, limits.*=, retry.*=, pricing=",
    )
    rescore.add_argument("--force", action="store_true", help="replace scores of the same scorer and version")
    rescore.add_argument("--config-dir", metavar="DIR", help="a folder of your own beside conf/")
    with_runs(rescore)
    with_db(rescore)
    rescore.set_defaults(command="gencost.commands.rescore:run")
