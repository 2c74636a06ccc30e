"""What all tests share: how hard generated tests try, one Spark session, the real data sets."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

# looking for doctests, pytest would import them all under one name
collect_ignore_glob = ["conftest.py", "*/conftest.py"]

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"

# The workspace of the tests: nothing of this machine's, and PostgreSQL where a server is named.
_DATA = tempfile.mkdtemp(prefix="leadline-tests-")
os.environ |= {"DJANGO_SETTINGS_MODULE": "leadline.web.settings", "LEADLINE_DATA": _DATA}
os.environ["DATABASE_URL"] = os.environ.get("LEADLINE_TEST_DATABASE_URL", "")
os.environ["LEADLINE_LOG_LEVEL"] = "ERROR"

# A property whose cases are dear takes a share: settings(max_examples=settings.default.max_examples // 20)
_EVERYDAY_EXAMPLES = 100
_COMMON = {"deadline": None, "print_blob": True, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("everyday", max_examples=_EVERYDAY_EXAMPLES, **_COMMON)
settings.register_profile("fuzz", max_examples=int(os.environ.get("LEADLINE_FUZZ") or 20_000), **_COMMON)
settings.load_profile("fuzz" if os.environ.get("LEADLINE_FUZZ") else "everyday")


def _java_is_here() -> bool:
    home = os.environ.get("JAVA_HOME")
    return bool(shutil.which("java") or (home and (Path(home) / "bin" / "java").exists()))


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    no_java = pytest.mark.skip(reason="the Spark engine needs Java, and there is none here")
    no_data = pytest.mark.skip(reason="needs the real data sets in ../shared/data")
    java, data = _java_is_here(), SHARED_DATA.is_dir()
    for item in items:
        if item.get_closest_marker("spark"):
            item.add_marker(pytest.mark.xdist_group("spark"))  # one session, so one worker
            if not java:
                item.add_marker(no_java)
        if item.get_closest_marker("data") and not data:
            item.add_marker(no_data)


def pytest_unconfigure() -> None:
    shutil.rmtree(_DATA, ignore_errors=True)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets; give the test the mark `data`."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the real data sets in ../shared/data")
    return SHARED_DATA


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[SparkSession]":
    """The one Spark session of tests marked `spark`; LEADLINE_SPARK_MASTER names a cluster instead."""
    pytest.importorskip("pyspark", reason="the extra [spark] is not installed")
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    scratch = tmp_path_factory.mktemp("spark")
    options = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.executor.memory": "768m",
        # Tests are many small queries: little is won by compiling them hard, much goes to loading classes.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xms1g -Xmn500m "
        "-XX:MetaspaceSize=256m -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote",
        "spark.sql.shuffle.partitions": "2",
        "spark.default.parallelism": "2",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.local.dir": str(scratch),
    }
    master = os.environ.get("LEADLINE_SPARK_MASTER")
    if master is None:  # planning anew and compiling would take most of the time; the cluster does both
        options["spark.sql.adaptive.enabled"] = options["spark.sql.codegen.wholeStage"] = "false"
        options["spark.sql.codegen.factoryMode"] = "NO_CODEGEN"
        options["spark.sql.shuffle.partitions"] = "1"
    builder = SparkSession.builder.appName("leadline-tests").master(master or "local[2]")
    session = builder.config(map=options).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()
