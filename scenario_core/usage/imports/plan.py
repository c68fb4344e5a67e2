"""What an import would do, or has done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scenario_core.errors import Fault
from scenario_core.usage.imports.forms import Form


@dataclass(frozen=True)
class ImportPlan:
    """What is in a source of runs, and what becomes of it. Applied, it is what was done, and has an `import_id`.

    `records` = `faulty` + `new` + `known` + `closed`. Known are runs whose id is in already, `differing` those of them
    that hold something else now: they stay as they were. Closed are runs that were open and have ended since.
    `open` of the new ones have not ended. `notes` says what else could not be read, and how often.
    """

    form: Form
    name: str
    digest: str
    records: int = 0
    new: int = 0
    known: int = 0
    closed: int = 0
    differing: int = 0
    open: int = 0
    without_scenario: int = 0
    unknown_scenarios: Mapping[str, int] = field(default_factory=dict)
    """The ids that no store knows, those with the most runs first, at most 20."""
    unknown_count: int = 0
    """How many runs there are whose scenario no store knows."""
    faults: tuple[Fault, ...] = ()
    """The first of `fault_count`, as /record/field."""
    fault_count: int = 0
    faulty: int = 0
    notes: Mapping[str, int] = field(default_factory=dict)
    imported_at: datetime | None = None
    """When the very same content was imported before: then there is nothing to do, and nothing else was looked at."""
    import_id: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to add."""
        return not self.new + self.closed

    def sentences(self) -> list[str]:
        """What a person should know."""
        if self.imported_at is not None:
            return [f"This was imported on {self.imported_at:%Y-%m-%d %H:%M} UTC; there is nothing to do."]
        counts = (
            (self.records, "records"),
            (self.new, "new runs"),
            (self.open, "of them still open"),
            (self.closed, "runs that were open and have ended"),
            (self.known, "runs that are in already"),
            (self.differing, "of them differ from what is in, which stays"),
            (self.faulty, "records with faults"),
            (self.without_scenario, "runs without a scenario, kept"),
            (self.unknown_count, "runs of scenarios that no store knows, kept"),
        )
        said = [f"{number:,} {what}" for number, what in counts if number or what in {"records", "new runs"}]
        said += [f"  {number:,} of {scenario_id}" for scenario_id, number in self.unknown_scenarios.items()]
        return said + [f"{number:,} {note}" for note, number in self.notes.items()]
