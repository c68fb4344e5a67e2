"""The production file that a report is about, and the lines of it that findings point to."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from scenario_core.integrity.findings import Finding, Report
from scenario_core.integrity.reports.places import Places
from scenario_core.production import ScenarioManager
from scenario_core.production.document import Document, Entry
from scenario_core.scenario import Store


@dataclass(frozen=True)
class Artifact:
    """A production file.

    Attributes:
        path: Where it is, seen from the folder that the report is made in, with forward slashes.
        document: What it held when it was checked, None where that is not known any more.
    """

    path: str
    document: Document | None = None

    @classmethod
    def of(cls, manager: ScenarioManager, report: Report, folder: Path) -> Self:
        """The file of a report.

        What was served from a backup, or has changed since it was checked, has no lines to point to.
        """
        state = manager.state
        same = state.source.is_file and state.loaded.revision == report.revision
        return cls(_relative(manager.path, folder), state.loaded.document if same else None)

    def line(self, finding: Finding) -> int | None:
        """The line, from 1, of the value that a finding is about, else of what surrounds it; None if it is not here.

        Of a record as a whole it is the line of its key, or that in which it stops being JSON.
        """
        if self.document is None or finding.scenario_id is None or finding.store is Store.CUSTOM:
            return None
        entry = self._entries.get(finding.scenario_id)
        if entry is None:
            return None
        return bisect_left(self._breaks, self._place(self.document, entry, finding.pointer)) + 1

    def _place(self, document: Document, entry: Entry, pointer: str) -> int:
        places = self._places.get(entry.start)
        if places is None:
            places = self._places[entry.start] = Places(document.value(entry))
        if pointer:
            return entry.start + places.of(pointer)
        return entry.key_start if places.broken_at is None else entry.start + places.broken_at

    @cached_property
    def _places(self) -> dict[int, Places]:
        return {}

    @cached_property
    def _entries(self) -> Mapping[str, Entry]:
        return self.document.latest() if self.document else {}

    @cached_property
    def _breaks(self) -> list[int]:
        return [found.start() for found in re.finditer(b"\n", self.document.data)] if self.document else []


def _relative(path: Path, folder: Path) -> str:
    try:
        return path.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return path.name
