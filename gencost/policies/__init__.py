"""Policies: which cell to ask for which prompt, and when to stop asking; judged on recorded calls, one file each."""
