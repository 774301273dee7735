"""Every dotted name that a user may have written in code or as a ``_target_`` keeps its meaning."""

from __future__ import annotations

import pkgutil

import pytest

NAMES = {
    "gencost.UnifiedLLM": "gencost.llm.UnifiedLLM",
    "gencost.CostTracker": "gencost.cost_tracker.CostTracker",
    "gencost.Provider": "gencost.protocols.Provider",
    "gencost.Scorer": "gencost.protocols.Scorer",
    "gencost.cost_tracker.CostTracker": "gencost.CostTracker",
    "gencost.llm.UnifiedLLM": "gencost.UnifiedLLM",
    "gencost.metrics_db.init_db": "gencost.metrics_db.store.init_db",
    "gencost.pricing.load_pricing": "gencost.pricing.catalogue.load_pricing",
    "gencost.prompts.PromptSet": "gencost.prompts.prompt_set.PromptSet",
    "gencost.roles.Provider": "gencost.protocols.Provider",
    "gencost.roles.Scorer": "gencost.protocols.Scorer",
    "gencost.roles.AskingScorer": "gencost.protocols.AskingScorer",
    "gencost.roles.LoadShape": "gencost.protocols.LoadShape",
    "gencost.roles.PromptSource": "gencost.protocols.PromptSource",
    "gencost.policies.constant.Constant": "gencost.policies.constant.SingleCell",
    "gencost.policies.length.Length": "gencost.policies.length.PromptLength",
}


@pytest.mark.parametrize(("written", "home"), NAMES.items())
def test_a_name_that_moved_is_the_same_object(written, home):
    assert pkgutil.resolve_name(written) is pkgutil.resolve_name(home)


TARGETS = [
    "prompts.PromptSet",
    "providers.anthropic.AnthropicProvider",
    "providers.litellm.LiteLLMProvider",
    "providers.mock.MockProvider",
    "providers.openai.OpenAIProvider",
    "providers.openai_responses.OpenAIResponsesProvider",
    "providers.replay.ReplayProvider",
    "quality.choice.MultipleChoice",
    "quality.code.PythonTests",
    "quality.embedding.EmbeddingSimilarity",
    "quality.judge.Judge",
    "quality.judge.PairwiseJudge",
    "quality.verdict.Verdict",
    "quality.numeric.Numeric",
    "quality.overlap.Chrf",
    "quality.overlap.Fuzzy",
    "quality.overlap.RougeL",
    "quality.overlap.TokenF1",
    "quality.proxy.Proxy",
    "quality.refusal.NoRefusal",
    "quality.structure.JsonSchema",
    "quality.structure.JsonValid",
    "quality.structure.Length",
    "quality.text.Contains",
    "quality.text.ExactMatch",
    "quality.text.Regex",
    "runner.load.Concurrent",
    "runner.load.Constant",
    "runner.load.Poisson",
    "runner.load.Ramp",
]


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_of_an_earlier_config_is_a_class(target):
    assert isinstance(pkgutil.resolve_name(f"gencost.{target}"), type)
