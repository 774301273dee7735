"""Few-shot examples: questions with their answers, shown before what is asked."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gencost.errors import ConfigError, PromptError, nearest
from gencost.messages import text_of
from gencost.types import Message, Sample

_KEYS = ("path", "n", "seed")


@dataclass(frozen=True, kw_only=True)
class FewShot:
    """The choice of examples.

    Attributes:
        path: the file with the examples; None shows none.
        n: how many are shown.
        seed: of the draw; more examples of one seed begin with the fewer.
    """

    path: str | None = None
    n: int = 3
    seed: int = 0

    @classmethod
    def of(cls, given: Mapping[str, Any] | None) -> FewShot:
        """Read the keys of ``prompts.examples``.

        Raises:
            ConfigError: a key does not exist, or its value is impossible.
        """
        values = dict(given or {})
        for key in values:
            if key not in _KEYS:
                raise ConfigError(
                    f"prompts.examples.{key}: there is no such key{nearest(key, _KEYS)}; here are {', '.join(_KEYS)}"
                )
        chosen = cls(**values)
        if type(chosen.n) is not int or chosen.n < 0:
            raise ConfigError(f"prompts.examples.n={chosen.n!r}: give a whole number >= 0")
        if type(chosen.seed) is not int:
            raise ConfigError(f"prompts.examples.seed={chosen.seed!r}: give a whole number")
        if chosen.path is not None and not isinstance(chosen.path, str):
            raise ConfigError(f"prompts.examples.path={chosen.path!r}: give the path of a file")
        if chosen.path is None and chosen.n not in (0, cls.n):
            raise ConfigError(f"prompts.examples.n={chosen.n}: of which file? give prompts.examples.path=...")
        return chosen


def with_examples(samples: Sequence[Sample], candidates: Sequence[Sample], chosen: FewShot, asked: str) -> list[Sample]:
    """Show examples before each sample's own turns.

    The same ones, in the same order, are shown before every sample; where one of them is the asked row itself, or asks
    the same, the next takes its place.

    Args:
        samples: what is asked.
        candidates: the rows that examples are drawn from; those without a reference answer nothing and are left out.
        chosen: how many, and the seed.
        asked: the file of the samples, by which a row is known as itself.

    Raises:
        PromptError: there are too few.
    """
    drawn = [row for row in candidates if row.reference is not None]
    drawn = random.Random(chosen.seed).sample(drawn, len(drawn))
    shots = [(row.id, _asks(row.messages), _turns(row)) for row in drawn]
    shown = []
    for sample in samples:
        question = _asks(sample.messages)
        others = (
            turns for at, asks, turns in shots if asks != question and not (chosen.path == asked and at == sample.id)
        )
        examples = [turns for turns, _ in zip(others, range(chosen.n), strict=False)]
        if len(examples) < chosen.n:
            raise PromptError(
                f"prompts.examples: {chosen.path} has {len(examples)} examples with a reference beside the prompt "
                f"{sample.id!r}, and n={chosen.n}: give a smaller n or a longer file"
            )
        shown.append(_before(sample, [turn for turns in examples for turn in turns]))
    return shown


def _asks(messages: Sequence[Message]) -> str:
    return text_of([turn for turn in messages if turn.role not in {"system", "developer"}])


def _turns(row: Sample) -> list[Message]:
    """The turns of an example, its answer last."""
    asked = [turn for turn in row.messages if turn.role not in {"system", "developer"}]
    return [*asked, Message(role="assistant", content=_answer(row.reference or ""))]


def _answer(reference: str) -> str:
    """The answer to show: of several accepted ones the first."""
    if not reference.startswith('{"any_of"'):
        return reference
    try:
        return str(json.loads(reference)["any_of"][0])
    except (ValueError, LookupError, TypeError):
        return reference


def _before(sample: Sample, examples: Sequence[Message]) -> Sample:
    first = next((i for i, turn in enumerate(sample.messages) if turn.role not in {"system", "developer"}), 0)
    return replace(sample, messages=(*sample.messages[:first], *examples, *sample.messages[first:]))
