"""Spark: the engine for those who outgrow one machine. Needs the extra `leadline[spark]` and Java."""

from leadline.engine.spark.engine import SparkEngine
from leadline.engine.spark.errors import SparkUnavailable
from leadline.engine.spark.session import spark_session

__all__ = ["SparkEngine", "SparkUnavailable", "spark_session"]
