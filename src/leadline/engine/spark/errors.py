"""What stops the Spark engine from starting, in words that help."""

from __future__ import annotations


class SparkUnavailableError(RuntimeError):
    """There is no Spark to run on: no pyspark, no Java, or a session that cannot be used."""
