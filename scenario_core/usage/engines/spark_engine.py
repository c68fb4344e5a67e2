"""Spark: the dataset's files where they lie, for when one machine is too small. All workers must reach the folder."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final
from urllib.parse import urlsplit

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from scenario_core.errors import DatasetError, UsageEngineError
from scenario_core.progress import Progress, silent
from scenario_core.usage.dataset import Contents, Dataset
from scenario_core.usage.engines.base import FACTS, RUN_SCHEMA, Measured, Place, derived
from scenario_core.usage.facts import facts, with_attempts

try:
    from pyspark.errors import AnalysisException
    from pyspark.sql import SparkSession
    from pyspark.sql.pandas.types import from_arrow_schema
except ImportError as missing:  # pragma: no cover - the tests install the extra
    raise UsageEngineError(
        "Spark's Python package is not installed.", hint="pip install 'scenario-desk[spark]', and a Java runtime."
    ) from missing

_PORT: Final = 15002
"""Where Spark Connect listens, if its URL does not say it."""
_PATIENCE_SECONDS: Final = 10
_SECRETS: Final = re.compile(r"(?<=//)[^/\s]+@|/?;\S*\w")
"""What may hold a password or a token in a URL, and so in what Spark says about it: users and parameters."""


class SparkEngine:
    """Measures the runs of one dataset."""

    def __init__(self, dataset: Dataset, zone: str, url: str) -> None:
        self._dataset = dataset
        self._zone = zone
        self._refreshing = threading.Lock()
        self._asking = threading.RLock()
        self._revision = ""
        try:
            self._session = _session(url)
            self._backend = ibis.pyspark  # to load it sets the options that its SQL is made by
        except Exception as error:  # Spark raises what its Java side raised, in classes of no common kind
            cause = str(getattr(error, "java_exception", error)).strip().rstrip(".")
            raise UsageEngineError(
                _SECRETS.sub("", f"Spark can't be reached at {url}: {cause}."),
                hint="Look at `usage_engine` in the settings, and whether the server is up.",
            ) from error

    def refresh(self, progress: Progress = silent) -> str:
        """Look at the files and recorded runs of this moment; the facts are cached on the workers.

        Raises:
            DatasetError: a file that the database lists is missing or damaged.
            DatabaseError: the database of the desk does not answer.
        """
        with self._refreshing:
            revision = self._dataset.revision()
            if revision != self._revision:
                with self._asking:
                    self._take_in(self._dataset.contents())
                    self._revision = revision
                progress(1, 1)
            return revision

    @contextmanager
    def measured(self) -> Iterator[Measured]:
        """All runs as they were at the last refresh."""
        with self._asking:
            yield Measured(_Session(self._session), self._revision)

    def close(self) -> None:
        """End the session."""
        self._session.stop()

    def _take_in(self, contents: Contents) -> None:
        spark: Any = self._session
        spark.catalog.clearCache()
        fresh = _rows(spark, contents.fresh)
        paths = [str(self._dataset.path_of(file).resolve()) for file in contents.files]
        try:
            runs = spark.read.parquet(*paths).unionByName(fresh, allowMissingColumns=True) if paths else fresh
        except AnalysisException as error:
            raise DatasetError(
                f"The runs in {self._dataset.folder} can't be read: {error}.",
                hint="All workers must reach the folder, and it must be of the same time as the database.",
            ) from error
        runs.createOrReplaceTempView("run")
        found = with_attempts(facts(ibis.table(RUN_SCHEMA, name="run"), self._zone))
        for name, expression in {"fact": found, **derived(FACTS)}.items():
            spark.sql(_sql(expression)).cache().createOrReplaceTempView(name)


class _Session(Place):
    """Questions to Spark. Names are the session's, so that one thread asks at a time."""

    def __init__(self, session: SparkSession) -> None:
        self._session: Any = session

    def ask(self, expression: ir.Table) -> pa.Table:
        rows: pa.Table = self._session.sql(_sql(expression)).toArrow()
        return rows.cast(expression.schema().to_pyarrow())

    def lay_down(self, name: str, rows: pa.Table) -> None:
        _rows(self._session, rows).createOrReplaceTempView(name)

    def keep(self, name: str, expression: ir.Table) -> None:
        self._session.catalog.dropTempView(name)  # which lets go of what was cached under it
        self._session.sql(_sql(expression)).createOrReplaceTempView(name)
        self._session.catalog.cacheTable(name)

    def name(self, name: str, expression: ir.Table) -> None:
        self._session.sql(_sql(expression)).createOrReplaceTempView(name)


def _rows(session: Any, rows: pa.Table) -> Any:
    """Rows as Spark has them. The types are said, since it can't tell those of no rows."""
    return session.createDataFrame(rows, from_arrow_schema(rows.schema))


def _sql(expression: ir.Table) -> str:
    return str(ibis.to_sql(expression, dialect="pyspark"))


def _session(url: str) -> SparkSession:
    """The session that a URL names: a cluster, a Spark Connect server, or this machine with some of its cores."""
    parts = urlsplit(url)
    builder: Any = SparkSession.builder.appName("Scenario Desk")
    builder = builder.config("spark.sql.session.timeZone", "UTC")
    if parts.scheme != "spark-local":
        _require_answer(parts.netloc)
    if parts.scheme == "sc":
        return builder.remote(url).getOrCreate()  # type: ignore[no-any-return]  # the builder has no types
    if parts.scheme == "spark-local":
        builder = builder.master(f"local[{parts.hostname or '*'}]").config("spark.ui.enabled", "false")
        builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
        builder = builder.config("spark.sql.shuffle.partitions", "4")
    else:
        builder = builder.master(url)
    return builder.getOrCreate()  # type: ignore[no-any-return]  # the builder has no types


def _require_answer(servers: str) -> None:
    """Spark itself tries for many minutes to reach a server that is not there."""
    for server in servers.rpartition("@")[2].split(","):
        address = urlsplit(f"//{server}")
        with (
            suppress(OSError),
            socket.create_connection((address.hostname or "", address.port or _PORT), timeout=_PATIENCE_SECONDS),
        ):
            return
    raise ConnectionError("nothing answers there")
