"""Code out of an answer, run against tests in a process of its own, and what it gave compared outside."""
