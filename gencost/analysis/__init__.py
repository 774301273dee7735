"""The read side: frames, summaries and results; sees only the metrics DB."""
