"""Sayings that refuse, by language, and what turns them into something else: an answer behind them, a boundary."""
