"""The records of a Parquet file as runs in the dataset's form, some hundred thousand at a time.

Columns that are of their types already are passed on as they lie, repeated texts as numbers in a dictionary: a query
that takes every text apart needs more than twice the time. A file of other types is made one of these by a query first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from scenario_core.scenario import Store
from scenario_core.usage.imports.forms import KNOWN, USER, unreadable
from scenario_core.usage.run import SCHEMA, Source

AT_ONCE: Final = 122_880
"""How many records are in memory at once, at most."""
_READ_BYTES: Final = 1 << 20
_WORDS: Final = pa.dictionary(pa.int32(), pa.string())
_ALIKE: Final = frozenset(
    {"scenario_id", "store", "language", "source", "end_reason", "last_phase", "vocabulary", "objectives"}
)
"""Columns whose texts repeat, so that a dictionary holds them."""
_STORES: Final = pa.array([store.value for store in Store], pa.string())
Numbers = npt.NDArray[np.int64]


def _compact(field: pa.Field[Any]) -> pa.Field[Any]:
    if field.name not in _ALIKE:
        return field
    return field.with_type(pa.list_(_WORDS) if pa.types.is_list(field.type) else _WORDS)


COMPACT: Final = pa.schema([_compact(each) for each in SCHEMA])
"""The columns of a run, with dictionaries for texts that repeat."""
DICTIONARIES: Final = [
    f"{each.name}.list.element" if pa.types.is_list(each.type) else each.name for each in SCHEMA if each.name in _ALIKE
]
"""The same columns as a Parquet file names them."""


def is_straight(path: Path) -> bool:
    """Whether the columns of a file are of types that are passed on without a query."""
    return all(_passes(field) for field in pq.read_schema(path) if field.name in KNOWN)


def _passes(field: pa.Field[Any]) -> bool:
    kind = field.type
    if pa.types.is_null(kind) or field.name == "source":
        return True
    if field.name == USER:
        return _is_text(kind) or pa.types.is_integer(kind)
    wanted = SCHEMA.field(field.name).type
    if pa.types.is_list(wanted):
        listed = pa.types.is_list(kind) or pa.types.is_large_list(kind)
        return listed and _like(kind.value_type, wanted.value_type)
    return _like(kind, wanted)


def _like(kind: pa.DataType, wanted: pa.DataType) -> bool:
    if pa.types.is_null(kind):
        return True
    if pa.types.is_string(wanted):
        return _is_text(kind.value_type if pa.types.is_dictionary(kind) else kind)
    if pa.types.is_timestamp(wanted) or pa.types.is_boolean(wanted):
        return bool(kind.id == wanted.id)
    return bool(pa.types.is_integer(kind) or pa.types.is_float32(kind) or pa.types.is_float64(kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


@dataclass(frozen=True, slots=True)
class Part:
    """Some row groups of a file, and how many records stand before them."""

    before: int
    groups: range


@dataclass(frozen=True)
class Shaping:
    """How the records of a straight file become runs.

    Attributes:
        path: The file.
        numbered: Whether its column `record` says which record each row is; otherwise its place does, from 1.
        left_out: The numbers of records that are not taken, in their order.
        stores: The store of each scenario that one knows.
        pseudonyms: The learners of a batch with the column `user`; asked by several threads.
    """

    path: Path
    numbered: bool
    left_out: Numbers
    stores: Mapping[str, str]
    pseudonyms: Callable[[pa.RecordBatch], pa.Array[Any]]

    def parts(self, most: int) -> list[Part]:
        """The file in so many parts of about as many records, in its order, or in fewer."""
        metadata = pq.read_metadata(self.path)
        rows = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
        before = np.cumsum([0, *rows])
        edges = np.unique(np.searchsorted(before, np.linspace(0, before[-1], most + 1)))
        return [Part(int(before[first]), range(first, last)) for first, last in pairwise(edges.tolist())]

    def runs(self, part: Part) -> Iterator[tuple[int, pa.RecordBatch]]:
        """How many records were read so far, and the runs among the last of them.

        Raises:
            InvalidRunsError: the file is damaged.
        """
        done = 0
        for batch in _read(self.path, part.groups, numbered=self.numbered):
            taken = self._taken(batch, part.before + done)
            done += batch.num_rows
            yield done, self._shaped(batch if taken is None else batch.filter(pa.array(taken)))

    def _taken(self, batch: pa.RecordBatch, before: int) -> npt.NDArray[np.bool_] | None:
        """Which records are taken; None for all."""
        if not len(self.left_out):
            return None
        numbers = batch["record"].to_numpy() if self.numbered else np.arange(before + 1, before + batch.num_rows + 1)
        places = np.minimum(np.searchsorted(self.left_out, numbers), len(self.left_out) - 1)
        return np.asarray(self.left_out[places] != numbers)

    def _shaped(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = {name: batch[name] for name in batch.schema.names if name in SCHEMA.names}
        if USER in batch.schema.names:
            columns["learner"] = self.pseudonyms(batch)
        columns["source"] = _repeated(Source.IMPORT.value, batch.num_rows)
        made = {
            field.name: _column(field, columns[field.name]) if field.name in columns else _missing(field, batch)
            for field in COMPACT
        }
        made["store"] = self._store(made["scenario_id"], made["store"])
        return pa.record_batch([made[name] for name in COMPACT.names], schema=COMPACT)

    def _store(self, scenarios: pa.DictionaryArray[Any], stated: pa.DictionaryArray[Any]) -> pa.Array[Any]:
        """The store that knows a scenario, or else the one that the record states."""
        known = [self.stores.get(each) for each in scenarios.dictionary.to_pylist()]
        places = pc.index_in(pa.array(known, pa.string()), _STORES).take(scenarios.indices)
        if places.null_count:
            told = pc.index_in(stated.dictionary, _STORES).take(stated.indices)
            places = pc.coalesce(places, told)
        return pa.DictionaryArray.from_arrays(places, _STORES)


def _read(path: Path, groups: range, *, numbered: bool) -> Iterator[pa.RecordBatch]:
    names = [name for name in pq.read_schema(path).names if name in KNOWN or (numbered and name == "record")]
    columns = pq.read_metadata(path).schema
    places = (columns.column(number).path for number in range(len(columns)))
    alike = [place for place in places if place.split(".")[0] in _ALIKE]
    try:
        with pq.ParquetFile(path, read_dictionary=alike, buffer_size=_READ_BYTES, pre_buffer=False) as file:
            for group in groups:  # lists can't be read across two of them, each with its dictionary
                yield from file.iter_batches(AT_ONCE, [group], names)
    except (OSError, pa.ArrowException) as error:
        raise unreadable("Parquet", str(error)) from error


def _repeated(text: str, count: int) -> pa.Array[Any]:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([text]))


def _missing(field: pa.Field[Any], batch: pa.RecordBatch) -> pa.Array[Any]:
    return _column(field, pa.nulls(batch.num_rows))


def _column(field: pa.Field[Any], values: pa.Array[Any]) -> pa.Array[Any]:
    if pa.types.is_timestamp(field.type):
        return _moments(values, field.type)
    if pa.types.is_boolean(field.type):
        return values.cast(field.type).fill_null(False)  # noqa: FBT003 - the value itself
    made = values if values.type == field.type else values.cast(field.type, safe=False)
    if pa.types.is_dictionary(field.type):
        empty = pc.index(made.dictionary, "").as_py()
        if empty < 0:
            return made
        codes = made.indices
        return pa.DictionaryArray.from_arrays(pc.if_else(pc.equal(codes, empty), None, codes), made.dictionary)
    if pa.types.is_string(field.type) and pc.any(pc.equal(made, "")).as_py():
        return pc.if_else(pc.equal(made, ""), None, made)
    return made


def _moments(values: pa.Array[Any], kind: pa.DataType) -> pa.Array[Any]:
    """In UTC; a nanosecond is rounded as DuckDB does it."""
    if pa.types.is_timestamp(values.type) and values.type.unit == "ns":
        told = values.cast(pa.int64()).fill_null(0).to_numpy()
        rounded = np.sign(told) * ((np.abs(told) + 500) // 1000)
        return pa.array(rounded, mask=values.is_null().to_numpy(zero_copy_only=False)).cast(kind)
    return values.cast(kind)
