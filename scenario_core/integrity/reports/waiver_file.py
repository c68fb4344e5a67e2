"""Waivers as a file, so that the checks in a repository's CI honour what was decided at the desk: a JSON list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from scenario_core.errors import Fault, InvalidScenarioError
from scenario_core.faults import faults_of
from scenario_core.integrity.checks import by_code
from scenario_core.integrity.findings import FINGERPRINT_LENGTH, Waiver
from scenario_core.integrity.reports.as_json import dumped
from scenario_core.integrity.waivers import LONGEST_REASON, SHORTEST_REASON

_HINT = "Write it with `scenario-desk waivers export`. Nothing was waived."


class _Record(BaseModel):
    """One entry of the file; the names are those of `Waiver`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    waiver_id: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    fingerprint: Annotated[str, StringConstraints(pattern=rf"^[0-9a-f]{{{FINGERPRINT_LENGTH}}}\z")]
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[0-9]{3}\z")]
    scenario_id: str | None
    field: str
    message: str
    reason: Annotated[
        str, StringConstraints(min_length=SHORTEST_REASON, max_length=LONGEST_REASON, strip_whitespace=True)
    ]
    author_id: Annotated[int, Field(ge=1)]
    created_at: AwareDatetime
    expires_on: date | None = None


_RECORDS = TypeAdapter(list[_Record])


def render_waivers(waivers: Iterable[Waiver]) -> str:
    """The file: by check, scenario and place."""
    found = sorted(waivers, key=lambda each: (each.code, each.scenario_id or "", each.field, each.fingerprint))
    return dumped(
        [
            {
                "waiver_id": each.waiver_id,
                "fingerprint": each.fingerprint,
                "code": each.code,
                "scenario_id": each.scenario_id,
                "field": each.field,
                "message": each.message,
                "reason": each.reason,
                "author_id": each.author_id,
                "created_at": each.created_at.isoformat(),
                "expires_on": each.expires_on.isoformat() if each.expires_on else None,
            }
            for each in found
        ]
    )


def parse_waivers(data: bytes | str) -> list[Waiver]:
    """The waivers of a file.

    Raises:
        InvalidScenarioError: it is no such list, with every fault and its place; or it waives what can't be waived.
    """
    try:
        records = _RECORDS.validate_json(data)
    except ValidationError as error:
        raise InvalidScenarioError(faults_of(error), hint=_HINT) from error
    structural = [
        Fault(f"/{index}/code", "a content check; findings of structural ones can't be waived", record.code)
        for index, record in enumerate(records)
        for check in [by_code(record.code)]
        if check is not None and not check.waivable
    ]
    if structural:
        raise InvalidScenarioError(structural, hint=_HINT)
    return [Waiver(**record.model_dump()) for record in records]
