"""Writing records that were read one by one into the Parquet file that an import works on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from scenario_core.usage.imports.forms import Raw, foreign

BATCH: Final = 50_000
PLACE: Final = (pa.field("record", pa.int64()), pa.field("line", pa.int64()))
_Item = TypeVar("_Item")


def batches(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    """The items, so many at a time that a batch fits into memory."""
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch


class Spool:
    """A Parquet file that grows by batches of columns."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        self.raw = Raw(folder / "records.parquet", 0)
        self.schema = schema
        self._writer = pq.ParquetWriter(self.raw.path, schema, compression="snappy")

    def add(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """Add records by column."""
        batch = pa.record_batch([columns[each.name] for each in self.schema], schema=self.schema)
        self._writer.write_batch(batch)
        self.raw.records += batch.num_rows

    def close(self) -> None:
        """Make the file whole."""
        self._writer.close()


class Pseudonyms:
    """Pseudonyms of users of another system, each made once."""

    def __init__(self, pseudonym: Callable[[str | int], str]) -> None:
        self._pseudonym = pseudonym
        self._known: dict[str | int, str] = {}

    def __call__(self, user: str | int | None) -> str | None:
        """The pseudonym of what the source calls a user; none without one."""
        if user is None or user == "":
            return None
        if (known := self._known.get(user)) is None:
            known = self._known[user] = self._pseudonym(foreign(user))
        return known
