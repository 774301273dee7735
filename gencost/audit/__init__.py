"""From one request id to every fact of it, each recomputed."""
