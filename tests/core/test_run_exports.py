"""Exports of runs: what goes out comes in again as it was, and no cell is a formula."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scenario_core.custom.usage_tables import RUNS
from scenario_core.errors import DatasetError
from scenario_core.stewardship import run_imports
from scenario_core.stewardship.steward import Steward
from scenario_core.usage.dataset import Dataset
from scenario_core.usage.imports import Form, ImportPlan
from scenario_core.usage.imports.cells import bare, shielded
from scenario_core.usage.run import COLUMNS
from tests.core.run_examples import (
    LEARNER,
    STARTED,
    bring_in,
    elsewhere,
    json_lines,
    look_at,
    open_run,
    parquet,
    run_of,
    stored,
)
from tests.factories import FreshEngine


def test_exports_hold_a_period_and_no_sample(manager: Steward, dataset: Dataset, tmp_path: Path) -> None:
    later = datetime(2026, 4, 1, tzinfo=UTC)
    runs = [run_of("a"), run_of("b", started_at=later, ended_at=later), open_run("c", started_at=later)]
    bring_in(manager, json_lines(tmp_path / "runs.jsonl", runs))
    with manager.desk.engine.begin() as connection:
        connection.execute(sa.insert(RUNS).values(run_id="s", source="sample", started_at=later))
    assert run_imports.export(manager, Form.JSONL, tmp_path / "out.jsonl") == 3
    assert run_imports.export(manager, Form.JSONL, tmp_path / "out.jsonl", since=later) == 2
    assert run_imports.export(manager, Form.JSONL, tmp_path / "out.jsonl", until=later) == 1
    assert [json.loads(line)["run_id"] for line in (tmp_path / "out.jsonl").read_text().splitlines()] == ["a"]
    with pytest.raises(DatasetError, match="among the files of runs"):
        run_imports.export(manager, Form.JSONL, dataset.folder / "runs" / "x.jsonl")


def test_a_spreadsheet_takes_no_exported_text_for_a_formula(local: Steward, tmp_path: Path) -> None:
    runs = [run_of("=1+1"), run_of("'=2"), run_of("-x", scenario_id="@a"), run_of("'plain")]
    bring_in(local, parquet(tmp_path / "runs.parquet", runs))
    run_imports.export(local, Form.CSV, tmp_path / "out.csv")
    lines = (tmp_path / "out.csv").read_bytes().decode("utf-8-sig").splitlines()
    assert sorted(line.split(",")[0] for line in lines[1:]) == ["''=2", "'-x", "'=1+1", "'plain"]
    assert look_at(local, tmp_path / "out.csv").known == 4
    assert look_at(local, tmp_path / "out.csv").differing == 0


@given(st.text(max_size=20))
def test_a_shielded_cell_gives_its_text_back(text: str) -> None:
    assert bare(shielded(text)) == text


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis takes the zone apart
ANY_RUN = st.fixed_dictionaries(
    {
        "run_id": TEXTS | st.uuids().map(str),
        "scenario_id": st.sampled_from(["one", "two", None, "häuser/ö ?"]),
        "learner": st.sampled_from([LEARNER, "f" * 16, None]),
        "language": st.sampled_from(["en", "pt-BR", None]),
        "started_at": MOMENTS | st.none(),
        "last_phase": TEXTS | st.none(),
        "total_phases": st.integers(5, 2**31 - 1) | st.none(),
        "phases_completed": st.integers(0, 5) | st.none(),
        "phase_seconds": st.lists(st.floats(0, 1e6), max_size=3) | st.none(),
        "minutes": st.floats(0, 1e6) | st.none(),
        "vocabulary": st.lists(TEXTS | st.just(""), max_size=3) | st.none(),
        "objectives": st.lists(TEXTS, max_size=2) | st.none(),
        "success_rate": st.floats(0, 1) | st.none(),
        "completion_score": st.floats(0, 100) | st.none(),
        "end_reason": st.sampled_from(["completed", "abandoned", "terminated", None]),
        "seconds": st.integers(0, 999_999),
        "finished_only": st.booleans(),
    }
)


def consistent(run: dict[str, Any]) -> dict[str, Any]:
    seconds = run.pop("seconds")
    ended = None
    if run["end_reason"]:
        start = run["started_at"] or STARTED
        ended = start.replace(year=start.year + 1, month=1, day=1, microsecond=seconds)
    store = "production" if run["scenario_id"] in {"one", "two"} else None
    return run_of(run.pop("run_id"), **run, ended_at=ended, store=store)


@pytest.mark.slow
@pytest.mark.parametrize("form", [Form.CSV, Form.JSONL, Form.PARQUET, Form.XAPI])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(ANY_RUN, max_size=6, unique_by=lambda run: str(run["run_id"])))
def test_what_is_exported_comes_in_as_it_was(
    form: Form,
    steward: Steward,
    fresh_engine: FreshEngine,
    tmp_path_factory: pytest.TempPathFactory,
    drawn: list[dict[str, Any]],
) -> None:
    folder = tmp_path_factory.mktemp("round")
    runs = [consistent(dict(each)) for each in drawn]
    for run in runs:
        run["store"] = None
    for name in ("a", "b"):
        (folder / name).mkdir()
    with fresh_engine("sqlite", folder / "a") as first, fresh_engine("sqlite", folder / "b") as second:
        here, there = elsewhere(steward, first, folder / "a"), elsewhere(steward, second, folder / "b")
        bring_in(here, parquet(folder / "in.parquet", runs))
        before = stored(here.desk.dataset)
        assert before == sorted(runs, key=lambda run: str(run["run_id"]))
        run_imports.export(here, form, folder / f"out.{form}")
        done = bring_in(there, folder / f"out.{form}", form)
        assert done.faults == ()
        assert stored(there.desk.dataset) == before


def test_the_documented_columns_are_those_that_are_read() -> None:
    fields = {field.name for field in dataclasses.fields(ImportPlan)}
    assert {"new", "known", "closed", "differing"} <= fields
    assert "user" not in COLUMNS
