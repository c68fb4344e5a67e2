"""What is said to DuckDB in the same way everywhere: texts, the runs in files, and how much memory it may take."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

MEMORY: Final = "700MB"
"""What DuckDB may hold in memory; the rest of a large question goes through its temporary folder."""
_GLOB: Final = re.compile(r"[*?\[]")


def literal(text: object) -> str:
    """A text in SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def parquet(paths: Sequence[Path], *, numbered: bool = False) -> str:
    """The rows of Parquet files, each path meaning itself, whatever signs it holds.

    With `numbered` the column `file_row_number` counts them from 0.
    """
    listed = ", ".join(literal(_GLOB.sub(r"[\g<0>]", str(path))) for path in paths)
    return f"read_parquet([{listed}], hive_partitioning = false{', file_row_number = true' if numbered else ''})"
