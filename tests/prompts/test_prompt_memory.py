"""The memory of many prompts: a run of a million calls keeps all of them."""

from __future__ import annotations

import tracemalloc

from gencost.prompts.prompt_set import PromptSet, digest, draw
from gencost.types import Message, Sample
from gencost.values.altered import altered

ROWS = 2000


def test_a_prompt_takes_at_most_800_bytes_until_it_is_sent(tmp_path):
    path = tmp_path / "prompts.csv"
    lines = [f"q{n},How many apples are in basket {n}?,{n},{'abcd'[n % 4]}" for n in range(ROWS)]
    path.write_text("\n".join(["id,text,reference,category", *lines]))
    PromptSet(path=str(path)).load()  # what is made once is there
    tracemalloc.start()
    try:
        samples = PromptSet(path=str(path)).load()
        draws = draw(samples, None, 1, seed=0)
        assert len(digest(samples)) == len(samples[0].prompt_sha256) == 64
        assert {len(sample.prompt_sha256) for sample in samples} == {64}
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert len(draws) == ROWS
    assert taken / ROWS <= 800


def test_a_prompt_that_is_drawn_again_counts_on():
    samples = [*"ab"]
    drawn = draw(samples, 5, 2, seed=0)
    assert [repeat for sample, repeat in drawn if sample == "a"] == list(
        range(len([it for it in drawn if it[0] == "a"]))
    )
    assert len(drawn) == 10


def test_a_sample_with_other_messages_has_another_text():
    class Marked(Sample):
        """A caller's own kind, which has a dict."""

    for kind in (Sample, Marked):
        before = kind(id="s", messages=(Message(role="user", content="one"),))
        assert before.text == "one"
        after = altered(before, messages=(Message(role="user", content="two"),))
        assert (type(after), after.id, after.text) == (kind, "s", "two")
        assert after.prompt_sha256 != before.prompt_sha256
