"""The Spark session: one that runs already, or a local one over all cores of this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from leadline.engine.spark.errors import SparkUnavailableError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

OLDEST_SPARK = (4, 1)
OLDEST_JAVA = 17

# What the plan's SQL means depends on these. Spark fixes them when a query is analysed.
MEANING = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "false",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.variable.substitute": "false",  # else '${env:HOME}' in a model would be looked up
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.ansi.doubleQuotedIdentifiers": "false",
    "spark.sql.ansi.enforceReservedKeywords": "false",
}


def spark_session(session: SparkSession | None = None) -> SparkSession:
    """The session given, else the one that is active, else a new local one over all cores.

    Raises :class:`SparkUnavailableError`, with what to install, where there is no pyspark or no Java.
    """
    _check_pyspark()
    from pyspark.sql import SparkSession

    return session or SparkSession.getActiveSession() or _local_session()


def _check_pyspark() -> None:
    try:
        import pandas  # noqa: F401 - pyspark exchanges no Arrow without it
        import pyspark
    except ImportError as error:
        raise SparkUnavailableError(
            f"the engine `spark` needs {error.name or 'pyspark'}, which is not installed: "
            "pip install 'leadline[spark]'"
        ) from error
    found = tuple(int(n) for n in re.findall(r"\d+", pyspark.__version__)[:2])
    if found < OLDEST_SPARK:
        raise SparkUnavailableError(
            f"the engine `spark` needs pyspark {'.'.join(map(str, OLDEST_SPARK))} or later, and "
            f"{pyspark.__version__} is installed: pip install --upgrade 'leadline[spark]'"
        )


def _local_session() -> SparkSession:
    from pyspark.sql import SparkSession

    _check_java()
    cores = os.cpu_count() or 1
    options = {
        **MEANING,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": f"{_memory_share()}m",
        "spark.sql.shuffle.partitions": str(max(2, cores)),
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.log.level": "ERROR",
    }
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("leadline").master("local[*]")
    try:
        return builder.config(map=options).getOrCreate()
    except Exception as error:  # py4j has no one class for a JVM that does not start
        raise SparkUnavailableError(f"Spark did not start on this machine: {_first_line(error)}") from error


def _memory_share() -> int:
    """Two fifths of the machine's memory in MiB, 1 GiB at least: Spark's own default is 1 GiB anywhere."""
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 1024
    return max(1024, int(total * 0.4) >> 20)


def _check_java() -> None:
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    wanted = (
        f"install Java {OLDEST_JAVA} or later (on Debian and Ubuntu: apt-get install openjdk-17-jre-headless)"
    )
    if java is None:
        raise SparkUnavailableError(f"the engine `spark` needs Java, and there is none here: {wanted}")
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        hint = f" (JAVA_HOME is `{home}`)" if home else ""
        raise SparkUnavailableError(
            f"the engine `spark` needs Java, and `{java}` does not run{hint}: {wanted}"
        ) from error
    version = java_version(told.stderr or told.stdout)
    if version is not None and version < OLDEST_JAVA:
        raise SparkUnavailableError(
            f"the engine `spark` needs Java {OLDEST_JAVA} or later, not {version}: {wanted}"
        )


def java_version(text: str) -> int | None:
    """The number that Java goes by, from what `java -version` says.

    >>> java_version('openjdk version "17.0.15" 2025-04-15'), java_version('java version "1.8.0_402"')
    (17, 8)
    """
    found = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(found[1]) if found else None


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


@contextmanager
def settled(session: SparkSession) -> Iterator[None]:
    """The settings that the SQL's meaning rests on, put back afterwards: the session may be somebody's own.

    Spark settles time zone and ANSI mode of an expression when it is analysed, which for its classic
    sessions is when `session.sql` returns; the rows may be computed later, under any settings.
    """
    before = {name: session.conf.get(name, None) for name in MEANING}
    changed = {name: value for name, value in MEANING.items() if before[name] != value}
    try:
        for name, value in changed.items():
            session.conf.set(name, value)
        yield
    finally:
        for name in changed:
            _put_back(session, name, before[name])


def _put_back(session: SparkSession, name: str, value: str | None) -> None:
    if value is None:
        session.conf.unset(name)
    else:
        session.conf.set(name, value)
