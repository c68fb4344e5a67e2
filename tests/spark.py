"""A local Spark that the test run starts and stops itself: the distributed engine, on one machine.

`tests/java.py` finds or installs its Java. Spark itself is the wheel `pyspark`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import Popen, TimeoutExpired
from typing import Any, Final

import pytest

from tests.java import JavaMissingError, java

MASTER: Final = "local[2]"
STOP_SECONDS: Final = 20
OPTIONS: Final = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.default.parallelism": "2",
}
JAVA_OPTIONS: Final = (
    "-XX:TieredStopAtLevel=1",  # queries of tests are short: the second compiler costs more than it brings
    "-XX:+UseSerialGC",
    "-Duser.timezone=UTC",
)
LOGGING: Final = """\
rootLogger.level = error
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %p %c: %m%n
"""


@contextmanager
def excused_warnings() -> Iterator[None]:
    """Let pass what Spark's Python side and Ibis's part for it warn of by themselves when they meet pandas 3."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        warnings.filterwarnings("ignore", "The copy keyword is deprecated", DeprecationWarning, r"pyspark\.sql\.pandas")
        warnings.filterwarnings("ignore", "The 'future.infer_string' option is deprecated", DeprecationWarning)
        yield


@contextmanager
def running_spark() -> Iterator[Any]:
    """Start Spark in a process of its own with a temporary folder; at the end neither of them is left.

    Raises:
        JavaMissingError: there is no Java, and it can't be installed.
    """
    java()
    folder = Path(tempfile.mkdtemp(prefix="desk-spark-"))
    try:
        with excused_warnings():
            session = _started(folder)
        try:
            yield session
        finally:
            _stop(session)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _started(folder: Path) -> Any:
    from pyspark.sql import SparkSession  # noqa: PLC0415 - most test runs need no Spark

    logging = folder / "log4j2.properties"
    logging.write_text(LOGGING)
    builder = SparkSession.builder.master(MASTER).appName("scenario-desk-tests")
    options = {
        **OPTIONS,
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.local.dir": str(folder / "local"),
        "spark.driver.extraJavaOptions": " ".join(
            [*JAVA_OPTIONS, f"-Dderby.system.home={folder / 'derby'}", f"-Dlog4j2.configurationFile={logging.as_uri()}"]
        ),
    }
    for name, value in options.items():
        builder = builder.config(name, value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.delenv("PYSPARK_SUBMIT_ARGS", raising=False)
        patch.delenv("SPARK_CONF_DIR", raising=False)
        return builder.getOrCreate()


def _stop(session: Any) -> None:
    """Spark's own end leaves its Java process, which it would use again, until Python ends."""
    context = type(session.sparkContext)
    gateway = context._gateway
    process: Popen[bytes] = gateway.proc
    session.stop()
    gateway.shutdown()
    context._gateway = context._jvm = None
    if process.stdin is not None:
        process.stdin.close()
    with suppress(TimeoutExpired):
        process.wait(STOP_SECONDS)
    process.kill()
    process.wait()


@pytest.fixture(scope="session")
def spark_session() -> Iterator[Any]:
    """One Spark for the whole test run (with xdist: for each worker)."""
    try:
        java()
    except JavaMissingError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    with running_spark() as session:
        yield session


@pytest.fixture
def spark(spark_session: Any) -> Iterator[Any]:
    """The running Spark, for `ibis.pyspark.connect`; what it warns of by itself does not fail the test."""
    with excused_warnings():
        yield spark_session
