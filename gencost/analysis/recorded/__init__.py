"""The recorded calls as the metrics DB has them: runs and the words that mean them, rows, frames, texts, requests."""
