"""The mirror: plan, then apply, as often as one likes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings

from scenario_core import mirror
from scenario_core.custom.engine import create_engine
from scenario_core.custom.tables import AUDIT, MIRROR_CONTEXT, PHASES, SCENARIOS
from scenario_core.errors import StalePlanError
from scenario_core.mirror import MirrorPlan, Production
from scenario_core.production import ScenarioManager
from tests.factories import OWNER, SHIPPED, builder, phase_document, scenario, scenario_document
from tests.strategies import FILES


def production(*scenario_ids: str, revision: str = "a" * 64, **fields: Any) -> Production:
    return Production({name: scenario(name, **fields) for name in scenario_ids}, revision)


def shipped() -> Production:
    manager = ScenarioManager(SHIPPED)
    return Production(manager.scenarios, manager.revision)


def apply(engine: sa.Engine, wanted: Production, **options: Any) -> MirrorPlan:
    return mirror.apply(engine, wanted, actor_id=1, **options)


def system_rows(engine: sa.Engine) -> list[Any]:
    with engine.connect() as connection:
        query = sa.select(SCENARIOS).where(SCENARIOS.c.is_system_scenario).order_by(SCENARIOS.c.id)
        return list(connection.execute(query).mappings())


def test_every_shipped_scenario_becomes_a_system_row_with_its_phases_in_file_order(engine: sa.Engine) -> None:
    wanted = shipped()
    apply(engine, wanted)
    rows = {row["scenario_id"]: row for row in system_rows(engine)}
    assert list(rows) == list(wanted.scenarios)
    with engine.connect() as connection:
        phases = (
            connection.execute(sa.select(PHASES).order_by(PHASES.c.scenario_id, PHASES.c.phase_number)).mappings().all()
        )
    for name, each in wanted.scenarios.items():
        row = rows[name]
        assert (row["title"], row["estimated_duration"]) == (each.name, each.duration_minutes)
        assert (row["created_by"], row["is_system_scenario"], row["is_public"]) == (0, True, True)
        mine = [phase for phase in phases if phase["scenario_id"] == row["id"]]
        assert [phase["phase_number"] for phase in mine] == list(range(1, len(each.phases) + 1))
        assert [phase["phase_id"] for phase in mine] == [phase.phase_id for phase in each.phases]
        assert [tuple(phase["essential_phrases"]) for phase in mine] == [p.essential_phrases for p in each.phases]


def test_a_second_run_changes_nothing_and_says_so(engine: sa.Engine) -> None:
    wanted = shipped()
    apply(engine, wanted)
    before = system_rows(engine)
    assert apply(engine, wanted).unchanged == 31
    assert mirror.plan(engine, wanted).unchanged == 31
    assert system_rows(engine) == before


def test_a_plan_changes_nothing(engine: sa.Engine) -> None:
    assert mirror.plan(engine, production("a", "b")).insert == ("a", "b")
    assert system_rows(engine) == []


def test_what_must_be_made_up_is_reported_and_the_production_scenario_stays(engine: sa.Engine) -> None:
    wanted = production("a", created_at=None, user_role="r" * 60)
    made = apply(engine, wanted)
    assert {(note.scenario_id, note.field) for note in made.defaulted} == {
        ("a", "language"), ("a", "created_at"), ("a", "user_role"),
    }  # fmt: skip
    assert system_rows(engine)[0]["language"] == "en"
    assert system_rows(engine)[0]["user_role"] == "r" * 50
    assert wanted.scenarios["a"].language is None
    assert mirror.plan(engine, wanted).is_empty


def test_changed_scenarios_are_updated_with_their_fields_named(engine: sa.Engine) -> None:
    apply(engine, production("a", "b"))
    changed = {
        **production("a").scenarios,
        "b": scenario("b", name="New", phases=[phase_document("x"), phase_document("y", name="Y")]),
    }
    made = apply(engine, Production(changed, "b" * 64))
    assert list(made.update) == ["b"]
    assert {"title", "phases/1/phase_id", "phases/2/name"} <= set(made.update["b"])
    assert mirror.plan(engine, Production(changed, "b" * 64)).is_empty


def test_a_scenario_that_left_the_file_is_retired_only_with_consent(engine: sa.Engine) -> None:
    apply(engine, production("a", "b"))
    smaller = production("a", revision="b" * 64)
    assert apply(engine, smaller).retire == ("b",)
    assert len(system_rows(engine)) == 2
    assert apply(engine, smaller, retire=True).retire == ("b",)
    assert [row["scenario_id"] for row in system_rows(engine)] == ["a"]
    assert apply(engine, smaller).is_empty


def test_a_record_that_can_not_be_read_is_never_retired(engine: sa.Engine) -> None:
    apply(engine, production("a", "b"))
    damaged = Production(production("a").scenarios, "b" * 64, unreadable=frozenset({"b"}))
    assert apply(engine, damaged, retire=True).retire == ()
    assert len(system_rows(engine)) == 2


def test_a_custom_scenario_with_a_production_id_blocks_only_its_own_mirror(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            sa.insert(SCENARIOS).values(
                scenario_id="a", title="mine", category="travel", difficulty="x", created_by=OWNER
            )
        )
    made = apply(engine, production("a", "b"))
    assert (made.insert, [note.scenario_id for note in made.blocked]) == (("b",), ["a"])
    with builder(engine) as service:
        assert service.get_scenario("a", OWNER).scenario.name == "mine"


def test_a_stale_plan_is_refused(engine: sa.Engine) -> None:
    wanted = production("a", "b")
    planned = mirror.plan(engine, wanted)
    apply(engine, production("a"))
    with pytest.raises(StalePlanError):
        apply(engine, wanted, planned=planned)
    assert len(system_rows(engine)) == 1


def test_a_row_that_was_altered_behind_the_protection_is_put_right(engine: sa.Engine) -> None:
    wanted = production("a")
    apply(engine, wanted)
    with engine.begin() as connection:
        connection.execute(sa.insert(MIRROR_CONTEXT).values(id=1))
        connection.exec_driver_sql("UPDATE scenarios SET title = 'forged', created_by = 9")
        connection.execute(sa.delete(MIRROR_CONTEXT))
    assert set(apply(engine, wanted).update["a"]) == {"title", "created_by"}
    assert system_rows(engine)[0]["title"] == "Dinner for Two"


def test_custom_scenarios_made_after_the_mirror_get_numbers_of_their_own(engine: sa.Engine) -> None:
    apply(engine, production("a", "b"))
    with builder(engine) as service:
        service.create_scenario(OWNER, scenario_document())
        apply(engine, production("a", "b", "c", revision="b" * 64))
        made = service.create_scenario(OWNER, scenario_document())
        assert service.get_scenario(made.scenario_id, OWNER) == made


def test_phases_whose_scenario_is_gone_are_never_taken_over(sqlite_engine: sa.Engine) -> None:
    with sqlite_engine.connect().execution_options(sqlite_begin="") as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql(
            "INSERT INTO scenario_phases (scenario_id, phase_number, phase_id, name) VALUES (1, 1, 'left', 'left')"
        )
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
    apply(sqlite_engine, production("a"))
    assert system_rows(sqlite_engine)[0]["id"] > 1


def test_odd_values_are_mirrored_and_compared_exactly(engine: sa.Engine) -> None:
    odd = production(
        "a", cultural_context={"big": 123456789012345678901234567890, "nul": "a\x00b", "f": 1.0, "t": True}
    )
    apply(engine, odd)
    assert mirror.plan(engine, odd).is_empty
    other = production("a", cultural_context={"big": 123456789012345678901234567890, "nul": "ab", "f": 1, "t": True})
    assert mirror.plan(engine, other).update == {"a": ("cultural_context",)}


def test_a_text_that_is_too_long_for_its_column_is_cut_and_said(engine: sa.Engine) -> None:
    long = phase_document(phase_id="p" * 101, name="n" * 256)
    made = apply(engine, production("hotel_a", language="ca-ES-valencia-x-long", phases=[long]))
    assert {note.field for note in made.defaulted} >= {"language", "phases/1/phase_id", "phases/1/name"}
    assert system_rows(engine)[0]["language"] == "ca-ES-vale"
    assert apply(engine, production("hotel_a", language="ca-ES-valencia-x-long", phases=[long], revision="b")).is_empty


def test_a_duration_that_no_column_holds_blocks_only_its_own_scenario(engine: sa.Engine) -> None:
    wanted = Production(
        {"hotel_a": scenario("hotel_a"), "endless": scenario("endless", duration_minutes=10**19)}, "a" * 64
    )
    made = apply(engine, wanted)
    assert [note.scenario_id for note in made.blocked] == ["endless"]
    assert [row["scenario_id"] for row in system_rows(engine)] == ["hotel_a"]


def test_a_run_that_may_not_retire_and_has_nothing_else_to_do_leaves_no_trace(engine: sa.Engine) -> None:
    apply(engine, production("hotel_a", "hotel_b"))
    for revision in ("b", "c"):
        apply(engine, production("hotel_a", revision=revision))
    with engine.connect() as connection:
        written = connection.execute(sa.select(sa.func.count()).where(AUDIT.c.operation == "mirror")).scalar()
    assert written == 1


def test_each_run_that_changes_something_stands_in_the_audit_log(engine: sa.Engine) -> None:
    apply(engine, production("a"))
    apply(engine, production("a"))
    with engine.connect() as connection:
        rows = connection.execute(sa.select(AUDIT.c.operation, AUDIT.c.detail)).all()
    assert [(row.operation, json.loads(json.dumps(row.detail))["insert"]) for row in rows] == [("mirror", 1)]


@settings(max_examples=25)
@given(first=FILES, second=FILES)
def test_any_production_is_mirrored_exactly_and_a_second_run_finds_nothing_to_do(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, first: dict[str, Any], second: dict[str, Any]
) -> None:
    path = tmp_path_factory.mktemp("any") / "desk.db"
    shutil.copy(migrated_sqlite, path)
    engine = create_engine(f"sqlite:///{path}")
    for number, records in enumerate((first, second)):
        scenarios = {name: scenario(name, **record) for name, record in records.items()}
        wanted = Production(scenarios, str(number) * 64)
        apply(engine, wanted, retire=True)
        assert mirror.plan(engine, wanted).is_empty
        assert apply(engine, wanted).is_empty
    engine.dispose()
