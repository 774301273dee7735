"""A provider that needs no network: the same question gets the same answer, after a delay like a model's.

Invariant: text, tokens, faults and drawn latency depend on (seed, model, prompt id, repeat) alone.
"""

from __future__ import annotations

import asyncio
import math
import random
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar

from gencost.errors import ConfigError, ProviderError, nearest
from gencost.protocols import Provider
from gencost.types import Request, Response, Usage

ECHO = "echo"
JUDGE = "judge"

random.Random("")  # Python 3.13 imports its hash at the first seed that is a text: do it now, not during a call
_SENTENCE_WORDS = range(7, 16)
_PIECE = re.compile(r"\s*\S+|\s+")

# Ordinary words, plain ones first: a model with a small vocabulary uses the head of the list.
_WORDS = """
the a model answer is of to and in it that we with for time cost one first then value number call data result use give
take make need way each more part same step case list point check text line short simple clear small large high low
good find show read write keep send wait count sum rate price token request response average measure compare decide
reason method system service latency budget quality evidence sample question prompt error limit window memory store
record report table figure margin interval median percentile tail spread random seed paired difference effect size
careful honest exact partial stable gradual sudden typical rare common useful costly cheap rapid steady modest robust
engineer customer operator reader writer designer analyst scientist manager reviewer because although whenever unless
therefore meanwhile however instead rather nearly mostly partly seldom often always usually observed expected measured
estimated assumed derived predicted explained described repeated recovered delayed cached batched streamed buffered
network processor kernel thread queue socket buffer cluster shard replica backup journal schema index cursor ledger
invoice currency account balance fraction ratio product quotient remainder integer decimal boundary threshold ceiling
floor baseline target trend season cycle signal noise residual outlier cohort variance bias precision recall accuracy
river mountain harbour bridge garden library museum market station village island valley forest meadow orchard canyon
gather arrange combine separate reduce extend adjust confirm refuse accept defer resolve propose construct translate
summarise illustrate justify estimate allocate distribute negotiate investigate synchronise normalise approximate
""".split()  # noqa: SIM905 - a list of words reads as words


@dataclass(frozen=True, kw_only=True)
class Profile:
    """The behaviour of one mock model.

    Attributes:
        median_ms: of its log-normal latency.
        sigma: of the latency's logarithm.
        words: mean length of an answer; lengths are even between half and one and a half of it.
        vocabulary: how many different words it knows.
    """

    median_ms: float = 20.0
    sigma: float = 0.3
    words: int = 60
    vocabulary: int = 80

    def __post_init__(self) -> None:
        """Refuse a model that cannot be."""
        if not (self.median_ms >= 0 and self.sigma >= 0 and math.isfinite(self.median_ms + self.sigma)):
            raise ConfigError(f"provider.profiles: median_ms={self.median_ms}, sigma={self.sigma}: give numbers >= 0")
        whole = float(self.words).is_integer() and float(self.vocabulary).is_integer()
        if not (whole and self.words >= 1 and 1 <= self.vocabulary <= len(_WORDS)):
            raise ConfigError(
                f"provider.profiles: words={self.words}, vocabulary={self.vocabulary}: "
                f"give whole numbers, words >= 1 and a vocabulary from 1 to {len(_WORDS)}"
            )


@dataclass(frozen=True, kw_only=True)
class MockProvider(Provider):
    """A simulated provider; one token is one word between white space.

    Attributes:
        name: the part of a price key before the colon.
        profiles: model name -> ``median_ms``, ``sigma``, ``words``, ``vocabulary``. The models ``echo`` and
            ``judge`` need none: one gives the prompt back, the other a verdict in JSON, drawn from the prompt.
        sleep: live the drawn latency, too; either way it is what is reported, so that no lag of this process is in it.
        error_rate: share of tries that fail with ``server_error``.
        timeout_rate: share of tries that fail with ``timeout``.
    """

    name: str = "mock"
    profiles: dict[str, Any] = field(default_factory=dict)
    sleep: bool = True
    error_rate: float = 0.0
    timeout_rate: float = 0.0

    gives_times: ClassVar[bool] = True

    ends_after_s = property(lambda self: math.inf if self.sleep else 0.0, doc="The most that one try takes, seconds.")

    def __post_init__(self) -> None:
        """Refuse rates and profiles that cannot be."""
        for key in ("error_rate", "timeout_rate"):
            if not 0 <= getattr(self, key) <= 1:
                raise ConfigError(f"provider.{key}={getattr(self, key)}: a share is between 0 and 1")
        if self.error_rate + self.timeout_rate > 1:
            raise ConfigError("provider.error_rate + provider.timeout_rate exceed 1")
        _ = self._profiles  # checks the profiles before the first call

    @cached_property
    def _profiles(self) -> dict[str, Profile]:
        made = {model: _profile(model, values) for model, values in self.profiles.items()}
        return {ECHO: Profile(median_ms=1.0), JUDGE: Profile(median_ms=5.0), **made}

    def check(self, model: str) -> None:
        """Know the model.

        Raises:
            ConfigError: it has no profile.
        """
        if model not in self._profiles:
            known = ", ".join(self._profiles)
            hint = nearest(model, self._profiles)
            raise ConfigError(
                f"model.name={model!r} is not a mock model{hint}: choose from {known}, or add provider.profiles"
            )

    async def complete(self, request: Request) -> Response:
        """Answer after the drawn latency.

        Of the params ``max_tokens`` cuts the answer after so many words, ``stop`` before a text, and ``n`` draws
        further answers, whose words count in the output; the others change nothing.

        Raises:
            ProviderError: this try was drawn to fail, or ``max_tokens`` is not a whole number >= 1.
            ConfigError: the model has no profile.
        """
        self.check(request.model)
        profile = self._profiles[request.model]
        drawn = random.Random(f"{request.seed}\0{request.model}\0{request.sample.id}\0{request.repeat}")
        latency_ms = profile.median_ms * math.exp(profile.sigma * drawn.gauss(0.0, 1.0))
        fault = drawn.random()
        words = _words_of(request, profile, drawn)
        kept = words[: _max_tokens(request.params)]
        await self._live(latency_ms)
        self._fail(fault, latency_ms)
        response = Response(
            text=request.sample.text if request.model == ECHO and len(kept) == len(words) else " ".join(kept),
            usage=Usage(tokens_in=len(request.sample.text.split()), tokens_out=len(kept)),
            latency_ms=latency_ms,
            finish_reason="stop" if len(kept) == len(words) else "length",
            response_model=request.model,
        )
        return response if _PLAIN.isdisjoint(request.params) else _steered(response, request, profile)

    async def pieces(self, request: Request) -> AsyncIterator[str | Response]:
        """Yield the same answer word by word, once its latency is over.

        Raises:
            ProviderError: as of ``complete``.
        """
        response = await self.complete(request)
        for word in _PIECE.findall(response.text):
            yield word
        yield response

    async def _live(self, latency_ms: float) -> None:
        await asyncio.sleep(latency_ms / 1e3 if self.sleep else 0)

    def _fail(self, fault: float, latency_ms: float) -> None:
        if fault < self.error_rate:
            raise ProviderError(
                "simulated server error", error_type="server_error", http_status=500, service_ms=latency_ms
            )
        if fault < self.error_rate + self.timeout_rate:
            raise ProviderError("simulated timeout", error_type="timeout", service_ms=latency_ms)


def _profile(model: str, values: Any) -> Profile:
    known = Profile.__dataclass_fields__
    if not isinstance(values, Mapping):
        raise ConfigError(f"provider.profiles.{model}={values!r}: give {', '.join(known)}")
    for key, value in values.items():
        if key not in known:
            raise ConfigError(f"provider.profiles.{model}.{key}: there is no such key{nearest(key, known)}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ConfigError(f"provider.profiles.{model}.{key}={value!r}: give a number")
    return Profile(**values)


_PLAIN = frozenset({"stop", "n"})


def _steered(response: Response, request: Request, profile: Profile) -> Response:
    """Cut an answer at its stop texts, and draw the further ones that ``n`` asks for."""
    most, answers = _max_tokens(request.params), [(response.text, response.finish_reason)]
    for number in range(1, request.params.get("n") or 1):
        drawn = random.Random(f"{request.seed}\0{request.model}\0{request.sample.id}\0{request.repeat}\0{number}")
        words = _words_of(request, profile, drawn)
        answers.append((" ".join(words[:most]), "stop" if most is None or len(words) <= most else "length"))
    ended = [_stopped(text, finish, request.params.get("stop")) for text, finish in answers]
    choices = [{"index": index, "text": text, "finish_reason": end} for index, (text, end) in enumerate(ended)]
    return replace(
        response,
        text=ended[0][0],
        finish_reason=ended[0][1],
        usage=Usage(tokens_in=len(request.sample.text.split()), tokens_out=sum(len(t.split()) for t, _ in ended)),
        choices=tuple(choices) if len(choices) > 1 else (),
    )


def _stopped(text: str, finish: str | None, stop: Any) -> tuple[str, str | None]:
    ends = [text.find(mark) for mark in ([stop] if isinstance(stop, str) else stop or ()) if mark in text]
    return (text[: min(ends)], "stop") if ends else (text, finish)


def _max_tokens(params: Mapping[str, Any]) -> int | None:
    limit = params.get("max_tokens")
    if limit is None or (type(limit) is int and limit >= 1):
        return limit
    message = f"max_tokens={limit!r}: give a whole number >= 1, or null for no limit"
    raise ProviderError(message, error_type="invalid_request", http_status=400, service_ms=0.0)


def _words_of(request: Request, profile: Profile, drawn: random.Random) -> list[str]:
    if request.model == ECHO:
        return request.sample.text.split()
    if request.model == JUDGE:
        verdict = random.Random(f"{request.seed}\0{request.sample.text}")
        score, winner = verdict.randint(1, 5), verdict.choice(("first", "second", "tie"))
        return f'{{"reason": "simulated", "score": {score}, "winner": "{winner}"}}'.split()
    return _answer(profile, drawn)


def _answer(profile: Profile, drawn: random.Random) -> list[str]:
    """Draw an answer in sentences; one ``choices`` call for its words keeps a call within tens of microseconds."""
    length = max(1, round(profile.words * (0.5 + drawn.random())))
    words = drawn.choices(_WORDS[: int(profile.vocabulary)], k=length)
    start = 0
    for n in drawn.choices(_SENTENCE_WORDS, k=length // _SENTENCE_WORDS.start + 1):
        end = min(start + n, length) - 1
        words[start] = words[start].capitalize()
        words[end] += "."
        start = end + 1
        if start == length:
            break
    return words
