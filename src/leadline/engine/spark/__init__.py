"""Spark: the engine for those who outgrow one machine. Needs the extra `leadline[spark]` and Java."""

from leadline.engine.spark.engine import SparkEngine
from leadline.engine.spark.errors import SparkUnavailableError
from leadline.engine.spark.facts import SparkFacts
from leadline.engine.spark.native import SparkAssessments, assess_on_spark
from leadline.engine.spark.session import spark_session

__all__ = [
    "SparkAssessments",
    "SparkEngine",
    "SparkFacts",
    "SparkUnavailableError",
    "assess_on_spark",
    "spark_session",
]
