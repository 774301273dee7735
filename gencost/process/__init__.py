"""A command as a process of its machine: its clock, its signals, its waiting line, its origin, its exit code."""
