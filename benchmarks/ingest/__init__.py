"""How many facts a second are acknowledged, once they are on disk: `python -m benchmarks.ingest`."""
