"""Where there is no Spark to run on, the message says what to install."""

import sys
from pathlib import Path

import pytest

from leadline.engine.spark import SparkUnavailableError, spark_session
from leadline.engine.spark.session import _check_java


def test_without_pyspark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(SparkUnavailableError, match=r"needs pyspark.* pip install 'leadline\[spark\]'"):
        spark_session()


def test_without_pandas_which_pyspark_needs_for_arrow(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark")
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(SparkUnavailableError, match=r"needs pandas.* pip install 'leadline\[spark\]'"):
        spark_session()


def test_an_old_pyspark(monkeypatch: pytest.MonkeyPatch) -> None:
    pyspark = pytest.importorskip("pyspark")
    monkeypatch.setattr(pyspark, "__version__", "3.5.4")
    with pytest.raises(SparkUnavailableError, match=r"needs pyspark 4.1 or later, and 3.5.4 is installed"):
        spark_session()


def test_without_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        SparkUnavailableError, match="needs Java, and there is none here: install Java 17 or later"
    ):
        _check_java()


def test_a_java_home_that_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(SparkUnavailableError, match=r"does not run \(JAVA_HOME is"):
        _check_java()


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_an_old_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(SparkUnavailableError, match="needs Java 17 or later, not 11"):
        _check_java()
