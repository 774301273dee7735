"""Calls that others made, read from the logs of other tools into the metrics DB."""
