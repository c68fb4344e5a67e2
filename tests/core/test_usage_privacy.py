"""Small groups are never told apart, and nobody sees anything of other people's private scenarios in any measure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scenario_core.people import Operation, Person, Role, may
from scenario_core.usage.behind import runs_behind
from scenario_core.usage.filters import Mark, UsageFilter
from scenario_core.usage.measures import MEASURES, Measure
from scenario_core.usage.period import Period
from scenario_core.usage.scope import PRIVATE, scope_of
from tests.factories import OWNER, STRANGER
from tests.usage_examples import (
    ANALYST,
    AUTHOR,
    LABELS,
    PEOPLE,
    PRODUCTION,
    SECRET,
    Asking,
    World,
    duckdb_view,
    open_world,
    rows_of,
)
from tests.usage_question import Run
from tests.usage_runs import many_runs, usages

MONTHS = Period(date(2025, 11, 1), date(2026, 4, 10))
EVERYTHING = Asking(UsageFilter(MONTHS), date(2026, 4, 20), smallest_group=1)
FIGURES = {
    "totals": ["runs", "learners", "minutes", "rate"],
    "over_time": ["runs", "learners", "minutes", "completed"],
    "completion": ["runs", "learners", "minutes", "rate", "rank"],
    "funnel": ["runs", "learners", "passed", "step_rate"],
    "durations": ["runs", "learners", "median", "ratio"],
    "phase_durations": ["runs", "learners", "median", "ratio"],
    "retention": ["learners", "active", "rate"],
    "first_attempts": ["runs", "learners", "rate"],
    "coverage": ["runs", "learners"],
    "stores": ["runs", "learners", "scenarios", "rate"],
}
"""What must be empty in the row of a group that is too small."""


@pytest.fixture(scope="module")
def world(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(migrated_sqlite, tmp_path_factory.mktemp("world")) as made:
        yield made


def asked(world: World, runs: list[Run], asking: Asking) -> dict[str, Measure]:
    folder = Path(world.engine.url.database or "").with_name("usage")
    with duckdb_view(world, folder, runs, asking) as view:
        return {name: measure(view) for name, measure in MEASURES.items()}


def cells(frame: pd.DataFrame) -> Iterator[str]:
    """Every text in a frame, those of lists among them."""
    for row in rows_of(frame):
        for value in row.values():
            yield from map(str, value) if isinstance(value, list) else [str(value)]


def runs_by(learners: int, scenario: str, *, each: int = 4, since: int = 0) -> list[Run]:
    """Runs of one scenario on the same days, by so many learners."""
    started = datetime(2026, 3, 9, 12, tzinfo=UTC)
    return [
        Run(
            f"{scenario}-{learner}-{number}", scenario, f"{since + learner:016x}", started_at=started,
            ended_at=started + timedelta(minutes=5), end_reason="completed", phases_completed=2, total_phases=2,
            phase_seconds=[60, 60], vocabulary=["menu"],
        )
        for learner in range(learners)
        for number in range(each)
    ]  # fmt: skip


@pytest.mark.parametrize("name", list(MEASURES))
def test_no_figure_of_fewer_learners_than_the_smallest_group_is_in_any_row(world: World, name: str) -> None:
    chosen = UsageFilter(MONTHS, scenarios=("dinner_for_two",) if name == "phase_durations" else ())
    runs = runs_by(4, "dinner_for_two")
    if name in {"completion", "durations", "coverage", "vocabulary"}:
        runs += runs_by(4, "at_the_doctor", since=10) + runs_by(9, "late_flight", since=20)
    if name == "copies":
        runs += runs_by(9, "copy", since=10)
    found = asked(world, runs, replace(EVERYTHING, chosen=chosen, smallest_group=5))[name]
    for row in rows_of(found.frame):
        figures = [value for key, value in row.items() if not isinstance(value, list) and key != "week"]
        assert not {4, 16} & set(figures), row


@pytest.mark.slow
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_a_row_is_told_in_full_or_not_at_all(world: World, data: st.DataObject) -> None:
    runs, asking = data.draw(usages(world))
    asking = replace(asking, smallest_group=data.draw(st.sampled_from([2, 3, 5])))
    for name, found in asked(world, runs, asking).items():
        for row in rows_of(found.frame):
            if row.get("withheld"):
                assert {key: row[key] for key in FIGURES[name]} == dict.fromkeys(FIGURES[name]), name
            elif row.get("runs") and "learners" in row:
                assert row["learners"] >= asking.smallest_group, name


@pytest.mark.parametrize("name", ["completion", "durations", "coverage"])
def test_one_group_that_is_withheld_takes_the_smallest_of_the_others_with_it(world: World, name: str) -> None:
    runs = runs_by(3, "dinner_for_two") + runs_by(7, "late_flight") + runs_by(9, "at_the_doctor")
    found = asked(world, runs, replace(EVERYTHING, smallest_group=5))[name]
    assert found.left_out == {"groups of fewer than 5 learners": 2}
    assert [row["learners"] for row in rows_of(found.frame) if row["runs"]] == [9]


def test_one_week_of_beginners_that_is_withheld_takes_the_smallest_of_the_others_with_it(world: World) -> None:
    weeks = {3: 0, 7: 7, 9: 14}
    runs = [
        replace(run, run_id=f"{days}-{run.run_id}", learner=f"{days:08x}{(run.learner or '')[8:]}",
                started_at=datetime(2026, 3, 9, 12, tzinfo=UTC) + timedelta(days=days))
        for learners, days in weeks.items()
        for run in runs_by(learners, "dinner_for_two", each=1)
    ]  # fmt: skip
    found = asked(world, runs, replace(EVERYTHING, smallest_group=5))["retention"]
    first = found.frame[found.frame["week"] == 0]
    assert [row["learners"] for row in rows_of(first)] == [None, None, 9]


def test_in_a_period_of_too_few_learners_nothing_is_told(world: World) -> None:
    found = asked(world, runs_by(4, "dinner_for_two"), replace(EVERYTHING, smallest_group=5))["totals"]
    assert [row["runs"] for row in rows_of(found.frame)] == [None, None, 0]


def test_a_small_stretch_of_the_period_of_comparison_is_withheld_as_well(world: World) -> None:
    before = [replace(run, run_id=f"before-{run.run_id}", started_at=datetime(2026, 2, 9, 12, tzinfo=UTC))
              for run in runs_by(2, "dinner_for_two")]  # fmt: skip
    chosen = UsageFilter(Period(date(2026, 3, 2), date(2026, 3, 29)))
    asking = Asking(chosen, date(2026, 4, 20), smallest_group=5)
    frame = asked(world, runs_by(6, "dinner_for_two") + before, asking)["over_time"].frame
    assert rows_of(frame[["runs", "before_runs", "before_minutes"]])[1] == {
        "runs": 24,
        "before_runs": None,
        "before_minutes": None,
    }


@pytest.mark.parametrize("person", PEOPLE, ids=["analyst", "author"])
@pytest.mark.parametrize("label", [None, "theirs", "theirs_too", PRIVATE])
def test_no_text_of_somebody_elses_private_scenario_is_in_any_cell(
    world: World, person: Person, label: str | None
) -> None:
    scenarios = (world.id_of(label) or "",) if label else ()
    asking = replace(EVERYTHING, chosen=UsageFilter(MONTHS, scenarios=scenarios), person=person)
    for name, found in asked(world, many_runs(300, 5), asking).items():
        secrets = (SECRET, world.ids["theirs"], world.ids["theirs_too"])
        assert not [text for text in cells(found.frame) if any(secret in text for secret in secrets)], name


def test_an_author_sees_no_run_of_private_deleted_or_unknown_scenarios_of_others(world: World) -> None:
    hidden = ("theirs", "theirs_too", "deleted", "nobody_knows_it", None)
    runs = [run for run in many_runs(300, 6) if run.scenario in hidden]
    found = asked(world, runs, replace(EVERYTHING, person=AUTHOR))
    assert {name: measure.n for name, measure in found.items() if measure.n} == {}
    assert all(measure.left_out == {} for measure in found.values())
    assert asked(world, runs, EVERYTHING)["totals"].n > 0


def test_an_author_sees_the_runs_of_own_and_of_shared_scenarios(world: World) -> None:
    runs = many_runs(300, 6)
    frame = asked(world, runs, replace(EVERYTHING, person=AUTHOR))["completion"].frame
    visible = {world.id_of(label) for label in (*PRODUCTION, "mine", "copy", "other_copy")}
    assert set(frame["scenario"]) == visible


def test_what_learners_do_in_others_private_scenarios_does_not_show_in_the_figures_of_an_author(world: World) -> None:
    visible = [run for run in many_runs(300, 6) if run.scenario not in {"theirs", "theirs_too", "deleted"}]
    private = [replace(run, run_id=f"p-{run.run_id}", scenario="theirs", started_at=datetime(2026, 4, 9, tzinfo=UTC))
               for run in visible]  # fmt: skip
    without, with_them = (
        asked(world, runs, replace(EVERYTHING, person=AUTHOR)) for runs in (visible, visible + private)
    )
    for name in MEASURES:
        assert rows_of(without[name].frame) == rows_of(with_them[name].frame), name


def test_an_analyst_sees_all_private_scenarios_of_others_as_one_group(world: World) -> None:
    runs = runs_by(5, "theirs") + runs_by(5, "theirs_too", since=5) + runs_by(5, "mine", since=10)
    found = asked(world, runs, replace(EVERYTHING, smallest_group=5))
    assert [(row["scenario"], row["runs"]) for row in rows_of(found["completion"].frame)] == [(PRIVATE, 60)]
    assert [row["scenarios"] for row in rows_of(found["stores"].frame)] == [1]
    assert found["coverage"].left_out == {"runs of scenarios that the catalogue does not list": 60}


@pytest.mark.parametrize("person", PEOPLE, ids=["analyst", "author"])
def test_nothing_of_private_scenarios_stands_behind_a_mark(world: World, person: Person, tmp_path: Path) -> None:
    asking = replace(EVERYTHING, person=person)
    with duckdb_view(world, tmp_path / "usage", many_runs(300, 5), asking) as view:
        shown = runs_behind(view, Mark(), limit=1_000).frame
        alone = [runs_behind(view, Mark(scenario=world.ids[label])).n for label in ("theirs", "theirs_too")]
        private = runs_behind(view, Mark(scenario=PRIVATE)).n
    assert alone == [0, 0]
    assert (private > 0) is (person is ANALYST)
    secrets = (SECRET, world.ids["theirs"], world.ids["theirs_too"])
    assert not [text for text in cells(shown) if any(secret in text for secret in secrets)]


@pytest.mark.parametrize("role", Role)
def test_usage_is_for_those_who_make_or_audit_and_all_runs_for_auditors_alone(role: Role) -> None:
    person = Person(OWNER, frozenset({role}))
    assert may(person, Operation.READ_USAGE).allowed is (role is not Role.VIEWER)
    assert may(person, Operation.READ_RUNS).allowed is (role not in {Role.VIEWER, Role.AUTHOR})


@pytest.mark.parametrize("role", Role)
def test_phases_are_told_of_listed_scenarios_only(world: World, role: Role) -> None:
    every = [world.id_of(label) or "" for label in LABELS]
    for user_id, own in ((OWNER, {"mine"}), (STRANGER, {"theirs", "theirs_too"})):
        scope = scope_of(Person(user_id, frozenset({role})), PRODUCTION, world.engine)
        readable = {world.id_of(label) for label in {*PRODUCTION, "copy", "other_copy", *own}}
        assert set(scope.phases(every)["scenario"]) == readable


def test_the_words_that_learners_used_are_told_only_where_a_phase_holds_them(world: World) -> None:
    runs = [replace(run, vocabulary=[SECRET, "menu"]) for run in runs_by(9, "dinner_for_two")]
    frame: Any = asked(world, runs, EVERYTHING)["vocabulary"].frame
    assert set(frame["word"]) == {"table", "menu", "bill"}
