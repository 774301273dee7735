"""The whole engine measured against a server that knows its own times."""
