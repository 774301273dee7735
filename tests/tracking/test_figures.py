"""How MLflow's cost of a call is split in input and output."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made import record, store

from gencost.analysis.recorded.request_facts import evidence_of
from gencost.tracking.figures import llm_cost
from gencost.types import Cost, Usage

BLOCK = '{"input_usd_per_mtok":"1","output_usd_per_mtok":"2","audio_out_usd_per_mtok":"10"}'


@pytest.mark.parametrize(
    ("usage", "output_usd"),
    [
        (Usage(tokens_in=100, tokens_out=50), 100e-6),  # 50 x 2
        (Usage(tokens_in=100, tokens_out=50, more={"audio_out": 20}), 260e-6),  # 30 x 2 + 20 x 10
    ],
    ids=["text", "audio"],
)
def test_output_is_what_every_output_token_cost(engine, usage, output_usd):
    pico = round(output_usd * 1e12) + 100 * 10**6  # 100 x 1 of input
    call = replace(record("a", 1, usage=usage), cost=Cost(pico_usd=pico, status="priced", price_id="p"))
    store(engine, {"m=a": [call]}, block=BLOCK)
    (seen,) = evidence_of(engine, [call.request.request_id])
    expected = {"input_cost": 100e-6, "output_cost": output_usd, "total_cost": 100e-6 + output_usd}
    assert llm_cost(seen) == pytest.approx(expected)
