"""Parquet: the file itself is what an import works on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from scenario_core.usage.imports.files import FileSource
from scenario_core.usage.imports.forms import Form, Raw, Report, require_known, unreadable


class ParquetFile(FileSource):
    """A Parquet file with columns of a run."""

    form = Form.PARQUET

    def read(self, folder: Path, pseudonym: Callable[[str | int], str], report: Report) -> Raw:
        """Look at the file's columns; see `Source`."""
        del folder, pseudonym, report
        try:
            metadata = pq.read_metadata(self.path)
            names = metadata.schema.to_arrow_schema().names
        except pa.ArrowException as error:
            raise unreadable("Parquet", str(error)) from error
        require_known(names, ignore_unknown=self.ignore_unknown)
        return Raw(self.path, metadata.num_rows, numbered=False)
