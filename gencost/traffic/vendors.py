"""Names of providers as logs write them."""

from __future__ import annotations

# What a span says the provider is -> the part of a price key before the colon.
VENDORS = {
    **dict.fromkeys(("azure.ai.openai", "az.ai.openai", "azure.ai.inference", "az.ai.inference"), "azure"),
    **dict.fromkeys(("aws.bedrock", "aws", "bedrock"), "bedrock"),
    **dict.fromkeys(("gcp.gemini", "gcp.gen_ai", "gcp.vertex.agent", "gemini", "google_genai"), "google"),
    **dict.fromkeys(("gcp.vertex_ai", "vertexai"), "vertex"),
    "mistral_ai": "mistral",
    "mistralai": "mistral",
    "x_ai": "xai",
    "moonshot_ai": "moonshot",
    "together_ai": "together",
    # Vercel's AI SDK names the API behind a dot: openai.chat, anthropic.messages.
    "togetherai": "together",
    "azure-openai": "azure",
    "amazon-bedrock": "bedrock",
    "google.generative-ai": "google",
    "google.vertex": "vertex",
}
_NAMES = (
    frozenset(VENDORS)
    | frozenset(VENDORS.values())
    | frozenset(
        """openai anthropic azure_openai deepseek groq cohere fireworks fireworks_ai openrouter perplexity cerebras
    moonshotai x-ai ollama vertex_ai databricks sambanova replicate novita minimax zai""".split()  # noqa: SIM905
    )
)


def vendor(named: str) -> str:
    """Return a provider's name as prices spell it, for ``OpenAI`` or ``ANTHROPIC``; other names stay as they are."""
    named = named.strip()
    return named.lower() if named.lower() in _NAMES else named
