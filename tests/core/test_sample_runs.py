from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

import pytest
import sqlalchemy as sa

from scenario_core.bootstrap import Desk
from scenario_core.custom.directory import add_person
from scenario_core.custom.tables import AUDIT
from scenario_core.custom.usage_tables import RUN_FILES, RUN_IMPORTS, RUNS
from scenario_core.errors import PermissionDeniedError
from scenario_core.people import Person, Role
from scenario_core.scenario import Store
from scenario_core.settings import Settings
from scenario_core.stewardship.sample_runs import (
    ADDED,
    REMOVED,
    add_sample,
    ensure_sample,
    remove_sample,
    sample_scenarios,
)
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.compaction import compact
from scenario_core.usage.recorder import finish
from scenario_core.usage.run import EndReason
from tests.core.calling import Run
from tests.factories import scenario_document

UNTIL: Final = date(2026, 11, 28)

FIRST_RUNS: int = Settings.model_fields["sample_runs"].default


def entries_of(desk: Desk) -> list[tuple[str, Any]]:
    query = sa.select(AUDIT.c.operation, AUDIT.c.detail).where(AUDIT.c.operation.in_((ADDED, REMOVED)))
    with desk.engine.connect() as connection:
        return [(row.operation, row.detail) for row in connection.execute(query.order_by(AUDIT.c.id))]


def parquet_files(desk: Desk) -> set[str]:
    folder = desk.settings.usage
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet")}


def test_a_second_sample_takes_the_place_of_the_first(desk: Desk) -> None:
    steward = Steward.configured(desk)
    assert add_sample(steward, 500, 1, days=30, until=UNTIL) == 500
    first = parquet_files(desk)
    assert add_sample(steward, 300, 2, days=30, until=UNTIL) == 300
    files = desk.dataset.files()
    assert sum(file.runs for file in files) == 300
    assert all(file.is_sample for file in files)
    assert parquet_files(desk) == {file.path for file in files}
    assert not parquet_files(desk) & first
    assert entries_of(desk)[1] == (
        ADDED, {"runs": 300, "seed": 2, "days": 30, "until": "2026-11-28", "removed": 500},
    )  # fmt: skip


def test_a_sample_that_is_broken_off_leaves_the_former_one(desk: Desk) -> None:
    steward = Steward.configured(desk)
    add_sample(steward, 500, 1, days=30, until=UNTIL)
    before = desk.dataset.files()

    def break_off(done: int, total: int) -> None:
        raise KeyboardInterrupt(done, total)

    with pytest.raises(KeyboardInterrupt):
        add_sample(steward, 300, 2, days=30, until=UNTIL, progress=break_off)
    assert desk.dataset.files() == before
    assert parquet_files(desk) == {file.path for file in before}
    assert len(entries_of(desk)) == 1


def test_removal_takes_files_and_rows_and_leaves_real_runs(desk: Desk) -> None:
    steward = Steward.configured(desk)
    run_ids = [desk.catalogue.start_conversation(1, "one").run_id for _ in range(2)]
    with desk.engine.begin() as connection:
        finish(connection, str(run_ids[-1]), EndReason.COMPLETED)
    compact(desk.dataset)
    desk.catalogue.start_conversation(1, "one")
    add_sample(steward, 500, 1, days=30, until=UNTIL)
    files = desk.dataset.files()
    assert [file.runs for file in files if not file.is_sample] == [2]
    assert sum(file.runs for file in files if file.is_sample) == 500
    assert remove_sample(steward) == 500
    contents = desk.dataset.contents()
    assert not any(file.is_sample for file in contents.files)
    assert ([file.runs for file in contents.files], contents.fresh.num_rows) == ([2], 1)
    assert parquet_files(desk) == {file.path for file in contents.files}
    assert entries_of(desk)[-1] == (REMOVED, {"removed": 500})
    assert remove_sample(steward) == 0
    assert len(entries_of(desk)) == 2


def test_only_who_manages_runs_may_put_a_sample_in_or_take_it_out(desk: Desk) -> None:
    author = Steward(desk, Person(9, frozenset({Role.AUTHOR})))
    with pytest.raises(PermissionDeniedError):
        add_sample(author, 10, 1)
    with pytest.raises(PermissionDeniedError):
        remove_sample(author)


def test_a_sample_is_made_of_production_and_of_what_is_shared(desk: Desk) -> None:
    with desk.builder() as service:
        private, shared = (service.create_scenario(1, scenario_document()) for _ in range(2))
        service.set_visibility(shared.scenario_id, 1, is_public=True, expected_version=shared.version)
    names = {each.scenario_id: each.store for each in sample_scenarios(desk)}
    assert names == dict.fromkeys(("one", "two", "three"), Store.PRODUCTION) | {shared.scenario_id: Store.CUSTOM}
    assert private.scenario_id not in names


def untouched(desk: Desk) -> None:
    del desk


def with_a_recorded_run(desk: Desk) -> None:
    desk.catalogue.start_conversation(1, "one")


def with_a_compacted_run(desk: Desk) -> None:
    with_a_recorded_run(desk)
    with_a_recorded_run(desk)
    compact(desk.dataset)
    with desk.engine.begin() as connection:
        connection.execute(sa.delete(RUNS))


def with_an_import(desk: Desk) -> None:
    values = {"actor_id": 1, "form": "csv", "name": "a.csv", "digest": "0" * 64, "added": 0, "known": 0, "faulty": 3}
    with desk.engine.begin() as connection:
        connection.execute(sa.insert(RUN_IMPORTS).values(at=datetime.now(UTC), **values))


def with_a_sample(desk: Desk) -> None:
    add_sample(Steward.configured(desk), 50, 1)


def with_a_sample_taken_out(desk: Desk) -> None:
    with_a_sample(desk)
    remove_sample(Steward.configured(desk))


def with_the_first_sample_taken_out(desk: Desk) -> None:
    ensure_sample(desk)
    remove_sample(Steward.configured(desk))


def with_runs_of_the_existing_app(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE learning_sessions (id INTEGER)")
        connection.exec_driver_sql("INSERT INTO learning_sessions VALUES (1)")


def with_files_of_another_database(desk: Desk) -> None:
    path = desk.settings.usage / "runs" / "month=2026-01" / "one.parquet"
    path.parent.mkdir(parents=True)
    path.touch()


def with_an_empty_table_of_the_existing_app(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE scenario_progress_history (id INTEGER)")


SITUATIONS: Final[dict[Callable[[Desk], None], bool]] = {
    untouched: True,
    with_an_empty_table_of_the_existing_app: True,
    with_a_recorded_run: False,
    with_a_compacted_run: False,
    with_an_import: False,
    with_a_sample: False,
    with_a_sample_taken_out: False,
    with_the_first_sample_taken_out: False,
    with_runs_of_the_existing_app: False,
    with_files_of_another_database: False,
}


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.__name__)
def test_the_first_sample_is_loaded_only_where_nothing_was_ever_run(
    desk: Desk, situation: Callable[[Desk], None]
) -> None:
    situation(desk)
    before, lying = desk.dataset.files(), parquet_files(desk)
    is_loaded = SITUATIONS[situation] and desk.engine.dialect.name == "sqlite"
    assert ensure_sample(desk) == (FIRST_RUNS if is_loaded else 0)
    assert sum(file.runs for file in desk.dataset.files()) == (
        FIRST_RUNS if is_loaded else sum(file.runs for file in before)
    )
    assert parquet_files(desk) >= lying
    assert ensure_sample(desk) == 0


def test_the_first_sample_is_not_loaded_by_who_may_not_manage_runs(desk: Desk) -> None:
    author = add_person(desk.engine, Person(1, frozenset(Role)), "Ada", [Role.AUTHOR])
    settings = desk.settings.model_copy(update={"user": author.user_id})
    assert ensure_sample(replace(desk, settings=settings)) == 0


def test_the_first_sample_is_not_loaded_where_there_is_nothing_to_run(desk: Desk) -> None:
    desk.production.path.write_text("{}\n")
    desk.production.refresh()
    assert not desk.production.scenarios
    assert ensure_sample(desk) == 0


def test_the_first_sample_takes_less_than_two_seconds(steward: Steward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(steward.desk.production.path.parent)
    begun = time.process_time()
    assert ensure_sample(steward.desk) == FIRST_RUNS
    assert time.process_time() - begun < 2
    with steward.desk.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.sum(RUN_FILES.c.runs))).scalar() == FIRST_RUNS


def test_commands_put_a_sample_in_and_take_it_out(run: Run) -> None:
    code, out, err = run("usage", "sample", "--runs", "2000", "--seed", "3", "--until", "2026-11-28")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "2,000 sample runs of the 400 days before 2026-11-28"
    assert "`scenario-desk usage remove-sample` takes them out" in out
    assert run("usage", "remove-sample") == (0, "2,000 sample runs removed\n", "")
    assert run("usage", "remove-sample")[1] == "0 sample runs removed\n"
    assert run("usage", "sample", "--runs", "0", "--seed", "3")[0] == 2
