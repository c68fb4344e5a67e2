"""What one person may learn of usage: summaries of a scenario, exports of runs, and what happened meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from scenario_core.analysis import Analyst, engine_of
from scenario_core.bootstrap import Desk
from scenario_core.custom import schema
from scenario_core.errors import PermissionDeniedError, ScenarioNotFoundError
from scenario_core.people import Person, Role
from scenario_core.settings import Settings
from scenario_core.stewardship import run_imports
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.imports import Form
from tests.factories import ADMIN, OWNER, SHIPPED, STRANGER, builder, scenario_document

HOTEL = "hotel_check_in"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    path = tmp_path / "scenarios.json"
    path.write_bytes(SHIPPED.read_bytes())
    opened = Desk.open(
        Settings(production=path, database=f"sqlite:///{tmp_path / 'desk.db'}", usage=tmp_path / "usage")
    )
    schema.upgrade(opened.engine)
    yield opened
    opened.close()


@pytest.fixture
def analyst(desk: Desk) -> Iterator[Analyst]:
    made = Analyst(desk, engine_of(desk), Person(ADMIN, frozenset({Role.ANALYST})))
    yield made
    made.engine.close()


def test_a_summary_counts_starts_and_learners_of_all_time(desk: Desk, analyst: Analyst) -> None:
    for learner in (1, 1, 2, 3, 4, 5):
        desk.catalogue.start_conversation(learner, HOTEL)
    analyst.refresh()
    used = analyst.summary(HOTEL)
    assert (used.starts, used.learners, used.completed, used.is_withheld) == (6, 5, 0, False)
    assert used.last_started_at is not None
    assert used.last_started_at.tzinfo is not None


def test_a_summary_of_few_learners_tells_nothing_of_them(desk: Desk, analyst: Analyst) -> None:
    desk.catalogue.start_conversation(1, HOTEL)
    analyst.refresh()
    used = analyst.summary(HOTEL)
    assert used.is_withheld
    assert (used.starts, used.learners, used.completed, used.last_started_at) == (0, 0, 0, None)


def test_a_summary_is_for_those_who_may_see_usage_and_the_scenario(desk: Desk, analyst: Analyst) -> None:
    with builder(desk.engine) as service:
        private = service.create_scenario(STRANGER, scenario_document(name="Private")).scenario_id
    with pytest.raises(ScenarioNotFoundError):
        analyst.summary(private)
    viewer = Analyst(desk, analyst.engine, Person(9, frozenset({Role.VIEWER})))
    with pytest.raises(PermissionDeniedError):
        viewer.summary(HOTEL)


@pytest.mark.parametrize("form", [Form.CSV, Form.JSONL, Form.PARQUET, Form.XAPI])
@pytest.mark.parametrize("is_deleted", [False, True], ids=["private", "deleted"])
def test_an_export_does_not_tell_which_private_scenario_of_others_was_run(
    desk: Desk, form: Form, tmp_path: Path, *, is_deleted: bool
) -> None:
    with builder(desk.engine) as service:
        private = service.create_scenario(STRANGER, scenario_document(name="Private")).scenario_id
        own = service.create_scenario(OWNER, scenario_document(name="Own")).scenario_id
    for user_id, scenario_id in ((STRANGER, private), (OWNER, own), (OWNER, HOTEL)):
        desk.catalogue.start_conversation(user_id, scenario_id)
    if is_deleted:
        with builder(desk.engine) as service:
            service.delete_scenario(private, STRANGER, expected_version=1)
    target = BytesIO()
    owner = Steward(desk, Person(OWNER, frozenset({Role.ANALYST})))
    assert run_imports.export(owner, form, target) == 3
    path = tmp_path / "runs"
    path.write_bytes(target.getvalue())
    text = path.read_bytes() if form is not Form.PARQUET else str(_rows(path)).encode()
    assert private.encode() not in text
    assert b"(private)" in text or b"%28private%29" in text
    assert own.encode() in text
    assert HOTEL.encode() in text


def _rows(path: Path) -> list[dict[str, object]]:

    rows: list[dict[str, object]] = pq.read_table(path).to_pylist()
    return rows
