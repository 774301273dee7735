"""Calls that others made, read from the logs of other tools into the metrics DB, and drawn from there as prompts."""

from gencost.traffic.recorded_prompts import RecordedPrompts

__all__ = ["RecordedPrompts"]
