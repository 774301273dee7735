from __future__ import annotations

from scripted import ask

__all__ = ["ask"]
