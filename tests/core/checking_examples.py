"""A check whose opinion and whose calls the tests control, and what it is asked about."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from scenario_core import mirror
from scenario_core.bootstrap import Desk
from scenario_core.integrity import Finding, Severity
from scenario_core.integrity.checks import ContentCheck, Gathered
from scenario_core.integrity.reading import Reading
from scenario_core.integrity.snapshot import mirrored
from scenario_core.people import Person, Role
from tests.factories import ADMIN, write_production

MANAGER = Person(ADMIN, frozenset({Role.CONTENT_MANAGER}))


class Rude(ContentCheck):
    """No scenario is named rudely; a check of the tests, whose opinion and whose calls they control."""

    code, name, severity = "CQ999", "rude", Severity.WARNING
    calls = 0

    def not_checked(self, reading: Reading) -> str:
        return "ja: not known" if reading.language == "ja" else ""

    def read(self, reading: Reading) -> Iterator[Finding]:
        type(self).calls += 1
        if "rude" in reading.scenario.name:
            yield self.of(reading, f"rude, with {len(reading.scenario.setting)} letters", at=reading.named("name")[0])

    def gather(self, reading: Reading) -> Any:
        return reading.scenario.setting

    def conclude(self, gathered: Mapping[str, Gathered]) -> Iterator[Finding]:
        for scenario_id, known in gathered.items():
            if known.value == "nowhere":
                yield self.finding("nowhere", scenario_id=scenario_id, store=known.store, severity=Severity.NOTICE)


def rewrite(desk: Desk, scenario_id: str, **fields: Any) -> None:
    document = json.loads(desk.production.path.read_bytes())
    document[scenario_id].update(fields)
    write_production(desk.production.path, document)
    desk.production.refresh()
    desk.production.create_baseline()
    mirror.apply(desk.engine, mirrored(desk.production), actor_id=1)
