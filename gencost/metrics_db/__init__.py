"""The metrics DB: its tables, its writer and its readers."""
