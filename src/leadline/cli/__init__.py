"""The command line: reads arguments, calls once into what is below, and says what came of it."""

from leadline.cli.app import app, main

__all__ = ["app", "main"]
