"""Published figures on recorded calls; the files stay outside the repository: GENCOST_TEST_DATA, or ../shared/data."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from gencost.analysis.recorded.grid import Grid, make_grid
from gencost.policies.crossfit import crossfit
from gencost.policies.curves import apgr, cpt, hull, recovered
from gencost.policies.length import PromptLength
from gencost.policies.mixture import Mixture
from gencost.policies.oracle import oracle
from gencost.policies.training import mean_cost, mean_quality
from gencost.quality.labels import Verdict
from gencost.types import Message, Response, Sample

DATA = Path(os.environ.get("GENCOST_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
WEAK, STRONG = "mistralai/Mixtral-8x7B-Instruct-v0.1", "gpt-4-1106-preview"
USD_PER_MTOK = {WEAK: 0.24, STRONG: 24.7}  # Ong et al., arXiv:2406.18665, 2024


def rows(name: str) -> list[dict[str, str]]:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} is not here: name the folder of {name} with GENCOST_TEST_DATA")
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def tokens(text: str) -> int:
    """The stated rule: four characters are a token."""
    return -(-len(text) // 4)


@pytest.fixture(scope="module")
def gsm8k() -> Grid:
    made = rows("routellm/gsm8k_responses.csv")
    cells = {
        model: {
            "quality": [float(row[model] == "True") for row in made],
            "cost": [(tokens(r["prompt"]) + tokens(r[f"{model}_response"])) * usd / 1e6 for r in made],
        }
        for model, usd in USD_PER_MTOK.items()
    }
    return make_grid([row["prompt"] for row in made], cells)


def test_gsm8k_single_models(gsm8k):
    assert len(gsm8k) == 1319
    assert mean_quality(gsm8k).tolist() == pytest.approx([0.63836, 0.85671], abs=5e-6)


def test_gsm8k_oracle(gsm8k):
    made = oracle(gsm8k)
    assert made.quality.mean() == pytest.approx(0.92873, abs=5e-6)
    assert made.shares[1] == pytest.approx(0.29037, abs=5e-6)  # 383 of 1,319, right by it alone


def curve(learner, grid: Grid, *, mix_ties: bool) -> np.ndarray:
    score = crossfit(learner, grid, 0.02, 0, resamples=0).score
    made = recovered(grid.quality[:, 0], grid.quality[:, 1], score, mix_ties=mix_ties)
    assert made is not None
    return made


def test_gsm8k_longest_prompts_first(gsm8k):
    assert apgr(curve(PromptLength(), gsm8k, mix_ties=False)) == pytest.approx(0.6008, abs=5e-5)


def test_gsm8k_by_lot(gsm8k):
    made = curve(Mixture(), gsm8k, mix_ties=True)
    assert apgr(made) == pytest.approx(0.5, abs=1e-9)
    assert cpt(made, 50) == pytest.approx(50, abs=0.1)  # one call of 1,319 is .08 %
    assert cpt(made, 80) == pytest.approx(80, abs=0.1)


def drift(first: str, second: str) -> Grid:
    """March and June of one model: the authors' rule says what is right, costs are as recorded."""
    made = rows("llmdrift/PRIME_FULL_EVAL.csv")
    texts, cells = [], {}
    for name in (first, second):
        own = [row for row in made if row["model"] == f"openaichat/{name}"]
        texts = [row["query"] for row in own]
        right = [Verdict().score(sample(row), answer(row)).value for row in own]
        seconds = [float(row["latency"]) * 1000 for row in own]
        cells[name] = {"quality": right, "cost": [float(row["cost"]) for row in own], "latency": seconds}
    return make_grid(texts, cells)


def sample(row: dict[str, str]) -> Sample:
    return Sample(id=row["id"], messages=(Message(role="user", content=row["query"]),), reference=row["ref_answer"])


def answer(row: dict[str, str]) -> Response:
    return Response(text=row["answer"], usage=None, latency_ms=0.0)


@pytest.mark.parametrize(
    ("models", "singles", "only_second", "march_usd"),
    [
        (("gpt-4-0314", "gpt-4-0613"), [0.840, 0.511], 147, 13.83),
        (("gpt-3.5-turbo-0301", "gpt-3.5-turbo-0613"), [0.496, 0.762], 419, 0.5183),
    ],
)
def test_llmdrift_pairs(models, singles, only_second, march_usd):
    grid = drift(*models)
    assert mean_quality(grid).tolist() == pytest.approx(singles)
    made = oracle(grid)
    assert made.quality.mean() == pytest.approx(singles[0] + only_second / 1000)  # right by either
    assert mean_cost(grid)[0] * 1000 == pytest.approx(
        {"gpt-4-0314": 13.83, "gpt-3.5-turbo-0301": 0.5183}[models[0]], rel=1e-3
    )
    better = hull(mean_cost(grid), mean_quality(grid))
    assert [models[i] for i in better] == [models[i] for i in np.argsort(mean_cost(grid))]  # the dearer is the better
