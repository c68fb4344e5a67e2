"""Which engine a URL names."""

from __future__ import annotations

from typing import Final

from scenario_core.errors import SettingsError
from scenario_core.usage.dataset import Dataset
from scenario_core.usage.engines.base import Engine
from scenario_core.usage.engines.duckdb_engine import DuckDBEngine
from scenario_core.usage.engines.postgres_engine import PostgresEngine

SPARK_SCHEMES: Final = frozenset({"spark", "spark-local", "sc"})
_HINT: Final = (
    "Use duckdb://, postgresql://user@host/name, spark://host:7077, sc://host:15002 (Spark Connect) or "
    "spark-local://2 (this machine, two cores)."
)


def open_engine(url: str, dataset: Dataset, zone: str) -> Engine:
    """The engine that a URL names; nothing is read yet.

    Raises:
        SettingsError: the URL names none, or can't be read.
        UsageEngineError: it can't be reached.
    """
    scheme, separator, _ = url.partition("://")
    scheme = scheme.lower() if separator else ""
    if scheme == "duckdb":
        return DuckDBEngine(dataset, zone)
    if scheme.split("+")[0] in {"postgresql", "postgres"}:
        return PostgresEngine(dataset, zone, url)
    if scheme in SPARK_SCHEMES:
        # Spark is an extra: whoever does not name it need not install it.
        from scenario_core.usage.engines.spark_engine import SparkEngine  # noqa: PLC0415

        return SparkEngine(dataset, zone, url)
    raise SettingsError(f"No engine for usage has a URL that begins with {scheme!r}.", hint=_HINT)
