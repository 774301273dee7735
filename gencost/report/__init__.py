"""Output for people: tables, files, figures."""
