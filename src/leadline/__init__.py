"""Leadline: which leads are worth a call, why, and whether that was true.

A score is a pure function of facts, a model and an instant.
"""

__version__ = "0.1.0.dev0"
