"""GenCost: measure the cost, latency and quality of LLM calls, and decide which to keep paying for."""
